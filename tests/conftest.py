"""Fixtures for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import trained_models


@pytest.fixture(scope="session")
def digits_folder() -> Path:
    """A folder as `train_task("digits", ...)` writes it: model.keras, saved_model/, data.npz, training.json.  Read only."""
    return trained_models.trained("digits")


@pytest.fixture(scope="session")
def digits_int8() -> Path:
    """The trained digits model in full int8, a .tflite file.  Read only."""
    return trained_models.quantized("digits", "int8")
