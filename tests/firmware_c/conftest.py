from __future__ import annotations

from pathlib import Path

import pytest

from tests.firmware_c.build import FAKE_LINK, SANITIZERS, build_fake_device, build_framing_vectors


@pytest.fixture(scope="session")
def sanitized_device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fake device under AddressSanitizer and UndefinedBehaviorSanitizer."""
    return build_fake_device(tmp_path_factory.mktemp("sanitized_device"), FAKE_LINK, *SANITIZERS)


@pytest.fixture(scope="session")
def observing_device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the tensor observer and a sensor."""
    folder = tmp_path_factory.mktemp("observing_device")
    return build_fake_device(folder, FAKE_LINK, *SANITIZERS, "-DINFERENCE_OBSERVER=1", sensor=True)


@pytest.fixture(scope="session")
def framing_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """framing.c behind a line interface, under the sanitizers."""
    return build_framing_vectors(tmp_path_factory.mktemp("framing"), *SANITIZERS)
