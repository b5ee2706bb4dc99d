"""Fixtures of the chain's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulated import own_boards
from tests.firmware_c.build import FAKE_LINK, build_fake_device


@pytest.fixture
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_boards(monkeypatch) as folder:
        yield folder


@pytest.fixture(scope="session")
def fake_device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real command loop with three models that tests know: mix, counter (with state), broken."""
    return build_fake_device(tmp_path_factory.mktemp("fake_device"), FAKE_LINK)
