"""What kind of model it is, and how much work."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.model import Model, kind_of, macs_of, parse_model, total_macs, weights_bytes
from tests import shared_models, small_models, trained_models
from tests.model_builder import ModelBuilder


def dense(activations: str, weights: str, scale: float | None = None) -> Model:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, 4], activations, scale, name=name) for name in "xy")
    w = builder.tensor([4, 4], weights, 0.1 if weights == "int8" else None, data=np.ones((4, 4)))
    builder.op("FULLY_CONNECTED", [x, w, -1], [y], fused_activation_function="NONE")
    return parse_model(builder.build([x], [y]), "dense")


KINDS = [
    ("float32", dense("float32", "float32"), False),
    ("dynamic", dense("float32", "int8"), False),
    ("int8", dense("int8", "int8", 0.5), True),
    ("int16x8", dense("int16", "int8", 0.5), True),
    ("int8", parse_model(small_models.convolution(), "convolution"), True),
    ("float32", parse_model(small_models.counter(), "counter"), False),
]


@pytest.mark.parametrize(("name", "model", "runs_on_boards"), KINDS)
def test_the_kind_is_named(name: str, model: Model, runs_on_boards: bool) -> None:
    assert (kind_of(model).name, kind_of(model).runs_on_boards) == (name, runs_on_boards)


def test_an_integer_model_with_a_float_fallback_is_mixed() -> None:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, 4], "int8", 0.1, 0, name=name) for name in "xy")
    a, b = (builder.tensor([1, 4], "float32", name=name) for name in "ab")
    h = builder.tensor([1, 4], "int8", 0.1, 0, name="h")
    builder.op("RELU", [x], [h]).op("DEQUANTIZE", [h], [a]).op("ELU", [a], [b]).op("QUANTIZE", [b], [y])
    assert kind_of(parse_model(builder.build([x], [y]), "fallback")).name == "mixed"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["float32", "dynamic", "int8", "int8-float-io", "int16x8"])
def test_every_scheme_of_the_quantizer_is_recognised(scheme: str) -> None:
    from mcu_toolkit.model import read_model

    assert kind_of(read_model(trained_models.quantized("digits", scheme))).name == scheme


def test_work_of_a_public_model_by_hand() -> None:
    """MLPerf Tiny's keyword spotter: a convolution, four depthwise-separable layers, a dense layer; 25x5 pixels, 64 channels."""
    from mcu_toolkit.model import read_model

    pixels, channels = 25 * 5, 64
    separable = pixels * channels * 3 * 3 + pixels * channels * channels
    expected = pixels * channels * 10 * 4 + 4 * separable + channels * 12
    assert total_macs(read_model(shared_models.shared_model("kws_ref_model"))) == (expected, True)


def test_work_of_small_models_by_hand() -> None:
    model = parse_model(small_models.convolution(), "convolution")
    assert total_macs(model) == (6 * 5 * 4 * 3 * 3 * 3, True)
    assert weights_bytes(model) == 4 * 3 * 3 * 3 + 4 * 4
    assert total_macs(parse_model(small_models.addition(), "addition")) == (0, True)


def test_what_cannot_be_counted_is_said() -> None:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, 2], "int8", 0.1, 0) for _ in range(2))
    builder.op("MyOperator", [x], [y], custom_options=b"")
    model = parse_model(builder.build([x], [y]), "custom")
    assert macs_of(model.main, model.main.ops[0]) is None
    assert total_macs(model) == (0, False)
