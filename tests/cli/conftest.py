"""Fixtures of the command line's tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import small_models
from tests.emulated import own_boards


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """A shell starts what it runs in the background with Ctrl-C ignored, and `mcu` keeps what was ignored so."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every test has its own boards: nothing it starts outlives it."""
    with own_boards(monkeypatch) as folder:
        yield folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory; paths in messages are then short and known."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tiny(here: Path) -> Path:
    """`tiny.tflite`: one dense layer, 6 to 4, in the working directory."""
    (here / "tiny.tflite").write_bytes(small_models.fully_connected())
    return Path("tiny.tflite")
