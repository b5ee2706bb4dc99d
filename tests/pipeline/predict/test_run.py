"""`mcu predict`: numbers and files in, real values, classes and labels out; a minus in front makes a number, not an option."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.cli.app import app
from mcu_toolkit.errors import InputError, UnknownNameError, UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.predict import PredictRequest, PredictResult
from mcu_toolkit.pipeline.predict import predict as run
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runners import LiteRtRunner
from mcu_toolkit.validate import dequantize, quantize
from tests import small_models
from tests.model_builder import ModelBuilder

LABELS = ("left", "right", "up")


def predict(path: Path, words: list[str], *on: str | None, **options: Any) -> StepResult[PredictResult]:
    return run(PredictRequest(path, words, [name for name in on if name is not None], **options), Silent())


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
        (["x" * 5000], "unknown input"),
        (["absent.jpg"], "picture not found"),
        (["photo.jpg"], "nothing says how its pixels"),
        (["sound.wav"], "is a sound"),
        (["--bord"], "unknown option"),
        (["nan,1"], "finite"),
    ],
)
def test_what_is_no_input_is_refused(
    classifier: Path, words: list[str], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photo.jpg").touch()
    Path("sound.wav").touch()
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


def _float_kinds() -> dict[str, bytes]:
    """y = 2x - 1 as a float model, with 16-bit weights and with int8 weights (dynamic range)."""
    kinds = {}
    for kind in ("float32", "float16", "dynamic"):
        builder = ModelBuilder()
        x, y = builder.tensor([1, 1], "float32", name="x"), builder.tensor([1, 1], "float32", name="y")
        if kind == "float16":
            stored = builder.tensor([1, 1], "float16", data=[[2.0]])
            weights = builder.tensor([1, 1], "float32", name="weights")
            builder.op("DEQUANTIZE", [stored], [weights])
        elif kind == "dynamic":
            weights = builder.tensor([1, 1], "int8", 2 / 127, data=[[127]], name="weights")
        else:
            weights = builder.tensor([1, 1], "float32", data=[[2.0]], name="weights")
        bias = builder.tensor([1], "float32", data=[-1.0], name="bias")
        builder.op("FULLY_CONNECTED", [x, weights, bias], [y])
        kinds[kind] = builder.build([x], [y])
    return kinds


@pytest.mark.parametrize("kind", ["float32", "float16", "dynamic"])
def test_models_that_are_not_for_boards_are_run_by_litert(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"{kind}.tflite"
    path.write_bytes(_float_kinds()[kind])
    facts = predict(path, ["10"]).facts
    assert facts.runner == "litert"
    assert facts.predictions[0].outputs == {"y": (pytest.approx(19.0, abs=0.1),)}
    assert any("run by LiteRT" in note for note in facts.notes)


def test_several_runners_stand_side_by_side(classifier: Path) -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    result = predict(classifier, ["-0.5,0.25", "0.5,-1"], "tflm", "litert,aot-host")
    facts = result.facts
    assert list(facts.by_runner) == ["tflm", "litert", "aot-host"]
    assert (facts.runner, facts.predictions) == ("tflm", facts.by_runner["tflm"])
    assert [(one.a, one.b, one.level.value) for one in facts.comparisons][1] == ("aot-host", "tflm", "byte-equal")
    assert result.lines[0].split() == ["input", "tflm", "litert", "aot-host"]
    assert "aot-host: byte for byte as tflm" in result.lines
    assert all(len(line) <= 80 for line in result.lines[:3])


def test_of_several_runners_one_that_refuses_is_named_and_of_one_its_error_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(_float_kinds()["dynamic"])
    result = predict(path, ["10"], "aot-host", "litert")
    facts = result.facts
    assert [one.runner for one in facts.not_run] == ["aot-host"]
    assert result.verdict == "fail", "something that was asked for is missing"
    assert (facts.runner, list(facts.by_runner)) == ("litert", [])
    with pytest.raises(UnsupportedModelError):
        predict(path, ["10"], "aot-host")
    with pytest.raises(UnsupportedModelError, match="dynamic-range"):
        predict(path, ["10"], "device", board="host")


def test_one_probability_is_of_the_second_of_two_classes(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 1], "float32", name="x"), builder.tensor([1, 1], "float32", name="p")
    builder.op("LOGISTIC", [x], [y])
    path = tmp_path / "m.tflite"
    path.write_bytes(with_contract(builder.build([x], [y]), InputContract(Preprocessing(labels=("no", "yes")))))
    low, high = (one.predicted for one in predict(path, ["-2", "2"], "litert").facts.predictions)
    assert (low.index, low.label, high.index, high.label) == (0, "no", 1, "yes")
    assert [low.probability, high.probability] == pytest.approx([0.8808, 0.8808], abs=1e-3)


def test_names_of_classes_may_come_in_a_file_and_must_be_as_many_as_there_are(classifier: Path) -> None:
    names = classifier.with_name("labels.txt")
    names.write_text("a\nb\n\nc\n")
    assert predict(classifier, ["1,2"], "litert", labels=names).facts.predictions[0].predicted.label in ("a", "b", "c")
    names.write_text("a\nb\n")
    with pytest.raises(InputError, match=r"names 2 classes"):
        predict(classifier, ["1,2"], "litert", labels=names)


def test_what_is_no_number_is_null_in_json_and_names_no_class(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 2], "float32", name="x"), builder.tensor([1, 2], "float32", name="y")
    builder.op("LOG", [x], [y])
    path = tmp_path / "m.tflite"
    path.write_bytes(builder.build([x], [y]))
    result = predict(path, ["-1,1"], "litert")
    (one,) = result.facts.predictions
    assert one.outputs == {"y": (None, 0.0)}
    assert one.predicted.index is None
    assert result.lines[0] == "-1,1: y not finite, 0"
    assert "NaN" not in result.to_json()


def test_what_the_user_says_about_the_preprocessing_names_the_classes_too(classifier: Path) -> None:
    described = classifier.with_name("p.toml")
    described.write_text('labels = ["x", "y", "z"]\n')
    assert predict(classifier, ["1,2"], "litert", preprocessing=described).facts.predictions[0].predicted.label in ("x", "y", "z")


def test_labels_of_another_model_are_told(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(with_contract(small_models.fully_connected(inputs=2, outputs=3), InputContract(Preprocessing(labels=("a", "b")))))
    facts = predict(path, ["1,2"], "litert").facts
    assert facts.predictions[0].predicted.label is None
    assert any("names 2 classes, and the outputs have 3 values" in note for note in facts.notes)


def test_inputs_may_be_missing_only_where_details_are_asked_for(classifier: Path) -> None:
    with pytest.raises(InputError, match="no inputs"):
        predict(classifier, [])
    result = predict(classifier, [], details=True)
    assert result.facts.details is not None
    assert (result.facts.runner, result.facts.predictions) == (None, ())
    assert any(line.startswith("input 0: x") for line in result.lines)
    assert predict(classifier, ["1,2"], "litert", details=True).facts.details == result.facts.details


def test_the_json_is_the_stable_interface(classifier: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["predict", str(classifier), "1,2", "--on", "litert", "--json", str(tmp_path / "r.json")])
    assert done.exit_code == 0, done.output
    (one,) = json.loads((tmp_path / "r.json").read_text())["predictions"]
    assert set(one) == {"input", "outputs", "class", "label", "probability"}
    assert all(isinstance(value, float) for values in one["outputs"].values() for value in values)


@pytest.mark.slow
def test_a_board_says_what_the_host_says(classifier: Path, boards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(classifier.parent)
    facts = predict(classifier, ["-0.5,0.25", "0.5,-1"], "device", "aot-host", board="host").facts
    assert list(facts.by_runner) == ["device", "aot-host"]
    assert facts.by_runner["device"] == facts.by_runner["aot-host"]
    again = predict(classifier.parent / "build" / "m-host", ["0.5,-1"], "device").facts
    assert again.predictions[0].outputs == facts.predictions[1].outputs
