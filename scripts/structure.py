"""How the code is cut up: modules, and lines of a module, for each package.

python -m scripts.structure                             every package of mcu_toolkit
python -m scripts.structure mcu_toolkit/runtimes/aot    those below a folder
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

SHORT_LINES = 30
"""Modules below this are counted: as hard to read as very long ones."""


def packages(root: Path) -> Iterator[tuple[Path, list[int]]]:
    """Folders with modules, and the lines of each module; `__init__.py` does not count."""
    for folder in sorted({path.parent for path in root.rglob("*.py")}):
        lines = [len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.py") if path.name != "__init__.py"]
        if lines:
            yield folder, lines


def row(name: str, lines: list[int]) -> str:
    """One line of the table."""
    short = sum(count < SHORT_LINES for count in lines)
    return f"{name:<48} {len(lines):>7} {statistics.median(lines):>7.0f} {max(lines):>8} {short:>6} {sum(lines):>8}"


def main() -> None:
    """Print the table, and a line for all of it."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "mcu_toolkit")
    print(f"{'package':<48} {'modules':>7} {'median':>7} {'longest':>8} {'< ' + str(SHORT_LINES):>6} {'lines':>8}")
    everything: list[int] = []
    for folder, lines in packages(root):
        print(row(str(folder), lines))
        everything += lines
    print(row("all", everything))


if __name__ == "__main__":
    main()
