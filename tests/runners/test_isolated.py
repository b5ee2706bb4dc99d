"""Functions that run in a child process: results, errors and crashes come back as if they ran here."""

from __future__ import annotations

import errno
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError, McuError, ToolError, UnknownNameError, UnsupportedModelError
from mcu_toolkit.runners.isolated import BYTES, isolated

MODEL = Path("some/model.keras")


@dataclass(frozen=True)
class Opened:
    origin: Path


@isolated(BYTES)
def where(model: Path, *, suffix: bytes) -> bytes:
    return b"%d %s %s" % (os.getpid(), str(Path.cwd()).encode(), suffix)


@isolated(BYTES)
def fail(model: Path, kind: str) -> bytes:
    if kind == "unknown":
        raise UnknownNameError("scheme", "int-8", ["int8", "float32"], hint="look again")
    if kind == "own":
        raise _OwnError("no such layer", on=model, expected="a dense one")
    if kind == "disk":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/x")
    raise AssertionError("this should not happen")


@isolated(BYTES)
def crash(opened: Opened, number: int) -> bytes:
    os.write(2, b"first\nlast words\n")
    os.kill(os.getpid(), number)
    return b""


class _OwnError(UnsupportedModelError):
    """Known to this module only."""


def test_a_result_comes_from_another_process_in_the_same_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pid, folder, suffix = where(MODEL, suffix=b"x").decode().split(" ")
    assert int(pid) != os.getpid()
    assert (folder, suffix) == (str(tmp_path), "x")
    assert where(MODEL, suffix=b"y").startswith(pid.encode()), "the child is kept"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("unknown", UnknownNameError("scheme", "int-8", ["int8", "float32"], hint="look again")),
        ("own", UnsupportedModelError("no such layer", on=MODEL, expected="a dense one")),
    ],
)
def test_an_error_of_ours_is_the_same_here(kind: str, expected: McuError) -> None:
    with pytest.raises(InputError) as caught:
        fail(MODEL, kind)
    assert type(caught.value) is type(expected)
    assert str(caught.value) == str(expected)


def test_an_error_of_the_system_keeps_its_number_and_file() -> None:
    with pytest.raises(OSError, match="No space") as caught:
        fail(MODEL, "disk")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "/tmp/x")


def test_a_defect_is_no_error_of_the_user() -> None:
    with pytest.raises(RuntimeError, match="this should not happen"):
        fail(MODEL, "defect")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_crash_names_the_model_and_the_next_call_works(number: signal.Signals) -> None:
    with pytest.raises(ToolError) as caught:
        crash(Opened(MODEL), int(number))
    assert str(caught.value).startswith(
        f"{MODEL}: TensorFlow crashed on this model (killed by {number.name}): first; last words\n"
        "  expected: a model that the installed TensorFlow converts\n  try: after SIGKILL, "
    )
    assert where(MODEL, suffix=b"z").endswith(b" z")
