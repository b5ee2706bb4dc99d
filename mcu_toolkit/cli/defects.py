"""The outermost guard: an unexpected exception becomes a short message for the user, and a trace in a file for the developers."""

from __future__ import annotations

import contextlib
import os
import platform
import shlex
import sys
import tempfile
import time
import traceback
from pathlib import Path

from mcu_toolkit.errors import McuError, ToolError
from mcu_toolkit.version import __version__

_KEPT_TRACES = 20
_SHOWN = 200
_MAX_TRACE = 1 << 20


def defect_error(error: Exception) -> McuError:
    """The error to tell the user instead of `error`, whose trace is saved."""
    trace = _saved_trace(error)
    where = f"the trace is in {trace}" if trace is not None else "its trace could not be saved"
    if isinstance(error, MemoryError):
        return ToolError(f"not enough memory; {where}", hint="close other programs, or use less data at a time")
    kind = type(error).__name__
    lines = [line.strip() for line in _text_of(error).splitlines() if line.strip()]
    what = f"{kind}: {lines[-1][:_SHOWN]}" if lines else kind
    return ToolError(
        f"internal error: {what}",
        expected="a result, or a message that says what to do: this is a defect of the toolkit",
        hint=f"try another input if this one is damaged; {where}: attach it to a bug report",
    )


def _text_of(error: Exception) -> str:
    try:
        return str(error)
    except Exception:  # a library's own error may fail to describe itself
        return ""


def _saved_trace(error: Exception) -> Path | None:
    """The file with the trace; None where it cannot be written."""
    text = (
        f"mcu {__version__}, Python {platform.python_version()}, {platform.platform()}\n{shlex.join(sys.argv)}\n\n"
        f"{''.join(traceback.format_exception(error))}"
    )
    content = text.encode("utf-8", "backslashreplace")[:_MAX_TRACE]
    name = f"trace-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    with contextlib.suppress(OSError, McuError):
        from mcu_toolkit.system.files import write_bytes
        from mcu_toolkit.system.user_folders import private_state

        folder = private_state("traces")
        for old in sorted(folder.glob("trace-*.txt"))[: -_KEPT_TRACES + 1]:
            old.unlink(missing_ok=True)
        write_bytes(folder / name, content)
        return folder / name
    with contextlib.suppress(OSError):
        handle, path = tempfile.mkstemp(prefix="mcu-trace-", suffix=".txt")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        return Path(path)
    return None
