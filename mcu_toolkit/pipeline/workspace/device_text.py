"""Shows the user what a board prints, limited to an amount that can be read."""

from __future__ import annotations

import time
from collections.abc import Callable

_BURST_LINES = 200
_LINES_PER_S = 50.0
_LINE_LENGTH = 500


class DeviceText:
    """Passes lines on, at most 200 at once and 50 a second after that; says how many it left out.  Long lines are cut."""

    def __init__(self, show: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self._room = float(_BURST_LINES)
        self._last_s = clock()
        self._left_out = 0

    def __call__(self, line: str) -> None:
        """Show `line`, or count it as left out."""
        now_s = self._clock()
        self._room = min(float(_BURST_LINES), self._room + (now_s - self._last_s) * _LINES_PER_S)
        self._last_s = now_s
        if self._room < 1.0:
            self._left_out += 1
            return
        self._room -= 1.0
        self.close()
        more = len(line) - _LINE_LENGTH
        self._show(line if more <= 0 else f"{line[:_LINE_LENGTH]} ... ({more:,} characters more)")

    def close(self) -> None:
        """Say what was left out since it was last said."""
        if self._left_out:
            self._show(f"... {self._left_out:,} lines left out: the board prints more than {_LINES_PER_S:g} a second")
            self._left_out = 0
