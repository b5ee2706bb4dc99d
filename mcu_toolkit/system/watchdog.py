"""Ends what a process has started once that process is gone, whatever ended it.  Run as a script; imports nothing of the toolkit.

Standard input is a pipe whose other end only the watched process has open; the kernel closes it with that process, also after
SIGKILL.  Lines before that say what is running:

    + group 1234        the process group 1234
    + process 1235      the process 1235 alone
    - 1234              it has ended
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

_WIND_UP_S = 2.0
"""How long what is still running gets to remove its temporary files."""
_POLL_S = 0.05


def main() -> None:
    """Read lines until the pipe is closed, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # meant for the watched process, whose end we wait for
    running: dict[int, str] = {}
    for line in sys.stdin:
        sign, *words = line.split()
        if sign == "+":
            running[int(words[1])] = words[0]
        else:
            running.pop(int(words[0]), None)
    _signal(running, signal.SIGTERM)
    deadline_s = time.monotonic() + _WIND_UP_S
    while _signal(running, 0) and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)
    _signal(running, signal.SIGKILL)


def _signal(running: dict[int, str], number: int) -> bool:
    """Send a signal to all of `running`; False where none of it is left."""
    found = False
    for pid, kind in running.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            (os.killpg if kind == "group" else os.kill)(pid, number)
            found = True
    return found


if __name__ == "__main__":
    main()
