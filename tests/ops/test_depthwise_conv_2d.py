from __future__ import annotations

import hypothesis
import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, activations, batch_of, batches, check_batch, output_scale, seeds, weights, zero_points
from tests.ops.windows import windows


@st.composite
def depthwise(draw: st.DrawFn) -> Case:
    random = np.random.default_rng(draw(seeds))
    at = draw(windows())
    batch, channels, multiplier = draw(st.integers(1, 2)), draw(st.integers(1, 7)), draw(st.sampled_from([1, 1, 2, 3]))
    filters = channels * multiplier
    in_scale, weight_scale = 0.02 + random.random() / 10, 0.01 + random.random() / 50
    builder = ModelBuilder()
    x = builder.tensor([batch, at.height, at.width, channels], "int8", in_scale, draw(zero_points))
    scales = [weight_scale * random.uniform(0.1, 2) for _ in range(filters if draw(st.booleans()) and filters > 1 else 1)]
    shape = (1, at.kernel_height, at.kernel_width, filters)
    biases = random.integers(-9000, 9000, filters)
    inputs = [
        x,
        builder.tensor(shape, "int8", scales=scales, axis=3, data=weights(random, shape)),
        builder.tensor([filters], "int32", scales=[in_scale * scale for scale in scales], data=biases),
    ]
    y_scale = output_scale(random, in_scale, weight_scale, at.kernel_height * at.kernel_width)
    y = builder.tensor([batch, *at.output, filters], "int8", y_scale, draw(zero_points))
    activation = draw(activations)
    builder.op("DEPTHWISE_CONV_2D", inputs, [y], **at.options, depth_multiplier=multiplier, fused_activation_function=activation, version=3)
    return Case(builder.build([x], [y]), f"{at} {batch=} {channels=} {multiplier=} {activation} {y_scale=}")


@batches
@hypothesis.given(batch_of(depthwise()))
def test_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)
