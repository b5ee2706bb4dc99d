from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from mcu_toolkit.runtimes.aot.ir.numerics import quantize_multiplier, requantize
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, activations, channel_counts, check_batch, check_draws, draws, seeds
from tests.ops.layers import FORMS, add_bias, add_input, add_output, add_weights, layer


@st.composite
def fully_connected(draw: st.DrawFn, form: str) -> Case:
    at = layer(draw, form, draw(seeds))
    rows, depth, channels, keep_num_dims = draw(st.integers(1, 3)), draw(st.integers(1, 40)), draw(channel_counts(10)), draw(st.booleans())
    shape = [*draw(st.sampled_from([[1], [1, 2]])), rows, depth] if keep_num_dims else [rows, depth]
    x = add_input(draw, at, shape)
    zero_point = draw(st.sampled_from([0, 0, 3, -100])) if "int4" not in form else 0
    w = add_weights(draw, at, (channels, depth), 0, per_channel="int4" not in form, zero_point=zero_point)
    bias = add_bias(draw, at, channels)
    y, y_scale = add_output(draw, at, [*shape[:-1], channels], depth)
    activation, inputs = draw(activations), [x, w]
    if bias is not None or draw(st.booleans()):
        inputs.append(-1 if bias is None else bias)
    at.builder.op("FULLY_CONNECTED", inputs, [y], fused_activation_function=activation, keep_num_dims=keep_num_dims, version=4)
    at.features |= {activation, "keep_num_dims" if keep_num_dims else "rows"}
    what = f"{form} {shape} x {channels} {zero_point=} {at.scales=} {activation} {y_scale=}"
    return Case(at.builder.build([x, *at.live], [y]), what, frozenset(at.features))


COVERED = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1", "keep_num_dims", "rows", "per tensor", "per channel", "live bias", "no bias")


@draws
def test_equals_tflm(draws: int) -> None:
    ends = [f"input zero point {end}" for end in (-128, 127, -32768, 32767)]
    check_draws(
        draws, *map(fully_connected, FORMS), covering=[*FORMS, *COVERED, "weights with a zero point", *ends], rows=["FULLY_CONNECTED"]
    )


def test_a_bias_at_the_ends_of_32_bits_wraps_as_in_tflm() -> None:
    cases = []
    for bias in (2**31 - 1, -(2**31), 2**30):
        builder = ModelBuilder()
        x = builder.tensor([1, 4], "int8", 0.5, 127)
        w = builder.tensor([2, 4], "int8", 0.25, data=[[1, 2, 3, 4], [-127, 127, -127, 127]])
        b = builder.tensor([2], "int32", 0.125, data=[bias, 5])
        y = builder.tensor([1, 2], "int8", 2.0**22, 3)
        builder.op("FULLY_CONNECTED", [x, w, b], [y])
        cases.append(Case(builder.build([x], [y]), f"{bias=}"))
    check_batch(cases)


def test_the_factor_is_computed_in_double() -> None:
    """Scales and a sum on which a product of the scales in float32, as in TFLM's sources of 2026-08, gives another output."""
    scales = [float(np.float32(scale)) for scale in (0.013645963743329048, 0.03794027864933014, 0.6529359221458435)]
    total = 52337
    in_double = quantize_multiplier(scales[0] * scales[1] / scales[2])
    in_float = quantize_multiplier(float(np.float32(scales[0]) * np.float32(scales[1])) / scales[2])
    assert requantize(total, *in_double) != requantize(total, *in_float)
    builder = ModelBuilder()
    x = builder.tensor([1, 1], "int8", scales[0], 0)
    w = builder.tensor([2, 1], "int8", scales[1], data=[[0], [0]])
    b = builder.tensor([2], "int32", scales[0] * scales[1], data=[total, -total])
    y = builder.tensor([1, 2], "int8", scales[2], 0)
    builder.op("FULLY_CONNECTED", [x, w, b], [y])
    check_batch([Case(builder.build([x], [y]), "a sum between two factors")])
