"""Writes the table of docs/boards-tested.md from the reports in docs/board-reports/, one JSON file a report.

python -m scripts.boards_tested             write the page
python -m scripts.boards_tested --check     exit 1 where the page is not what the reports say
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mcu_toolkit.pipeline.board_check.table import tested_boards
from mcu_toolkit.system.files import write_text

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, REPORTS = DOCS / "boards-tested.md", DOCS / "board-reports"
_BEGIN, _END = "<!-- table: python -m scripts.boards_tested -->\n", "\n<!-- end of the table -->"


def with_table(page: str, table: str) -> str:
    """`page` with `table` between its marks; raises ValueError where it has none."""
    before, _, rest = page.partition(_BEGIN)
    _, mark, after = rest.partition(_END)
    if not mark:
        raise ValueError("the page has no marks around its table")
    return f"{before}{_BEGIN}{table}{_END}{after}"


def main() -> int:
    """Do what the arguments say; 1 where `--check` finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    page = PAGE.read_text(encoding="utf-8")
    wanted = with_table(page, tested_boards(REPORTS))
    if not is_check:
        write_text(PAGE, wanted)
    return int(is_check and page != wanted)


if __name__ == "__main__":
    sys.exit(main())
