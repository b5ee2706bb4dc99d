"""Layers that no kernel was made for, and the regular layer that each is compared with.

A layer is drawn from a seed.  `draw`: any channels from 3 to 256, kernels of 1 to 7 by 1 to 7, strides of 1 to 3 or dilation, as networks
have them.  `draw_any`: what a cliff may hide behind: channels from 1 to 512, kernels up to 15 by 15 and long ones of one dimension,
several images, depth multipliers, both paddings, dense layers of up to 4,096 inputs.  Its twin is the
same layer (kind, kernel, stride, dilation, image, rounding) with the nearest numbers of channels that are multiples of 4, and so about
as many inputs to each sum: the instructions per multiply-accumulate that a table of regular shapes would promise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tests.model_builder import ModelBuilder

Kind = Literal["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"]
LARGEST_TENSOR_BYTES = 40_000
MOST_MACS = 600_000
"""So that dozens of layers are measured in a minute; far fewer than a layer's fixed costs would show in."""
ROOM_BYTES = 12_000
FEWEST_MACS = 60_000
LARGEST_WEIGHTS_BYTES = 300_000
"""Boards have a megabyte of flash, and a firmware holds several layers."""
_REGULAR = 4


@dataclass(frozen=True)
class Layer:
    """One layer; sizes as (rows, columns)."""

    kind: Kind
    image: tuple[int, int]
    inputs: int
    outputs: int
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    relu: bool = True
    seed: int = 0
    batches: int = 1
    multiplier: int = 1
    """Depth multiplier."""
    padding: Literal["SAME", "VALID"] = "SAME"

    @property
    def depth(self) -> int:
        """Products in each sum."""
        return self.kernel[0] * self.kernel[1] * (1 if self.kind == "DEPTHWISE_CONV_2D" else self.inputs)

    @property
    def output_image(self) -> tuple[int, int]:
        """As TensorFlow pads."""
        rows, columns = (self._side(axis) for axis in (0, 1))
        return rows, columns

    def _side(self, axis: int) -> int:
        spare = 0 if self.padding == "SAME" else (self.kernel[axis] - 1) * self.dilation[axis]
        return -(-(self.image[axis] - spare) // self.stride[axis])

    @property
    def sizes(self) -> tuple[int, int]:
        """Elements of input and output."""
        rows, columns = self.output_image
        return self.batches * self.image[0] * self.image[1] * self.inputs, self.batches * rows * columns * self.outputs

    @property
    def macs(self) -> int:
        """Multiply-accumulates."""
        return self.sizes[1] * self.depth

    @property
    def what(self) -> str:
        """`CONV_2D 3x3 17 -> 19, stride 1x2, image 9x12`."""
        parts = [f"{self.kind} {self.kernel[0]}x{self.kernel[1]} {self.inputs} -> {self.outputs}"]
        parts += [f"stride {self.stride[0]}x{self.stride[1]}"] if self.stride != (1, 1) else []
        parts += [f"dilation {self.dilation[0]}x{self.dilation[1]}"] if self.dilation != (1, 1) else []
        parts += [f"image {self.image[0]}x{self.image[1]}"] if self.kind != "FULLY_CONNECTED" else []
        parts += [f"{self.batches} of them"] if self.batches > 1 else []
        return ", ".join([*parts, self.padding] if self.padding == "VALID" else parts)


def draw(seed: int) -> Layer:
    """Layer number `seed`; the same each time."""
    random = np.random.default_rng([8, seed])
    while True:
        layer = _drawn(random, seed)
        if max(layer.sizes) <= LARGEST_TENSOR_BYTES and FEWEST_MACS <= layer.macs <= MOST_MACS:
            return layer


def _drawn(random: np.random.Generator, seed: int) -> Layer:
    inputs, outputs = (int(np.exp(random.uniform(np.log(3), np.log(256.99)))) for _ in range(2))
    relu = bool(random.random() < 0.7)
    kind: Kind = random.choice(["CONV_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"], p=[0.3, 0.3, 0.3, 0.1])
    if kind == "FULLY_CONNECTED":
        return Layer(kind, (1, 1), int(random.integers(100, 1200)), outputs, relu=relu, seed=seed)
    kernel, stride, dilation = (1, 1), (1, 1), (1, 1)
    if kind == "DEPTHWISE_CONV_2D" or random.random() < 0.6:
        square = int(random.choice([2, 3, 3, 3, 4, 5, 6, 7]))
        kernel = (square, square) if random.random() < 0.7 else (int(random.integers(1, 8)), int(random.integers(1, 8)))
    if random.random() < 0.35:
        step = int(random.integers(2, 4))
        stride = (step, step) if random.random() < 0.8 else (int(random.integers(1, 4)), int(random.integers(1, 4)))
    elif random.random() < 0.2:
        dilation = (2, 2)
    image = int(random.integers(4, 33)), int(random.integers(4, 33))
    outputs = inputs if kind == "DEPTHWISE_CONV_2D" else outputs
    return Layer(kind, image, inputs, outputs, kernel, stride, dilation, relu, seed)


def draw_any(seed: int) -> Layer:
    """Layer number `seed` of those that hide cliffs; the same each time."""
    random = np.random.default_rng([18, seed])
    while True:
        layer = _drawn_any(random, seed)
        sensible = min(layer.output_image) >= 1 and layer.outputs * layer.depth <= LARGEST_WEIGHTS_BYTES
        if sensible and max(layer.sizes) <= LARGEST_TENSOR_BYTES and FEWEST_MACS <= layer.macs <= MOST_MACS:
            return layer


def _drawn_any(random: np.random.Generator, seed: int) -> Layer:
    inputs, outputs = (int(np.exp(random.uniform(0, np.log(512.99)))) for _ in range(2))
    relu, batches = bool(random.random() < 0.7), int(random.choice([1, 1, 1, 2, 3, 4]))
    kind: Kind = random.choice(["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"], p=[0.45, 0.4, 0.15])
    if kind == "FULLY_CONNECTED":
        return Layer(kind, (1, 1), int(random.integers(16, 4097)), outputs, relu=relu, seed=seed, batches=batches)
    kernel = _any_kernel(random)
    steps = tuple(int(value) for value in random.integers(1, 4, 2))
    strided, dilated = (steps, (1, 1)) if random.random() < 0.7 else ((1, 1), steps)
    few = random.random() < 0.5
    stride, dilation = ((1, 1), (1, 1)) if few else (strided, dilated)
    multiplier = 1 if kind == "CONV_2D" or random.random() < 0.8 else int(random.integers(2, 9))
    padding: Literal["SAME", "VALID"] = "SAME" if random.random() < 0.7 else "VALID"
    spare = ((side - 1) * apart if padding == "VALID" else 0 for side, apart in zip(kernel, dilation, strict=True))
    image = tuple(int(random.integers(4, 33)) + more for more in spare)
    outputs = inputs * multiplier if kind == "DEPTHWISE_CONV_2D" else outputs
    return Layer(kind, image, inputs, outputs, kernel, stride, dilation, relu, seed, batches, multiplier, padding)  # type: ignore[arg-type]


def _any_kernel(random: np.random.Generator) -> tuple[int, int]:
    form = random.random()
    if form < 0.2:
        return 1, 1
    if form < 0.4:
        side = int(random.choice([3, 3, int(random.integers(2, 16))]))
        return side, side
    rows, columns = (int(value) for value in random.integers(1, 16, 2))
    if form < 0.75:
        return rows, columns
    long = int(random.integers(2, 65))
    return (long, 1) if form < 0.875 else (1, long)


def twin(layer: Layer) -> Layer:
    """The regular layer like `layer`."""

    def regular(channels: int) -> int:
        return max(_REGULAR, round(channels / _REGULAR) * _REGULAR)

    inputs = regular(layer.inputs)
    outputs = inputs * layer.multiplier if layer.kind == "DEPTHWISE_CONV_2D" else regular(layer.outputs)
    return replace(layer, inputs=inputs, outputs=outputs)


def content(layer: Layer) -> bytes:
    """`layer` as a .tflite file, with factors as trained layers have them."""
    random = np.random.default_rng([9, layer.seed])
    builder, options = ModelBuilder(), {"fused_activation_function": "RELU" if layer.relu else "NONE"}
    axis, shape = 0, [layer.outputs, *layer.kernel, layer.inputs]
    in_shape, out_shape = [layer.batches, *layer.image, layer.inputs], [layer.batches, *layer.output_image, layer.outputs]
    if layer.kind == "FULLY_CONNECTED":
        shape, in_shape, out_shape = [layer.outputs, layer.inputs], [layer.batches, layer.inputs], [layer.batches, layer.outputs]
    elif layer.kind == "DEPTHWISE_CONV_2D":
        axis, shape = 3, [1, *layer.kernel, layer.outputs]
    weights = np.clip(random.normal(0, 40, shape), -127, 127).astype(np.int8)
    scales = np.exp2(random.uniform(-9, -6, layer.outputs if layer.kind != "FULLY_CONNECTED" else 1)).astype(np.float32)
    x = builder.tensor(in_shape, "int8", 0.02, int(random.integers(-128, 128)))
    w = builder.tensor(shape, "int8", scales=scales.tolist(), axis=axis, data=weights)
    bias = random.normal(0, 3000, layer.outputs).astype(np.int32)
    b = builder.tensor([layer.outputs], "int32", scales=(scales * np.float32(0.02)).tolist(), data=bias)
    out_scale = float(np.float32(np.median(scales) * 0.02 * 40 * np.sqrt(layer.depth)))
    y = builder.tensor(out_shape, "int8", out_scale, -128 if layer.relu else int(random.integers(-40, 40)))
    if layer.kind == "FULLY_CONNECTED":
        builder.op(layer.kind, [x, w, b], [y], **options, version=4)
    else:
        options |= {} if layer.kind == "CONV_2D" else {"depth_multiplier": layer.multiplier}  # type: ignore[dict-item]
        sizes = {"stride_h": layer.stride[0], "stride_w": layer.stride[1]}
        sizes |= {"dilation_h_factor": layer.dilation[0], "dilation_w_factor": layer.dilation[1]}
        builder.op(layer.kind, [x, w, b], [y], **options, **sizes, padding=layer.padding, version=3)
    # A layer of a network has a neighbour's tensors' room for its scratch memory; an input that nobody reads stands for them.
    room = builder.tensor([1, ROOM_BYTES], "int8", 1.0, 0)
    return builder.build([x, room], [y])
