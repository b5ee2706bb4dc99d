"""Tables of plain text."""

from __future__ import annotations

import pytest

from mcu_toolkit.report.table import table

HEADINGS = ("layer", "operator", "instructions", "bytes", "per MAC")
ROWS = [("0", "CONV_2D", "1,234", "12", "1.50"), ("1", "SOFTMAX", "9", "1", "-")]


def test_numbers_are_to_the_right() -> None:
    assert table(HEADINGS, ROWS) == [
        "layer  operator  instructions  bytes  per MAC",
        "    0  CONV_2D          1,234     12     1.50",
        "    1  SOFTMAX              9      1        -",
    ]
    assert table(HEADINGS, []) == []


@pytest.mark.parametrize("width", range(1, 60))
def test_a_narrow_terminal_gets_several_tables_with_every_cell(width: int) -> None:
    lines = table(HEADINGS, ROWS, width, keys=2)
    needed = max(len(line) for line in table(HEADINGS[:3], [row[:3] for row in ROWS]))
    assert max(map(len, lines)) <= max(width, needed)
    assert all(sum(cell in line.split() for line in lines) >= 1 for row in (HEADINGS, *ROWS) for cell in row if " " not in cell)
    blocks = "\n".join(lines).split("\n\n")
    assert all(block.startswith("layer  operator") and len(block.splitlines()) == 3 for block in blocks)
    assert (len(blocks) == 1) is (width >= 45)
