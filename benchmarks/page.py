"""The marked part of docs/performance.md: what a run measured replaces its rows, and the others stay.

So a run of one model or board renews its rows only, and TFLM's rows outlive a run without MCU_TFLM_LIBRARY.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.figures import Figures
from benchmarks.tables import HEADINGS, Place, Table, tables

_MARKED = re.compile(r"(?<=<!-- table -->\n).*(?=<!-- end -->)", re.DOTALL)
_REASON = re.compile(r"(\S+) on (\S+), (\w+)(?: FAILED)?: .*")


def renewed(page: str, rows: Sequence[Figures], absent: Sequence[str] = ()) -> str:
    """The page with `rows` in the place of those of the same model, board and runtime.

    `absent` has lines about models whose files are not here.  Raises ValueError where the page has no such part, or other columns.
    """
    found = _MARKED.search(page)
    if found is None:
        raise ValueError("the page has no part between <!-- table --> and <!-- end -->")
    table = read_table(found[0]).renewed_by(Table.of(rows))
    return page[: found.start()] + tables(table, absent) + page[found.end() :]


def read_table(text: str) -> Table:
    """What `tables` wrote.  Raises ValueError where the columns are others."""
    cells: dict[Place, Sequence[str]] = {}
    reasons: dict[Place, str] = {}
    for line in text.splitlines():
        row = tuple(cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|"))
        reason = _REASON.fullmatch(line.removeprefix("- "))
        if line.startswith("- ") and reason is not None:
            reasons[reason[1], reason[2], reason[3]] = reason[0]
        elif line.startswith("|") and set(row) != {"---"} and row != HEADINGS:
            if len(row) != len(HEADINGS):
                raise ValueError(f"a row of {len(row)} cells, not {len(HEADINGS)}: {line}")
            cells[row[0], row[1], row[2]] = row
    return Table(cells, reasons)
