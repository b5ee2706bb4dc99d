"""Emulated boards for tests: each test has its own state folder, and nothing runs on when it ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcu_toolkit.boards import Board
from mcu_toolkit.build.node_packages import installed
from mcu_toolkit.device import Timing
from mcu_toolkit.device.emulator import Emulator

STARVED = Timing(boot_timeout_s=60.0, reply_timeout_s=60.0)
"""For sweeps that compare bytes: on a machine with much else to do, an emulator stands still for seconds."""


def skip_without_emulator(board: Board) -> None:
    """Skip where the emulator of `board` is Node, and it or the package that it runs is not on this machine; QEMU always is."""
    emulator = board.emulator
    package = None if emulator is None else emulator.facts.package
    if emulator is None or package is None:
        return
    if shutil.which(emulator.program) is None:
        pytest.skip(f"{board.id}: {emulator.program} is not installed: apt-get install {emulator.debian_package}")
    if installed(package) is None:
        pytest.skip(f"{board.id}: {package.name} {package.version} is not fetched: scripts/fetch_emulators.py")


@contextmanager
def own_boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh MCU_STATE_DIR (short: Unix socket paths are limited) whose boards are stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="mcu-"))
    monkeypatch.setenv("MCU_STATE_DIR", str(folder))
    try:
        yield folder
    finally:
        for state in folder.iterdir():
            if state.is_dir():
                Emulator(state.name, state).stop()
        shutil.rmtree(folder, ignore_errors=True)
