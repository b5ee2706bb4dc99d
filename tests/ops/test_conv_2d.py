from __future__ import annotations

import hypothesis
import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, activations, batch_of, batches, check_batch, output_scale, seeds, weights, zero_points
from tests.ops.windows import Window, windows


@st.composite
def convolution(draw: st.DrawFn, window: st.SearchStrategy[Window] = windows()) -> Case:  # noqa: B008 - a strategy is a value
    random = np.random.default_rng(draw(seeds))
    at = draw(window)
    batch, groups = draw(st.integers(1, 2)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    depth, filters = draw(st.integers(1, 6)), groups * draw(st.integers(1, 5))
    in_scale, weight_scale = 0.02 + random.random() / 10, 0.01 + random.random() / 50
    builder = ModelBuilder()
    x = builder.tensor([batch, at.height, at.width, groups * depth], "int8", in_scale, draw(zero_points))
    scales = [weight_scale * random.uniform(0.1, 2) for _ in range(filters if draw(st.booleans()) and filters > 1 else 1)]
    shape = (filters, at.kernel_height, at.kernel_width, depth)
    inputs = [x, builder.tensor(shape, "int8", scales=scales, data=weights(random, shape))]
    if draw(st.booleans()):
        biases = random.integers(-9000, 9000, filters)
        inputs.append(builder.tensor([filters], "int32", scales=[in_scale * scale for scale in scales], data=biases))
    y_scale = output_scale(random, in_scale, weight_scale, depth * at.kernel_height * at.kernel_width)
    y = builder.tensor([batch, *at.output, filters], "int8", y_scale, draw(zero_points))
    activation = draw(activations)
    builder.op("CONV_2D", inputs, [y], **at.options, fused_activation_function=activation, version=3)
    return Case(builder.build([x], [y]), f"{at} {batch=} {groups=} {depth=} {filters=} {activation} {y_scale=} biases={len(inputs) > 2}")


@batches
@hypothesis.given(batch_of(convolution()))
def test_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)


@batches
@hypothesis.given(batch_of(convolution(windows(max_kernel=1))))
def test_pointwise_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)
