"""Inputs and outputs are matched by name everywhere: converter, interpreters, compiled code, Keras, boards, data files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model, identifier_of, input_names, output_names, parse_model, read_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.proof.golden import golden_path, write_golden
from mcu_toolkit.pipeline.proof.host import validate, validate_on_host
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.report import Limits, to_json
from mcu_toolkit.runners import KerasRunner, LiteRtRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet
from mcu_toolkit.validate import dequantize, load_vectors
from tests.named_models import LENGTH, SAMPLES, NamedModel, random_model
from tests.quantize.keras_models import save, write_data

pytestmark = pytest.mark.slow

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Made:
    """A quantized model with everything it was made from."""

    keras: Path
    data: Path
    model: Model


def make(model: Any, folder: Path, **arrays: npt.NDArray[Any]) -> Made:
    """Quantize `model` with the samples in `arrays`, which are named as in a data file."""
    keras, data = save(model, folder / "m.keras"), write_data(folder / "d.npz", **arrays)
    quantize_model(keras, data, output=folder / "m.tflite")
    return Made(keras, data, read_model(folder / "m.tflite"))


def arrays_of(named: NamedModel, seed: int) -> Arrays:
    """A data file's arrays: samples by input, and by output the element that is largest by calculation."""
    samples = named.samples(seed)
    inputs = {"x" if len(samples) == 1 else f"x_{name}": array for name, array in samples.items()}
    labels = {name: array.argmax(axis=1) for name, array in named.expected(samples).items()}
    return inputs | {"y" if len(labels) == 1 else f"y_{name}": array for name, array in labels.items()}


def check_by_name(named: NamedModel, seed: int, folder: Path) -> Made:
    """Every runner of this machine gives under each name what is to be there by calculation."""
    made = make(named.model, folder, **arrays_of(named, seed))
    assert set(input_names(made.model)) == set(named.inputs)
    assert set(output_names(made.model)) == set(named.factors)
    found = validate_on_host(made.model, load_vectors(made.data, made.model), folder / "work", Silent(), keras=made.keras)
    assert set(found.results) == {"keras", "tflm", "litert", "aot-host"}
    expected = named.expected(named.samples(seed))
    for runner, result in found.results.items():
        for name, tensor, output in zip(output_names(made.model), made.model.outputs, result.outputs, strict=True):
            real = output if runner == "keras" else dequantize(output, tensor)
            tolerance = 1e-5 if runner == "keras" else 0.03 * float(np.abs(expected[name]).max()) + 0.02
            np.testing.assert_allclose(real, expected[name], atol=tolerance, err_msg=f"{runner}, {name}")
    assert found.accuracy.overall["keras"] == 1.0
    assert all(one.differing_bytes == 0 for one in found.comparisons if one.a == "aot-host")
    return made


@pytest.mark.parametrize("seed", [*range(4), 11, 29])  # 11: a name begins with a digit; 29: one output in a dict in a dict
def test_random_models_agree_by_name_on_every_runner(seed: int, tmp_path: Path) -> None:
    check_by_name(random_model(seed), seed, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(4, 104))
def test_many_random_models_agree_by_name_on_every_runner(seed: int, tmp_path: Path) -> None:
    check_by_name(random_model(seed), seed, tmp_path)


def _two(**names: str) -> Any:
    """first - second, both of one shape: swapped inputs negate it."""
    keras = load_tensorflow().keras
    first, second = keras.Input((LENGTH,), name=names.get("first", "zz")), keras.Input((LENGTH,), name=names.get("second", "aa"))
    return keras.Model([first, second], keras.layers.Subtract(name="difference")([first, second]))


def _samples(seed: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(-1, 1, (SAMPLES, LENGTH)).astype(np.float32)


def test_a_board_is_fed_and_read_by_name_and_its_golden_vectors_too(boards: Path, tmp_path: Path) -> None:
    named = random_model(12)
    assert len(named.inputs) > 1 < len(named.factors)
    made = check_by_name(named, 12, tmp_path)
    assert write_golden(made.model, made.data, tmp_path / "m.tflite") is None
    golden = golden_path(tmp_path / "m.tflite")
    with np.load(golden) as stored:
        wanted = {f"x_{name}" for name in named.inputs} | {f"golden_{name}" for name in named.factors}
        assert wanted | {f"y_{name}" for name in named.factors} | {"model_sha256"} == set(stored.files)
    vectors = load_vectors(golden, made.model)
    report = deploy(Job(made.model, load_board("host"), get_runtime("aot"), vectors, tmp_path / "out", keras=made.keras), Silent())
    assert report.verdict == "pass"
    facts = json.loads(to_json(report))
    assert [port["name"] for port in facts["outputs"]] == list(output_names(made.model))
    assert set(facts["accuracy_by_output"]) == set(named.factors)
    assert set(facts["accuracy"]) >= {"keras", "device"}
    assert {one["a"] for one in facts["comparisons"] if one["differing_bytes"] == 0} >= {"device", "aot-host", "recorded"}
    assert facts["accuracy"]["keras"] == 1.0


def test_float_models_swapped_by_the_converter_are_as_right_as_they_are(tmp_path: Path) -> None:
    """The converter sorts inputs by name: by position Keras would get them swapped, and be right in no sample."""
    first, second = _samples(0), _samples(1)
    made = make(_two(), tmp_path, x_zz=first, x_aa=second, y=(first - second).argmax(axis=1))
    assert input_names(made.model) == ("zz", "aa")  # as in Keras, not as sorted
    report = validate(made.model, load_vectors(made.data, made.model), Silent(), keras=made.keras, limits=Limits(max_drop=0.1))
    assert report.verdict == "pass"
    assert report.accuracy["keras"] == 1.0
    assert report.metrics["keras"].acc is not None
    assert report.metrics["keras"].acc > 0.9


def test_a_drop_at_one_output_of_several_is_a_no_however_right_the_others_are(tmp_path: Path) -> None:
    x, keras = _samples(0), load_tensorflow().keras
    entry = keras.Input((LENGTH,), name="x")
    outputs = [keras.layers.Rescaling(factor, name=name)(entry) for name, factor in (("plain", 1.0), ("ignored", 2.0), ("turned", -1.0))]
    wrong = (x.argmin(axis=1) + 1) % LENGTH
    made = make(keras.Model(entry, outputs), tmp_path, x=x, y_plain=x.argmax(axis=1), y_turned=wrong)
    report = validate(made.model, load_vectors(made.data, made.model), Silent(), limits=Limits(min_accuracy=0.4))
    assert set(report.accuracy_by_output) == {"plain", "turned"}
    assert report.accuracy_by_output["plain"]["tflm"] > 0.9
    assert 0.4 < report.accuracy["tflm"] < 0.6  # of both together
    assert report.verdict == "fail"
    assert "at output 'turned'" in report.reasons[0]


def _special(kind: str) -> tuple[Any, dict[str, int]]:
    """(model of input `q`, the factor of each output)."""
    keras = load_tensorflow().keras
    entry = keras.Input((LENGTH,), name="q")
    shared = keras.layers.Rescaling(2.0, name="shared")
    doubled = shared(entry)
    if kind == "an output twice":
        return keras.Model(entry, [doubled, doubled]), {"shared": 2, "shared_1": 2}
    if kind == "a layer used twice":
        return keras.Model(entry, [shared(doubled), doubled]), {"shared": 4, "shared_1": 2}
    if kind == "an input used twice":
        return keras.Model(entry, {"w": keras.layers.Add()([entry, doubled]), "d": doubled}), {"w": 3, "d": 2}
    if kind == "an input is an output":
        return keras.Model(entry, {"same": entry, "double": doubled}), {"same": 1, "double": 2}
    nested = {"heads": [doubled, keras.layers.Rescaling(-3.0)(entry)], "a": {"b": keras.layers.Rescaling(5.0)(entry)}}
    return keras.Model({"q": entry}, nested), {"heads_0": 2, "heads_1": -3, "a_b": 5}


@pytest.mark.parametrize(
    "kind", ["an output twice", "a layer used twice", "an input used twice", "an input is an output", "lists in dicts"]
)
def test_special_structures_keep_their_names(kind: str, tmp_path: Path) -> None:
    model, factors = _special(kind)
    named = NamedModel(model, ("q",), {name: {"q": float(factor)} for name, factor in factors.items()})
    check_by_name(named, 0, tmp_path)


@pytest.mark.parametrize(("first", "second"), [("a-b", "a_b"), ("in/1", "in-1"), ("class", "class_")])
def test_names_that_are_one_as_identifiers_are_refused(first: str, second: str, tmp_path: Path) -> None:
    if "/" in first:
        first = first.replace("/", ".")
    path = save(_two(first=first, second=second), tmp_path / "m.keras")
    name = identifier_of(first)
    data = write_data(tmp_path / "d.npz", **{f"x_{name}": _samples(0)})
    with pytest.raises(InputError, match=f"'{first}' and '{second}' would both be called '{name}'"):
        quantize_model(path, data, output=tmp_path / "m.tflite")


def test_saved_models_and_models_by_other_converters_are_matched_with_keras(tmp_path: Path) -> None:
    """Keras' own export numbers outputs; the converter puts them in another order."""
    tensorflow = load_tensorflow()
    keras = tensorflow.keras
    entry = keras.Input((LENGTH,), name="q")
    outputs = [keras.layers.Rescaling(factor, name=name)(entry) for name, factor in (("zeta", 1.0), ("alpha", 2.0), ("mid", -3.0))]
    model = keras.Model(entry, outputs)
    path, folder = save(model, tmp_path / "m.keras"), tmp_path / "saved"
    model.export(str(folder), verbose=False)
    x = _samples(0)
    data = write_data(tmp_path / "d.npz", x=x)
    quantize_model(folder, data, output=tmp_path / "m.tflite")
    made = read_model(tmp_path / "m.tflite")
    assert output_names(made) == ("output_0", "output_1", "output_2")
    found = KerasRunner(path, made).run([x]).outputs
    for factor, array in zip((1, 2, -3), found, strict=True):
        np.testing.assert_allclose(array, factor * x, rtol=1e-6)


def test_a_model_by_another_converter_is_compared_with_keras_by_name(tmp_path: Path) -> None:
    """TensorFlow's converter alone gives these outputs in another order than Keras, and one shape: by position all would be wrong."""
    tensorflow = load_tensorflow()
    entry = tensorflow.keras.Input((LENGTH,), name="q")
    factors = {"zeta": 1.0, "alpha": 2.0, "mid": -3.0}
    dense = [tensorflow.keras.layers.Dense(LENGTH, use_bias=False, name=name) for name in factors]
    model = tensorflow.keras.Model(entry, [layer(entry) for layer in dense])
    for layer, factor in zip(dense, factors.values(), strict=True):
        layer.set_weights([np.eye(LENGTH) * factor])
    path, folder = save(model, tmp_path / "m.keras"), tmp_path / "saved"
    model.export(str(folder), verbose=False)
    with quiet():
        content = tensorflow.lite.TFLiteConverter.from_saved_model(str(folder)).convert()
    foreign, x = parse_model(content, "m"), _samples(0)
    assert sorted(output_names(foreign)) == ["output_0", "output_1", "output_2"]
    assert output_names(foreign) != ("output_0", "output_1", "output_2")
    keras, tflite = KerasRunner(path, foreign).run([x]).outputs, LiteRtRunner(foreign).run([x]).outputs
    for name, one, other in zip(output_names(foreign), keras, tflite, strict=True):
        factor = list(factors.values())[int(name[-1])]
        np.testing.assert_allclose(one, factor * x, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(other, factor * x, rtol=1e-5, atol=1e-6)
