"""Which of the shipped boards does a model fit?  `python fits.py MODEL.tflite`"""

from __future__ import annotations

import sys

import mcu_toolkit as mcu


def main(model: str) -> int:
    """Print a line for each board that firmware with `model` fits, the smallest need of RAM first."""
    rows = [row for row in mcu.fit(model, runtime="aot").facts.rows if row.verdict == "fits"]
    for row in sorted(rows, key=lambda row: (row.ram_bytes or 0, row.board)):
        cycles = "" if row.cycles is None else f", {row.cycles[0] / 1e6:.1f} to {row.cycles[1] / 1e6:.1f} M cycles"
        print(f"{row.board:20} flash {row.flash_bytes:>9,} B, RAM {row.ram_bytes:>8,} B{cycles}")
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
