"""Public models beside the project (`../shared/models`), for tests that use them and skip where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "models"

NAMES = (
    "ad01_int8",
    "hello_world_int8",
    "kws_ref_model",
    "micro_speech_quantized",
    "pretrainedResnet_quant",
    "vww_96_int8",
)


def shared_model(name: str) -> Path:
    """The path of one public model; skips the test where the folder is absent."""
    path = FOLDER / f"{name}.tflite"
    if not path.is_file():
        pytest.skip(f"public model not here: ../shared/models/{name}.tflite")
    return path
