"""Drawing pooling models."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.convolution.windows import windows
from tests.ops.harness import Case, activations, channel_counts, seeds, zero_points

FEATURES = ["SAME", "VALID", "NONE", "RELU", "RELU_N1_TO_1", "RELU6", "a stride", "a border"]
POINTS = ["lowest zero point", "highest zero point"]
_EXTREMES = {"int8": (-128, 127), "int16": (-32768, 32767)}


@st.composite
def pooling(draw: st.DrawFn, operator: str, dtype: str = "int8") -> Case:
    """A MAX_POOL_2D or AVERAGE_POOL_2D."""
    random = np.random.default_rng(draw(seeds))
    at = draw(windows(max_kernel=5, max_dilation=1))
    batch, channels = draw(st.integers(1, 2)), draw(channel_counts(5))
    lowest, highest = _EXTREMES.get(dtype, (0, 0))
    point = draw(zero_points if dtype == "int8" else st.sampled_from([0, 0, lowest, highest, 17]))
    scale = float(np.float32(random.choice([0.004, 0.05, 3.0])))
    quantization = (scale, point) if dtype != "float32" else ()
    builder = ModelBuilder()
    x = builder.tensor([batch, at.height, at.width, channels], dtype, *quantization)
    y = builder.tensor([batch, *at.output, channels], dtype, *quantization)
    activation = draw(activations)
    builder.op(
        operator,
        [x],
        [y],
        padding=at.padding,
        stride_h=at.stride[0],
        stride_w=at.stride[1],
        filter_height=at.kernel_height,
        filter_width=at.kernel_width,
        fused_activation_function=activation,
    )
    features = {at.padding, activation, "a stride" if max(at.stride) > 1 else "no stride"}
    features |= {"a border"} if at.padding == "SAME" and max(at.kernel_height, at.kernel_width) > 1 else set()
    features |= {name for name, end in zip(POINTS, (lowest, highest), strict=True) if point == end and dtype != "float32"}
    what = f"{operator} {dtype} {at} {batch=} {channels=} {activation} {scale=} {point=}"
    return Case(builder.build([x], [y]), what, frozenset(features))
