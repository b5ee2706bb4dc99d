from __future__ import annotations

import hypothesis
import numpy as np
from hypothesis import strategies as st

from mcu_toolkit.runtimes.aot.numerics import quantize_multiplier, requantize
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, activations, batch_of, batches, check_batch, output_scale, seeds, weights, zero_points


@st.composite
def fully_connected(draw: st.DrawFn) -> Case:
    random = np.random.default_rng(draw(seeds))
    rows, depth, channels = draw(st.integers(1, 3)), draw(st.integers(1, 40)), draw(st.integers(1, 10))
    per_channel, with_bias, keep_num_dims = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    in_scale, weight_scale = 0.02 + random.random() / 10, 0.01 + random.random() / 50
    shape = [1, rows, depth] if keep_num_dims else [rows, depth]
    builder = ModelBuilder()
    x = builder.tensor(shape, "int8", in_scale, draw(zero_points))
    scales = [weight_scale * random.uniform(0.1, 2) for _ in range(channels if per_channel and channels > 1 else 1)]
    w = builder.tensor([channels, depth], "int8", scales=scales, data=weights(random, (channels, depth)))
    inputs = [x, w]
    if with_bias:
        bias_scales = [in_scale * scale for scale in scales]
        inputs.append(builder.tensor([channels], "int32", scales=bias_scales, data=random.integers(-9000, 9000, channels)))
    else:
        inputs.append(-1)
    y_scale = output_scale(random, in_scale, weight_scale, depth)
    y = builder.tensor([*shape[:-1], channels], "int8", y_scale, draw(zero_points))
    activation = draw(activations)
    builder.op("FULLY_CONNECTED", inputs, [y], fused_activation_function=activation, keep_num_dims=keep_num_dims, version=4)
    return Case(builder.build([x], [y]), f"{shape} x {channels} {per_channel=} {with_bias=} {activation} {y_scale=}")


@batches
@hypothesis.given(batch_of(fully_connected()))
def test_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)


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
