"""How fast a host may go on: how long it waits before it asks again, and how many requests it keeps on their way.

Both follow what was measured, as TCP's do (RFC 6298, RFC 5681).  A fixed time-out shorter than a slow device's time for an answer
never ends: every copy that is sent too early adds work, which delays the next answer further.
"""

from __future__ import annotations

from typing import Final

_RETRY_AFTER_MAX_S: Final = 5.0
"""Doubling stops here, unless a device was measured to be slower."""
_DOUBLINGS_MAX: Final = 16
_DOUBLINGS_OF_LOSSES: Final = 2
"""The most over a line that is known to lose: silence says little of the device there."""
_MARGIN: Final = 2
"""A silence may be this many times as long as the longest of late before something counts as lost."""
_PROBES_MAX: Final = 4
_LESS: Final = 3 / 4
"""Of the window, after a loss."""
_PROMPT: Final = 1 / 8
"""Of the time-out."""
_FORGETTING: Final = 15 / 16
"""What is left of an old silence, or loss, with each answer."""


class Pace:
    """The time-out and the window of one session.  It has no clock: the caller measures."""

    def __init__(self, retry_after_s: float, window_frames: int) -> None:
        """`retry_after_s`: the shortest time-out; `window_frames`: the largest window."""
        self._least_s = retry_after_s
        self._most_frames = window_frames
        self._frames = float(window_frames)
        self._longest_s = 0.0
        self._doublings = 0
        self._losses = 0.0

    @property
    def window_frames(self) -> int:
        """How many requests may be on their way, at least one."""
        return int(self._frames)

    @property
    def retry_after_s(self) -> float:
        """How much silence means that something was lost, beside the time that bytes take on the line."""
        usual_s = max(self._least_s, _MARGIN * self._longest_s)
        doublings = self._doublings if self.probes == 1 else min(self._doublings, _DOUBLINGS_OF_LOSSES)
        return min(usual_s * (1 << doublings), max(_RETRY_AFTER_MAX_S, usual_s))

    @property
    def probes(self) -> int:
        """How many copies a time-out sends: one, and more over a line that is known to lose, where one may not arrive either."""
        return 1 + min(int(self._losses), _PROBES_MAX - 1)

    def is_prompt(self, since_sent_s: float) -> bool:
        """Whether an answer so soon after a copy was sent is to that copy: whatever was sent before it was lost."""
        return since_sent_s < self.retry_after_s * _PROMPT

    def answered(self, silence_s: float | None) -> None:
        """An answer came after `silence_s` without any; None where it may be to any copy of several.

        Such a silence tells nothing, and the doubled time-out stays until one does (Karn's algorithm): else each answer of a slow
        device would start the time-out from its beginning, and it would never get long enough.
        """
        self._frames = min(self._most_frames, self._frames + 1 / self._frames)
        self._losses *= _FORGETTING
        if silence_s is not None:
            self._longest_s = max(silence_s, self._longest_s * _FORGETTING)
            self._doublings = 0

    def heard(self, silence_s: float) -> None:
        """A copy was answered after its request, so it was sent too early: the device is slow, at least `silence_s` an answer."""
        self._longest_s = max(silence_s, self._longest_s)

    def lost(self) -> None:
        """Something was lost, and the device said so: perhaps more was on its way than it could take."""
        self._frames = max(min(2.0, self._frames), self._frames * _LESS)
        self._losses += 1

    def timed_out(self) -> None:
        """Nothing came for `retry_after_s`."""
        self._doublings = min(self._doublings + 1, _DOUBLINGS_MAX)
        self._frames = max(1.0, self._frames / 2)
