"""Drawing pooling models."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, activations, seeds, zero_points
from tests.ops.windows import windows


@st.composite
def pooling(draw: st.DrawFn, operator: str) -> Case:
    """A MAX_POOL_2D or AVERAGE_POOL_2D."""
    random = np.random.default_rng(draw(seeds))
    at = draw(windows(max_kernel=5, max_dilation=1))
    batch, channels = draw(st.integers(1, 2)), draw(st.integers(1, 5))
    scale, zero_point = float(np.float32(random.choice([0.004, 0.05, 3.0]))), draw(zero_points)
    builder = ModelBuilder()
    x = builder.tensor([batch, at.height, at.width, channels], "int8", scale, zero_point)
    y = builder.tensor([batch, *at.output, channels], "int8", scale, zero_point)
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
    return Case(builder.build([x], [y]), f"{operator} {at} {batch=} {channels=} {activation} {scale=} {zero_point=}")
