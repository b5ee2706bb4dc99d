"""SIGTERM ends the process within two seconds, whatever it is doing."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from typing import Final

_GRACE_S: Final = 1.4
"""To wind up as after Ctrl-C; most of the time it takes a tenth of that."""
_NAME: Final = "deadline"
_MESSAGE: Final = b"ended by SIGTERM before the clean-up was complete; the same command goes on from there\n"


def end_in_time() -> None:
    """Watch for SIGTERM beside the main thread, which may be in a library that does not return for long.

    Python's handlers run in the main thread only; the byte that the system writes into a pipe for each signal is read by any.
    """
    if os.name != "posix" or any(thread.name == _NAME for thread in threading.enumerate()):
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reader,), name=_NAME, daemon=True).start()


def _watch(reader: int) -> None:
    while signal.SIGTERM not in os.read(reader, 64):
        pass
    time.sleep(_GRACE_S)
    # Whatever was started ends with us: process.py.  Nobody may be reading what we say: a full pipe would keep us.
    if select.select([], [2], [], 0)[1]:
        os.write(2, _MESSAGE)
    os._exit(128 + signal.SIGTERM)
