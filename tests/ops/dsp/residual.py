"""The end of a residual block: a convolution whose output is only made to be added to another tensor."""

from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case


def residual(seed: int) -> Case:
    """x -> MAXIMUM -> conv -> ADD with x's own (or strided) branch; the convolution is either input of the ADD."""
    random = np.random.default_rng(seed)
    height, width, depth = int(random.integers(2, 9)), int(random.integers(2, 9)), int(random.integers(1, 13))
    kernel, channels = int(random.choice([1, 2, 3, 5])), int(random.integers(1, 13))
    activation = str(random.choice(["NONE", "RELU", "RELU6"]))
    builder = ModelBuilder()
    x = builder.tensor([1, height, width, depth], "int8", 0.02, int(random.integers(-128, 128)))
    shape = [1, height, width, channels]

    def convolution(source: int, side: int, scale: float) -> int:
        weights = np.clip(random.normal(0, 50, (channels, side, side, depth)), -127, 127).astype(np.int8)
        scales = np.exp2(random.uniform(-9, -6, channels)).astype(np.float32)
        w = builder.tensor(list(weights.shape), "int8", scales=scales.tolist(), axis=0, data=weights)
        bias = random.normal(0, 3000, channels).astype(np.int32)
        b = builder.tensor([channels], "int32", scales=(scales * np.float32(0.02)).tolist(), data=bias)
        out = builder.tensor(shape, "int8", scale, int(random.integers(-40, 40)))
        builder.op("CONV_2D", [source, w, b], [out], padding="SAME", stride_h=1, stride_w=1, fused_activation_function="NONE", version=3)
        return out

    scale = float(np.float32(np.sqrt(kernel * kernel * depth) * 50 * 0.02 * 2.0**-8 * random.uniform(0.5, 2)))
    skip = convolution(x, 1, scale * float(random.uniform(0.5, 2)))
    deep = convolution(x, kernel, scale)
    out = builder.tensor(shape, "int8", 1.5 * scale, -128 if activation != "NONE" else int(random.integers(-40, 40)))
    inputs = [skip, deep] if random.random() < 0.5 else [deep, skip]
    builder.op("ADD", inputs, [out], fused_activation_function=activation, version=2)
    return Case(builder.build([x], [out]), f"{seed=} {height}x{width}x{depth} -> {channels}, {kernel}x{kernel} {inputs} {activation}")
