"""Functions that use TensorFlow run in one child process of ours: what takes TensorFlow down does not take us along.

The child is started at the first call and kept, because importing TensorFlow takes seconds.  Arguments go to it as a
pickle; what comes back from a process whose memory may be damaged is JSON and raw bytes, and is never executed.
Models come from strangers, so the child can write to one temporary folder only, and has no network (sandbox.py).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import json
import os
import pickle
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

from mcu_toolkit import errors
from mcu_toolkit.errors import McuError, ToolError
from mcu_toolkit.runners.child_process import ChildDied, ChildProcess
from mcu_toolkit.system.files import no_temporary_folder, temporary_folder

P = ParamSpec("P")
T = TypeVar("T")
Reply = tuple[dict[str, Any], bytes]
"""What JSON can hold, and bytes beside it."""

_CHILD = Path(__file__).with_name("isolated_child.py")
_NO_LIMIT_S = threading.TIMEOUT_MAX
"""A conversion takes as long as the model and the samples make it; who does not want to wait presses Ctrl-C."""
_LAST_LINES = 3
_child: list[ChildProcess] = []
"""The running child, if there is one."""
_folder: list[tempfile.TemporaryDirectory[str]] = []
"""What it may write to, once it was needed."""


class Codec(Generic[T]):
    """How a function's result crosses the pipe."""

    def __init__(self, encode: Callable[[T], Reply], decode: Callable[[dict[str, Any], bytes], T]) -> None:
        self.encode = encode
        self.decode = decode


BYTES: Codec[bytes] = Codec(lambda content: ({}, content), lambda _, content: content)


def isolated(codec: Codec[T]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorator for a function of a module: calls run in the child, and raise what the function raises there.

    A crash is a ToolError that blames it on the first argument: the path of a model, or something whose `origin` is that.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            header = {"module": function.__module__, "function": function.__qualname__, "cwd": str(Path.cwd())}
            reply, content = _ask(getattr(args[0], "origin", args[0]), header, pickle.dumps((args, kwargs)))
            if "error" in reply:
                raise _raised(reply)
            return codec.decode(reply["result"], content)

        setattr(call, "codec", codec)  # noqa: B010 - for the child; a function has no such attribute to mypy
        return call

    return decorate


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    """An empty folder that the child can write to as well; gone when the block ends."""
    with temporary_folder(_writable_folder()) as folder:
        yield folder


def _writable_folder() -> Path:
    """The one folder that the child may write to; removed with this process."""
    if not (_folder and Path(_folder[0].name).is_dir()):
        try:
            _folder[:] = [tempfile.TemporaryDirectory(prefix="mcu-")]
        except OSError as error:
            raise no_temporary_folder(error) from None
    return Path(_folder[0].name)


def perform(header: dict[str, Any], data: bytes) -> Reply:
    """The child's side of a call: the reply to one message."""
    os.chdir(header["cwd"])
    try:
        function = getattr(importlib.import_module(header["module"]), header["function"])
        args, kwargs = pickle.loads(data)
        result, content = function.codec.encode(inspect.unwrap(function)(*args, **kwargs))
    except McuError as error:
        name = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
        return {"error": name, "what": error.what, "on": error.on, "expected": error.expected, "hint": error.hint}, b""
    except OSError as error:
        return {"error": "OSError", "arguments": [error.errno, error.strerror or str(error), error.filename]}, b""
    except Exception:
        return {"error": traceback.format_exc()}, b""
    return {"result": result}, content


def _ask(model: object, header: dict[str, Any], data: bytes) -> Reply:
    if not (_child and _child[0].is_running):
        _child[:] = [ChildProcess([sys.executable, _CHILD, json.dumps(sys.path)], timeout_s=_NO_LIMIT_S, writable=_writable_folder())]
    child = _child[0]
    said_before = len(child.log())
    try:
        return child.ask(header, data)
    except ChildDied as died:
        said = "; ".join(line.strip() for line in child.log()[said_before:].splitlines()[-_LAST_LINES:] if line.strip())
        child.close()
        raise ToolError(
            f"TensorFlow crashed on this model ({died})" + (f": {said}" if said else ""),
            on=model,
            expected="a model that the installed TensorFlow converts",
            hint="after SIGKILL, free some memory; else save the model again, or leave out layers to find the one that it crashes on",
        ) from None


def _raised(reply: dict[str, Any]) -> Exception:
    """The exception that the function raised in the child."""
    if "what" in reply:
        kind: type[McuError] = getattr(errors, reply["error"])
        error = kind.__new__(kind)  # some have constructors of their own
        McuError.__init__(error, reply["what"], on=reply["on"], expected=reply["expected"], hint=reply["hint"])
        return error
    if "arguments" in reply:
        return OSError(*reply["arguments"])
    return RuntimeError(f"in the child process:\n{reply['error']}")  # a defect of ours
