"""docs/reference/misra.md says what Cppcheck's MISRA add-on and clang-tidy find in exported C: the tools are asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mcu_toolkit.system.process import find_tool, run
from scripts import c_checkers
from scripts.c_checkers import BOARDS, PAGE, VERSIONS, counted, findings, rendered, rows_of


@pytest.mark.slow
def test_the_page_says_what_the_checkers_find(tmp_path: Path) -> None:
    for program, version in VERSIONS.items():
        if find_tool(program) is None:
            pytest.skip(f"{program} is not installed: make setup-dev")
        if version not in run([program, "--version"]).output:
            pytest.skip(f"{program} is not of {version}, whose findings are on the page")
    counts = {board: counted(findings(board, tmp_path / board)) for board in BOARDS}
    assert all(sum(count.values()) > 100 for count in counts.values()), "they find much that stays"
    page = PAGE.read_text("utf-8")
    assert rendered(page, counts) == page, "python -m scripts.c_checkers --write, and a reason for what is new"


def test_every_rule_has_a_reason_or_was_mended() -> None:
    rows = rows_of(PAGE.read_text("utf-8"))
    assert len(rows) > 25
    assert [row.rule for row in rows if not row.reason or not row.before] == []


def test_a_rule_that_the_page_does_not_know_gets_a_row_without_a_reason() -> None:
    page = "<!-- counts -->\n| misra-c2012-2.3 | 1 / 2 | 9 | 9 | Why. |\n<!-- end -->\nmore\n"
    counts = {board: Counter({"misra-c2012-2.3": 3, "misra-c2012-10.1": 1}) for board in BOARDS}
    made = rendered(page, counts)
    assert "| misra-c2012-2.3 | 1 / 2 | 3 | 3 | Why. |\n| misra-c2012-10.1 |  | 1 | 1 |  |\n<!-- end -->\nmore\n" in made
    assert rendered(made, counts) == made


def test_findings_are_read_from_what_the_checkers_print(tmp_path: Path) -> None:
    output = (
        "a.c:3:5: style: misra violation (...) [misra-c2012-10.1]\n  code\n  ^\n"
        f"{tmp_path}/kernels/dsp/../aot.h:7:1: warning: words [bugprone-signed-char-misuse,cert-str34-c]\nnofile: information [x]\n"
    )
    found = set(c_checkers._of(output, tmp_path))
    assert ("bugprone-signed-char-misuse,cert-str34-c", "kernels/aot.h:7:1") in found
    assert len(found) == 2
