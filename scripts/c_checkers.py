"""What clang-tidy and Cppcheck's MISRA add-on find in exported C, by rule, against the table of docs/reference/misra.md.

    python -m scripts.c_checkers            print the counts; exit code 1 where the page says otherwise
    python -m scripts.c_checkers --write    put the counts into the page; reasons are written there by hand
    python -m scripts.c_checkers --list RULE    every place of a rule

One export of two models, with the kernels of two cores: Cortex-M4 with its DSP extension, and plain C, read as for Cortex-M0.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import compiler_of
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.process import run
from mcu_toolkit.system.resources import pio_platform_dir
from tests.runtimes.aot.test_generated_code import every_operator
from tests.small_models import network

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/misra.md"
BOARDS = ("netduinoplus2", "microbit")
"""Cortex-M4F and Cortex-M0: the columns of the table."""
CHECKS = "-*,bugprone-*,cert-*"
VERSIONS = {"cppcheck": "Cppcheck 2.10", "clang-tidy": "LLVM version 14."}
"""Those of Debian 12: others know other rules, and count otherwise."""
_FOUND = re.compile(r"^(?P<place>\S+?:\d+:\d+): (?:style|warning|error): .*\[(?P<rule>[\w.,-]+)\]$", re.MULTILINE)
_ROW = re.compile(r"^\| (?P<rule>[\w.,-]+) \|(?P<before>[^|]*)\|[^|]*\|[^|]*\|(?P<reason>[^|]*)\|$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """Of the table: a rule, its findings before any was mended, and what was done or why they stay."""

    rule: str
    before: str
    reason: str


def findings(board_id: str, folder: Path) -> set[tuple[str, str]]:
    """(rule, place) of everything that the two checkers find in the export for a board, made below the new `folder`."""
    board = load_board(board_id)
    models = [parse_model(network(), "net"), parse_model(every_operator(), "everything")]
    export_folder(models, board, get_runtime("aot"), folder)
    sources = sorted(folder.glob("*.c"))
    return set(_cppcheck(sources, folder, board)) | set(_clang_tidy(sources, folder, board))


def counted(found: set[tuple[str, str]]) -> Counter[str]:
    """How many places each rule was broken in."""
    return Counter(rule for rule, _ in found)


def _cppcheck(sources: Sequence[Path], folder: Path, board: Board) -> Iterator[tuple[str, str]]:
    gnu = ["-D__GNUC__=12", *(["-D__ARM_FEATURE_DSP=1", "-D__ARM_FEATURE_SAT=1"] if "m4" in board.core else [])]
    done = run(["cppcheck", "--addon=misra", "--std=c99", "--platform=arm32-wchar_t4", "--quiet", *gnu, *sources], cwd=folder)
    yield from _of(done.output, folder)


def _clang_tidy(sources: Sequence[Path], folder: Path, board: Board) -> Iterator[tuple[str, str]]:
    builder = pio_platform_dir() / "mcu_toolkit/builder"
    sys.path.insert(0, str(builder))
    try:
        from clang import clang_of  # noqa: PLC0415  (a module of PlatformIO's platform, which is no package)
    finally:
        sys.path.remove(str(builder))
    flags = clang_of(compiler_of(board)).compile_flags
    done = run(["clang-tidy", f"-checks={CHECKS}", "--header-filter=.*", "--quiet", *sources, "--", *flags, "-std=c99"], cwd=folder)
    assert "clang-diagnostic-error" not in done.output, done.output
    yield from _of(done.output, folder)


def _of(output: str, folder: Path) -> Iterator[tuple[str, str]]:
    """A header that two models include is one place."""
    for match in _FOUND.finditer(output):
        yield match["rule"], str(Path(match["place"]).resolve()).removeprefix(f"{folder.resolve()}/")


def rows_of(page: str) -> list[Row]:
    """The table of the page."""
    matches = [match for match in _ROW.finditer(page) if match["rule"] != "rule"]
    return [Row(match["rule"], match["before"].strip(), match["reason"].strip()) for match in matches]


def rendered(page: str, counts: Mapping[str, Counter[str]]) -> str:
    """The page with these counts by board; a rule that it does not know gets a row without a reason."""
    known = {row.rule: row for row in rows_of(page)}
    for rule in sorted({rule for count in counts.values() for rule in count} - set(known)):
        known[rule] = Row(rule, "", "")
    lines = [
        f"| {row.rule} | {row.before} | {' | '.join(str(counts[board][row.rule]) for board in BOARDS)} | {row.reason} |\n"
        for row in sorted(known.values(), key=lambda row: _order(row.rule))
    ]
    before, marked, rest = page.partition("<!-- counts -->\n")
    head = "| rule | before | Cortex-M4 | portable | fixed, or why it stays |\n|---|---|---|---|---|\n"
    return f"{before}{marked}{head}{''.join(lines)}<!-- end -->{rest.partition('<!-- end -->')[2]}"


def _order(rule: str) -> list[tuple[int, str]]:
    """MISRA's rules by their numbers, in front of clang-tidy's checks."""
    return [(int(part), "") if part.isdigit() else (0 if "misra" in rule else 1000, part) for part in re.split(r"[.-]", rule)]


def main(words: Sequence[str]) -> int:
    """See the module; returns an exit code."""
    parser = argparse.ArgumentParser(prog="scripts.c_checkers")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--list", metavar="RULE", dest="rule")
    arguments = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="mcu-checkers-") as folder:
        found = {board: findings(board, Path(folder) / board) for board in BOARDS}
    if arguments.rule:
        for board in BOARDS:
            print(board, *sorted(place for rule, place in found[board] if rule == arguments.rule), sep="\n    ")
        return 0
    page = PAGE.read_text("utf-8")
    new = rendered(page, {board: counted(places) for board, places in found.items()})
    if arguments.write:
        PAGE.write_text(new, "utf-8")
    for row in rows_of(new):
        print(row.rule, row.before, *(counted(found[board])[row.rule] for board in BOARDS))
    return 0 if new == page or arguments.write else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
