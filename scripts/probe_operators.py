"""Asks the pinned interpreters what they run and writes docs/operators.json and docs/operators.md.

python -m scripts.probe_operators             ask again (half a minute), write both files
python -m scripts.probe_operators --render    keep the verdicts, write the page anew (after a change of our own runtime)
python -m scripts.probe_operators --check     exit 1 where a verdict differs from the recorded one
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from mcu_toolkit.system.files import write_text
from scripts.probe.caveats import is_undefined
from scripts.probe.render import render
from scripts.probe.table import Table, all_cases, judge_with_aot, load, probe_table, save
from scripts.probe.verdict import Verdict

DOCS = Path(__file__).resolve().parent.parent / "docs"
JSON_PATH = DOCS / "operators.json"
PAGE_PATH = DOCS / "operators.md"


def write_page(table: Table) -> None:
    """Write the page from `table` and from what our compiler says today."""
    write_text(PAGE_PATH, render(table, judge_with_aot(all_cases())))


def differences(old: Table, new: Table) -> list[str]:
    """One line a verdict that changed, appeared or went away; verdicts that depend on memory content are left out."""
    found = []
    unsettled = {case.key for case in all_cases() if is_undefined(case)}
    pairs: tuple[tuple[str, Mapping[str, Verdict], Mapping[str, Verdict]], ...] = (
        ("TFLM", old.tflm, new.tflm),
        ("LiteRT", old.litert, new.litert),
    )
    for name, before, after in pairs:
        for key in dict.fromkeys((*before, *after)):
            if key not in unsettled and before.get(key) != after.get(key):
                found.append(f"{name} | {key}: {before.get(key)} -> {after.get(key)}")
    if tuple(old.resolver) != tuple(new.resolver):
        found.append(f"resolver: {sorted(set(old.resolver) ^ set(new.resolver))}")
    return found


def main() -> int:
    """Do what the arguments say; 1 where `--check` finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--render", action="store_true")
    choice.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.render:
        write_page(load(JSON_PATH))
        return 0
    table = probe_table()
    if arguments.check:
        changed = differences(load(JSON_PATH), table)
        print("\n".join(changed) or "no difference")
        return 1 if changed else 0
    save(table, JSON_PATH)
    write_page(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
