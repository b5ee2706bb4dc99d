"""Fixtures of the chain's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulated import own_boards


@pytest.fixture
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_boards(monkeypatch) as folder:
        yield folder
