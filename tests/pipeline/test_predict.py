"""`mcu predict`: numbers and files in, real values, classes and labels out; a minus in front makes a number, not an option."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.cli.app import app
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.predict import predict
from mcu_toolkit.runners import LiteRtRunner
from mcu_toolkit.validate import dequantize, quantize
from tests import small_models

LABELS = ("left", "right", "up")


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    content = small_models.fully_connected(inputs=2, outputs=3, softmax=True)
    path = tmp_path / "m.tflite"
    path.write_bytes(with_contract(content, InputContract(Preprocessing(labels=LABELS))))
    return path


def expected(path: Path, x: np.ndarray) -> np.ndarray:
    model = parse_model(path.read_bytes(), "m")
    return dequantize(LiteRtRunner(model).run([quantize(x, model.inputs[0])]).outputs[0], model.outputs[0])


def test_numbers_are_quantized_run_and_given_back_as_real_values_with_label_and_probability(classifier: Path) -> None:
    x = np.array([[-0.5, 0.25], [0.5, -1.0]], np.float32)
    facts = predict(classifier, ["-0.5,0.25", "0.5,-1"], "litert").facts
    assert [one.input for one in facts.predictions] == ["-0.5,0.25", "0.5,-1"]
    for one, values in zip(facts.predictions, expected(classifier, x), strict=True):
        (output,) = one.outputs.values()
        assert output == tuple(float(value) for value in values)
        assert one.predicted.index == int(np.argmax(values))
        assert one.predicted.label == LABELS[int(np.argmax(values))]
        assert one.predicted.probability == pytest.approx(max(output))
    assert any("quantized to int8" in note for note in facts.notes)


def test_the_numbers_of_one_input_may_be_words_of_their_own(classifier: Path) -> None:
    (one,) = predict(classifier, ["-0.5", "0.25"], "litert").facts.predictions
    (same,) = predict(classifier, ["-0.5,0.25"], "litert").facts.predictions
    assert one.outputs == same.outputs


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".csv"])
def test_every_sample_of_a_file_is_an_input(classifier: Path, suffix: str) -> None:
    x = np.array([[-0.5, 0.25], [0.5, -1.0]], np.float32)
    path = classifier.with_name(f"d{suffix}")
    if suffix == ".npz":
        np.savez(path, x=x)
    elif suffix == ".npy":
        np.save(path, x)
    else:
        np.savetxt(path, x, delimiter=",")
    found = predict(classifier, [str(path)], "litert").facts.predictions
    assert [one.input for one in found] == [f"{path}[0]", f"{path}[1]"]
    assert [next(iter(one.outputs.values())) for one in found] == [tuple(float(v) for v in row) for row in expected(classifier, x)]


def test_the_runners_agree_and_unknown_ones_are_named(classifier: Path) -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    found = [predict(classifier, ["-0.5,0.25"], on).facts.predictions for on in ("tflm", "aot-host", None)]
    assert found[0] == found[1] == found[2]
    with pytest.raises(UnknownNameError):
        predict(classifier, ["1,2"], "board")
    with pytest.raises(InputError, match="is not a Keras model"):
        predict(classifier, ["1,2"], "keras")


def test_values_that_the_input_cannot_hold_are_told(classifier: Path) -> None:
    assert any("1 of 1 inputs hold values outside" in note for note in predict(classifier, ["-1e6,0"], "litert").facts.notes)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["1"], "is 1 number"),
        (["1,2,3"], "is 3 numbers"),
        (["abc"], "unknown input 'abc'"),
        (["1_0"], "unknown input '1_0'"),
        (["--bord"], "unknown option"),
        (["nan,1"], "finite"),
    ],
)
def test_what_is_no_input_is_refused(classifier: Path, words: list[str], what: str) -> None:
    with pytest.raises(InputError, match=what):
        predict(classifier, words, "litert")


@pytest.mark.parametrize("word", ["-3", "-.5", "-2.5e-1", "-1e3"])
def test_a_negative_number_on_the_command_line_is_a_number(tmp_path: Path, word: str) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(small_models.fully_connected(inputs=1, outputs=1))
    done = CliRunner().invoke(app, ["predict", str(path), word, "--on", "litert", "--json", str(tmp_path / "r.json")])
    assert done.exit_code == 0, done.output
    (one,) = json.loads((tmp_path / "r.json").read_text())["predictions"]
    assert one["input"] == word
    assert one["class"] is None
