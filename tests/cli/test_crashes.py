"""A TensorFlow that crashes is a finding about the model, not our own end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import small_models
from tests.cli.running import assert_refused, leftovers, mcu

HINT = "after SIGKILL, free some memory; else save the model again, or leave out layers to find the one that it crashes on"


@pytest.fixture
def crashing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `tensorflow` that is found first and takes its process down; model.keras and data.npz."""
    (here / "planted/tensorflow").mkdir(parents=True)
    (here / "planted/tensorflow/__init__.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setenv("PYTHONPATH", str(here / "planted"), prepend=":")
    (here / "model.keras").write_bytes(b"not read")
    np.savez(here / "data.npz", x=np.zeros((4, 6), np.float32), y=np.zeros(4, np.int64))


def crash(model: str) -> str:
    return (
        f"error: {model}: TensorFlow crashed on this model (killed by SIGSEGV)\n"
        f"  expected: a model that the installed TensorFlow converts\n  try: {HINT}"
    )


@pytest.mark.usefixtures("crashing")
def test_quantize(here: Path) -> None:
    outcome = mcu("quantize", "model.keras", "--data", "data.npz", "-o", "out/m.tflite")
    assert_refused(outcome, 3, crash("model.keras"))
    assert not list(here.glob("out/m.tflite*"))
    assert leftovers(here) == []


@pytest.mark.usefixtures("crashing")
def test_the_float_model_of_a_validation(here: Path) -> None:
    (here / "tiny.tflite").write_bytes(small_models.fully_connected())
    outcome = mcu("validate", "tiny.tflite", "--data", "data.npz", "--keras", "model.keras")
    assert_refused(outcome, 3, crash("model.keras"))
