"""Asks the pinned interpreters what they run, and our compiler what it takes, and writes docs/operators.md.

python -m scripts.probe_operators             write the page; the interpreters are asked where `build/` has no answers (half a minute)
python -m scripts.probe_operators --check     exit 1 where the interpreters, asked again, say something else than `build/` has
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from mcu_toolkit.system.files import write_text
from scripts.probe.caveats import is_undefined
from scripts.probe.render import render
from scripts.probe.table import Table, all_cases, judge_with_aot, known_table, probe_table
from scripts.probe.verdict import Verdict

PAGE_PATH = Path(__file__).resolve().parent.parent / "docs" / "operators.md"


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
    parser.add_argument("--check", action="store_true")
    table = known_table()
    if parser.parse_args().check:
        changed = differences(table, probe_table())
        print("\n".join(changed) or "no difference")
        return 1 if changed else 0
    write_text(PAGE_PATH, render(table, judge_with_aot(all_cases())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
