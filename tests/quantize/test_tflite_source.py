"""Float .tflite files as a source: as accurate as from Keras, with or without signatures; integers are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.errors import InputError, ToolError, UnsupportedModelError
from mcu_toolkit.model import input_names, output_names, parse_model, read_model
from mcu_toolkit.quantize import all_schemes, compare_schemes, explain_quantization, quantize_model
from mcu_toolkit.quantize.source import check_source
from mcu_toolkit.runners import LiteRtRunner, TflmRunner
from mcu_toolkit.validate import accuracy, dequantize, inputs_for, load_vectors
from tests import small_models
from tests.model_builder import ModelBuilder
from tests.quantize import keras_models as models
from tests.quantize.test_mixed import has_extra, needs_extra


def plain(folder: Path, *, inputs: int = 6, batch: int = 1) -> Path:
    """A float dense layer without signature, with a relu apart."""
    random = np.random.default_rng(5)
    builder = ModelBuilder()
    x = builder.tensor([batch, inputs], "float32", name="x")
    w = builder.tensor([4, inputs], "float32", data=random.normal(0, 1, (4, inputs)).astype(np.float32), name="w")
    b = builder.tensor([4], "float32", data=random.normal(0, 1, 4).astype(np.float32), name="b")
    hidden, y = builder.tensor([batch, 4], "float32", name="hidden"), builder.tensor([batch, 4], "float32", name="y")
    builder.op("FULLY_CONNECTED", [x, w, b], [hidden], fused_activation_function="NONE")
    builder.op("SOFTMAX", [hidden], [y], beta=1.0)
    path = folder / "plain.tflite"
    path.write_bytes(builder.build([x], [y]))
    return path


def test_float32_is_the_file_itself(tmp_path: Path) -> None:
    source = plain(tmp_path)
    assert quantize_model(source, None, scheme="float32", output=tmp_path / "m.tflite").path.read_bytes() == source.read_bytes()


def test_integers_are_refused(tmp_path: Path) -> None:
    (tmp_path / "int8.tflite").write_bytes(small_models.fully_connected())
    with pytest.raises(InputError, match=r"int8.tflite: is quantized already \(full int8\)"):
        check_source(tmp_path / "int8.tflite")


def test_a_batch_of_several_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="input 'x' takes a batch of 4"):
        quantize_model(plain(tmp_path, batch=4), None, scheme="float32", output=tmp_path / "m.tflite")


def two_inputs_two_outputs(folder: Path) -> Path:
    """Float, without signature: `zz` without `aa`, and twice as much."""
    builder = ModelBuilder()
    shape = [1, 6]
    first, second = builder.tensor(shape, "float32", name="serving_default_zz:0"), builder.tensor(shape, "float32", name="aa")
    minus, double = builder.tensor(shape, "float32", name="minus"), builder.tensor(shape, "float32", name="double:0")
    builder.op("SUB", [first, second], [minus], fused_activation_function="NONE")
    builder.op("ADD", [minus, minus], [double], fused_activation_function="NONE")
    path = folder / "two.tflite"
    path.write_bytes(builder.build([first, second], [double, minus]))
    return path


@needs_extra
def test_names_and_their_order_are_kept(tmp_path: Path) -> None:
    source = two_inputs_two_outputs(tmp_path)
    first, second = models.random_samples(6), 1 - models.random_samples(6) ** 2
    data = models.write_data(tmp_path / "d.npz", x_rep_aa=second, x_rep_zz=first, x_aa=second, x_zz=first)
    quantize_model(source, data, output=tmp_path / "m.tflite")
    made = read_model(tmp_path / "m.tflite")
    assert (input_names(made), output_names(made)) == (("zz", "aa"), ("double", "minus"))
    double, minus = LiteRtRunner(made).run(inputs_for(made, load_vectors(data, made))).outputs
    np.testing.assert_allclose(dequantize(minus, made.outputs[1]), first - second, atol=0.03)
    np.testing.assert_allclose(dequantize(double, made.outputs[0]), 2 * (first - second), atol=0.06)


def test_arrays_are_asked_for_by_the_names_of_the_tensors(tmp_path: Path) -> None:
    data = models.write_data(tmp_path / "d.npz", x=models.random_samples(6))
    with pytest.raises(InputError, match="'x_rep_zz' is missing"):
        quantize_model(two_inputs_two_outputs(tmp_path), data, output=tmp_path / "m.tflite")


@pytest.mark.skipif(has_extra, reason="the extra 'mixed' is installed")
def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(6))
    with pytest.raises(ToolError, match=r"quantizing a \.tflite file needs a package") as caught:
        quantize_model(plain(tmp_path), data, output=tmp_path / "m.tflite")
    assert caught.value.hint == "pip install 'mcu-toolkit[mixed]'"


@needs_extra
@pytest.mark.slow
def test_a_model_with_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "counter.tflite").write_bytes(small_models.counter())
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(2))
    with pytest.raises(UnsupportedModelError, match=r"has state or loops \(CALL_ONCE\)"):
        quantize_model(tmp_path / "counter.tflite", data, output=tmp_path / "m.tflite")


@needs_extra
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["int8", "int8-float-io", "int16x8"])
def test_a_model_without_signatures_is_quantized(scheme: str, tmp_path: Path) -> None:
    source = plain(tmp_path)
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(6, samples=100))
    model = read_model(quantize_model(source, data, scheme=scheme, output=tmp_path / "m.tflite").path)
    x = models.random_samples(6)
    (expected,) = LiteRtRunner(parse_model(source.read_bytes(), "plain")).run([x]).outputs
    vectors = load_vectors(models.write_data(tmp_path / "x.npz", x=x), model)
    found = dequantize(TflmRunner(model).run(inputs_for(model, vectors)).outputs[0], model.outputs[0])
    np.testing.assert_allclose(found.reshape(expected.shape), expected, atol=0.02)


@needs_extra
@pytest.mark.slow
def test_it_is_as_accurate_as_the_way_through_keras(digits_folder: Path, tmp_path: Path) -> None:
    data = digits_folder / "data.npz"
    keras = quantize_model(digits_folder / "model.keras", data, output=tmp_path / "keras.tflite")
    source = quantize_model(digits_folder / "model.keras", None, scheme="float32", output=tmp_path / "float.tflite").path
    own = quantize_model(source, data, output=tmp_path / "own.tflite")
    assert own.operators == keras.operators
    assert own.float_fallbacks == ()
    outputs = {}
    for made in (keras, own):
        model = read_model(made.path)
        vectors = load_vectors(data, model)
        assert vectors.labels is not None
        outputs[made.path.stem] = TflmRunner(model).run(inputs_for(model, vectors)).outputs[0].astype(int)
        assert contract_of_model(model) == contract_of_model(read_model(source))
    accuracies = {name: accuracy(values, vectors.labels) for name, values in outputs.items()}
    assert abs(accuracies["own"] - accuracies["keras"]) <= 0.01
    assert np.mean(np.abs(outputs["own"] - outputs["keras"])) < 1.0  # steps of 1/256


@needs_extra
@pytest.mark.slow
def test_every_scheme_and_the_debugger_take_it(digits_folder: Path, tmp_path: Path) -> None:
    data = digits_folder / "data.npz"
    source = quantize_model(digits_folder / "model.keras", None, scheme="float32", output=tmp_path / "float.tflite").path
    rows = compare_schemes(source, data, tmp_path / "all")
    assert [row.refusal for row in rows] == [None] * len(all_schemes())
    ratios = {row.scheme: row.ratio_to_float or 0.0 for row in rows}
    assert 0.5 < ratios["float16"] < 0.65
    assert all(0.25 < ratios[scheme] < 0.5 for scheme in ("dynamic", "int8", "int8-float-io", "int16x8"))
    found = explain_quantization(source, data)
    assert found.worst.name in {"'StatefulPartitionedCall:0'", "'digits_1/classes_1/MatMul'"}
    assert found.losses.output_sqnr_db > 30
