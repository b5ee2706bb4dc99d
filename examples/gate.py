"""A gate for a model that changes: deploy it, compare it with the last one that was good, keep the better.

`python gate.py MODEL.tflite [BOARD]` exits with 1 where the model is wrong on the board, too large, or worse than baseline.json,
which it writes where there is none.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mcu_toolkit as mcu

BASELINE = Path("baseline.json")
LIMITS = mcu.Limits(most={"flash": 64 * 1024, "ram": 32 * 1024})
RULES = "flash>+1%,ram>+0,parity"


def main(model: str, board: str = "host") -> int:
    """Prove `model` on `board` with twenty random inputs, and judge it."""
    has_baseline = BASELINE.is_file()
    report = mcu.deploy(
        model,
        board=board,
        random=20,
        limits=LIMITS,
        baseline=BASELINE if has_baseline else None,
        fail_on=RULES if has_baseline else None,
        progress=mcu.Printed(),
    )
    print(report)
    if report.passed and not has_baseline and report.folder is not None:
        BASELINE.write_bytes((report.folder / "report.json").read_bytes())
        print(f"{BASELINE} is the baseline from now on")
    return 0 if report.passed else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except mcu.McuError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
