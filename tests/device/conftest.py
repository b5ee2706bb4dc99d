from __future__ import annotations

from pathlib import Path

import pytest

from tests.firmware_c.build import FAKE_LINK, build_fake_device


@pytest.fixture(scope="session")
def fake_device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models: mix, counter (with state), broken."""
    return build_fake_device(tmp_path_factory.mktemp("fake_device"), FAKE_LINK)


@pytest.fixture(scope="session")
def stateless_device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Only the first model: a firmware without state."""
    return build_fake_device(tmp_path_factory.mktemp("stateless_device"), FAKE_LINK, models=1)
