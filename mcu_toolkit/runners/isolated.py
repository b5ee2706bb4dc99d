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
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, ParamSpec, TypeVar

from mcu_toolkit.errors import McuError, ToolError
from mcu_toolkit.runners.child_process import ChildDied, ChildProcess
from mcu_toolkit.system.files import no_temporary_folder, temporary_folder
from mcu_toolkit.system.records import Empty, from_plain, to_plain

P = ParamSpec("P")
T = TypeVar("T")
H = TypeVar("H")

_CHILD = Path(__file__).with_name("isolated_child.py")
_NO_LIMIT_S = threading.TIMEOUT_MAX
"""A conversion takes as long as the model and the samples make it; who does not want to wait presses Ctrl-C."""
_LAST_LINES = 3
_child: list[ChildProcess] = []
"""The running child, if there is one."""
_folder: list[tempfile.TemporaryDirectory[str]] = []
"""What it may write to, once it was needed."""


@dataclass(frozen=True)
class Codec(Generic[T, H]):
    """How a function's result crosses the pipe: as a record of class `header`, in JSON, and bytes beside it."""

    header: type[H]
    encode: Callable[[T], tuple[H, bytes]]
    decode: Callable[[H, bytes], T]


BYTES: Codec[bytes, Empty] = Codec(Empty, lambda content: (Empty(), content), lambda _, content: content)


@dataclass(frozen=True)
class Call:
    """The header of a message: the function that is called, and where; its arguments are the bytes."""

    module: str
    function: str
    cwd: str


@dataclass(frozen=True)
class Refusal:
    """What one of our errors says."""

    what: str
    on: str | None
    expected: str | None
    hint: str | None


@dataclass(frozen=True)
class Answer:
    """The header of the reply: one of `error` and `result`."""

    result: object = None
    """The header that the function's codec makes, in plain values."""
    error: str = ""
    """The name of one of our errors, `OSError`, or the trace of anything else."""
    refusal: Refusal | None = None
    """For one of our errors."""
    arguments: tuple[int | str | None, ...] = ()
    """For an OSError: number, text, file."""


def isolated(codec: Codec[T, H]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorator for a function of a module: calls run in the child, and raise what the function raises there.

    A crash is a ToolError that blames it on the first argument: the path of a model, or something whose `origin` is that.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            header = Call(function.__module__, function.__qualname__, str(Path.cwd()))
            answer, content = _ask(getattr(args[0], "origin", args[0]), header, pickle.dumps((args, kwargs)))
            if answer.error:
                raise _raised(answer)
            return codec.decode(from_plain(codec.header, answer.result), content)

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


def perform(call: Call, data: bytes) -> tuple[Answer, bytes]:
    """The child's side of a call: the reply to one message."""
    os.chdir(call.cwd)
    try:
        function = getattr(importlib.import_module(call.module), call.function)
        args, kwargs = pickle.loads(data)
        result, content = function.codec.encode(inspect.unwrap(function)(*args, **kwargs))
    except McuError as error:
        name = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == McuError.__module__)
        return Answer(error=name, refusal=Refusal(error.what, error.on, error.expected, error.hint)), b""
    except OSError as error:
        return Answer(error="OSError", arguments=(error.errno, error.strerror or str(error), error.filename)), b""
    except Exception:
        return Answer(error=traceback.format_exc()), b""
    return Answer(to_plain(result)), content


def _ask(model: object, call: Call, data: bytes) -> tuple[Answer, bytes]:
    if not (_child and _child[0].is_running):
        _child[:] = [ChildProcess([sys.executable, _CHILD, json.dumps(sys.path)], timeout_s=_NO_LIMIT_S, writable=_writable_folder())]
    child = _child[0]
    said_before = len(child.log())
    try:
        return child.ask(call, Answer, data)
    except ChildDied as died:
        said = "; ".join(line.strip() for line in child.log()[said_before:].splitlines()[-_LAST_LINES:] if line.strip())
        child.close()
        raise ToolError(
            f"TensorFlow crashed on this model ({died})" + (f": {said}" if said else ""),
            on=model,
            expected="a model that the installed TensorFlow converts",
            hint="after SIGKILL, free some memory; else save the model again, or leave out layers to find the one that it crashes on",
        ) from None


def _raised(answer: Answer) -> Exception:
    """The exception that the function raised in the child."""
    if answer.refusal is not None:
        kind: type[McuError] = getattr(sys.modules[McuError.__module__], answer.error)
        error = kind.__new__(kind)  # some have constructors of their own
        said = answer.refusal
        McuError.__init__(error, said.what, on=said.on, expected=said.expected, hint=said.hint)
        return error
    if answer.arguments:
        return OSError(*answer.arguments)
    return RuntimeError(f"in the child process:\n{answer.error}")  # a defect of ours
