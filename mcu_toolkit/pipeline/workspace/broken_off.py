"""The error of an interrupted run: apart from the run itself, because every command checks for it at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcu_toolkit.errors import DeviceError

if TYPE_CHECKING:
    from mcu_toolkit.report import Report


class RunBrokenOffError(DeviceError):
    """The board failed in mid-run; `report` is of the samples that were done, None where there are none."""

    def __init__(self, cause: DeviceError, done: int, total: int) -> None:
        hint = "when the board is back, the same command with --resume continues from there"
        what = f"{cause.what}\n  interrupted after {done:,} of {total:,} samples"
        super().__init__(what, on=cause.on, expected=cause.expected, hint=f"{cause.hint}; {hint}" if cause.hint and done else cause.hint)
        self.done = done
        self.total = total
        self.report: Report | None = None
