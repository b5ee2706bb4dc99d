"""Layers that may take over their input's memory, one after the other: pointwise ones that grow and shrink, and depthwise ones."""

from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case


def chain(seed: int) -> Case:
    """x -> 1x1 to more channels -> depthwise -> 1x1 to fewer -> depthwise with stride 2; an odd number of pixels most times."""
    random = np.random.default_rng(seed)
    builder = ModelBuilder()
    size = [int(side) for side in random.integers(3, 9, 2)]
    shape = [1, *size, int(random.integers(2, 9))]
    first = tensor = builder.tensor(shape, "int8", 0.02, int(random.integers(-128, 128)))
    kernel = [int(side) for side in random.integers(1, 4, 2)]
    for kind, channels, stride in (
        ("CONV_2D", shape[3] + int(random.integers(1, 9)), 1),
        ("DEPTHWISE_CONV_2D", 0, 1),
        ("CONV_2D", int(random.integers(1, 8)), 1),
        ("DEPTHWISE_CONV_2D", 0, 2),
    ):
        depth, filters = shape[3], channels or shape[3]
        weight_shape = [filters, 1, 1, depth] if kind == "CONV_2D" else [1, *kernel, filters]
        weights = np.clip(random.normal(0, 50, weight_shape), -127, 127).astype(np.int8)
        scales = np.exp2(random.uniform(-9, -6, filters)).astype(np.float32).tolist()
        w = builder.tensor(weight_shape, "int8", scales=scales, axis=weight_shape.index(filters) if kind == "CONV_2D" else 3, data=weights)
        shape = [1, *(-(-side // stride) for side in shape[1:3]), filters]
        scale = float(np.float32(np.median(scales) * 0.02 * 50 * np.sqrt(weights.size // filters)))
        output = builder.tensor(shape, "int8", scale, int(random.integers(-40, 40)))
        window = {"padding": "SAME", "stride_h": stride, "stride_w": stride, "fused_activation_function": "NONE"}
        more = {} if kind == "CONV_2D" else {"depth_multiplier": 1}
        builder.op(kind, [tensor, w], [output], **window, **more, version=3)
        tensor = output
    return Case(builder.build([first], [tensor]), f"{seed=} {size} {kernel}")
