"""Fixtures for every test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import trained_models

_NOT_BUILT = "not built"


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`note(name, reason)`: what a sweep leaves out; printed at the end of the run, from whichever process it comes."""
    return lambda name, reason: request.node.user_properties.append((_NOT_BUILT, (reason, name)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What sweeps left out, by reason."""
    names: dict[str, set[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for key, value in getattr(report, "user_properties", ()):
                if key == _NOT_BUILT:
                    names.setdefault(value[0], set()).add(value[1])
    if names:
        terminalreporter.section("left out")
    for reason, left_out in sorted(names.items()):
        terminalreporter.line(f"{len(left_out)} of: {reason}")
        terminalreporter.line("    " + ", ".join(sorted(left_out)))


@pytest.fixture(scope="session")
def digits_folder() -> Path:
    """A folder as `train_task("digits", ...)` writes it: model.keras, saved_model/, data.npz, training.json.  Read only."""
    return trained_models.trained("digits")


@pytest.fixture(scope="session")
def digits_int8() -> Path:
    """The trained digits model in full int8, a .tflite file.  Read only."""
    return trained_models.quantized("digits", "int8")
