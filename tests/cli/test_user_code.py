"""`mcu train my_model.py`: a user's own model, and what is said where the file is not as it should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.in_process import mcu_here, succeed_here

MODEL = """
import keras
def build_model():
    return keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(8, activation="relu", name="hidden"),
                             keras.layers.Dense(2, activation="softmax", name="classes")], name="mine")
"""
DATA = """
import numpy as np
PREPROCESSING = {"raw_dtype": "int16", "scale": 0.001, "labels": ["low", "high"]}
EPOCHS = 30
def load_data():
    x = np.random.default_rng(0).normal(size=(400, 4)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("int64")
"""


@pytest.mark.slow
def test_a_model_of_ones_own_is_trained_quantized_and_keeps_its_preprocessing(here: Path) -> None:
    (here / "mine.py").write_text(MODEL + DATA)
    outcome = succeed_here("train", "mine.py", "-o", "t", "--json", "r.json")
    facts = json.loads((here / "r.json").read_text())
    assert facts["accuracy"] > 0.8
    assert facts["epochs"] == 30
    assert "mcu quantize t/model.keras" in outcome.stdout
    outcome = succeed_here("quantize", "t/model.keras", "--data", "t/data.npz", "-o", "m.tflite", "--json", "q.json", "--strict")
    recorded = json.loads((here / "q.json").read_text())
    assert recorded["findings"] == []
    assert recorded["preprocessing"]["labels"] == ["low", "high"]
    assert recorded["golden"] == "m.golden.npz"
    assert "raw int16; real = (raw - 0) * 0.001" in succeed_here("inspect", "m.tflite").stdout
    succeed_here("validate", "m.tflite", "--data", "m.golden.npz", "--json", "v.json")
    rows = {row["a"]: row["level"] for row in json.loads((here / "v.json").read_text())["comparisons"]}
    assert rows["recorded"] == "byte-equal"
    succeed_here("header", "m.tflite", "-o", "h")
    assert "m_preprocess(const int16_t raw[4], int8_t input[4])" in (here / "h/m_preprocess.h").read_text()


@pytest.mark.slow
def test_a_model_without_data_is_saved_as_it_is(here: Path) -> None:
    (here / "mine.py").write_text(MODEL)
    assert "not trained" in succeed_here("train", "mine.py", "-o", "t").stdout
    assert (here / "t/model.keras").is_file()
    assert (here / "t/saved_model/saved_model.pb").is_file()
    assert not (here / "t/data.npz").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "error: mine.py: has no function build_model()\n  expected: def build_model(): ... return a Keras model"),
        ("x = (", "error: mine.py: the file failed in line 1: SyntaxError"),
        ("\n\nraise ValueError('no data here')", "error: mine.py: the file failed in line 3: ValueError: no data here"),
        ("import no_such_module", "error: mine.py: the file failed in line 1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("def build_model(): return 5\ndef load_data(): return 5", "error: mine.py: load_data() gave int\n  expected: ((x_train"),
        (
            "import numpy as np\ndef build_model(): 0\ndef load_data(): return np.zeros((3, 2)), np.zeros(4)",
            "error: mine.py: load_data() gave 3 samples x_train and 4 targets y_train",
        ),
        (
            "import numpy as np\ndef build_model(): 0\ndef load_data(): return np.full((9, 2), np.nan), np.zeros(9)",
            "error: mine.py: load_data(): x_train holds NaN or infinite values\n  expected: finite numbers",
        ),
    ],
)
def test_what_is_wrong_with_the_file_is_said(text: str, message: str, here: Path) -> None:
    (here / "mine.py").write_text(text)
    outcome = mcu_here("train", "mine.py", "-o", "t")
    assert outcome.error.startswith(message)
    assert outcome.exit_code == 2
    assert not (here / "t").exists()


def test_a_file_that_is_not_there(here: Path) -> None:
    outcome = mcu_here("train", "mine.py")
    assert (outcome.error, outcome.exit_code) == ("error: mine.py: Python file not found\n  try: check the path", 2)


@pytest.mark.slow
def test_a_function_that_returns_something_else(here: Path) -> None:
    (here / "mine.py").write_text("def build_model(): return 5")
    outcome = mcu_here("train", "mine.py", "-o", "t")
    assert outcome.error.startswith("error: mine.py: build_model() returned int\n  expected: a Keras model")
    assert outcome.exit_code == 2
