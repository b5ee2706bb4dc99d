"""Fixtures of the functions' tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import small_models
from tests.emulated import own_boards


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with `tiny.tflite` (6 to 4), and boards that end with the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.tflite").write_bytes(small_models.fully_connected())
    with own_boards(monkeypatch):
        yield tmp_path
