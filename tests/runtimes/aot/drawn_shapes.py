"""Single layers of any shape: convolutions, poolings, depthwise convolutions and dense layers, drawn from a seed.

Narrow, long and one-dimensional shapes are as likely as square ones: they are what loops with constant bounds go wrong on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.convolution.windows import Window
from tests.ops.harness import weights

ELEMENT_TYPES = ("int8", "int8", "int8", "int16", "float32")
_ACTIVATIONS = ("NONE", "NONE", "RELU", "RELU6")
_SCALES = {"int8": 0.03, "int16": 0.0002}


@dataclass(frozen=True)
class DrawnShape:
    """A model of one layer, and a line that says what it is."""

    content: bytes
    what: str


def drawn_shape(number: int) -> DrawnShape:
    """The shape of this number: always the same one."""
    return _Draw(number).shape()


class _Draw:
    def __init__(self, number: int) -> None:
        self.random = np.random.default_rng([13, number])
        self.builder = ModelBuilder()
        self.dtype = self.one_of(*ELEMENT_TYPES)
        self.activation = self.one_of(*_ACTIVATIONS)
        self.live: list[int] = []
        self.weights_are_live = self.dtype != "float32" and number % 10 == 7

    def one_of(self, *values: Any) -> Any:
        return values[self.random.integers(len(values))]

    def up_to(self, most: int) -> int:
        """1 to `most`; small numbers and the largest ones are more likely than those between."""
        return int(self.one_of(1, self.random.integers(1, min(most, 4) + 1), self.random.integers(1, most + 1)))

    def shape(self) -> DrawnShape:
        kinds: tuple[Callable[[], DrawnShape], ...] = (self.convolution, self.depthwise, self.pooling, self.dense)
        return self.one_of(kinds[0], *kinds)()

    def window(self, *, dilated: bool) -> Window:
        """Of an image, a column or a row; for VALID padding the kernel fits."""
        form = self.one_of("image", "row", "row", "column")
        kernel = [self.up_to(9), self.up_to(9)] if form == "image" else [1, self.up_to(35)]
        stride = [self.up_to(4), self.up_to(4)]
        dilation = [self.up_to(4), self.up_to(4)] if dilated and self.random.random() < 0.3 else [1, 1]
        size = [self.up_to(20), self.up_to(20)] if form == "image" else [1, self.up_to(130)]
        padding = self.one_of("SAME", "VALID")
        if padding == "VALID":
            size = [max(one, (taps - 1) * apart + 1) for one, taps, apart in zip(size, kernel, dilation, strict=True)]
        if form == "column":
            kernel, stride, dilation, size = kernel[::-1], stride[::-1], dilation[::-1], size[::-1]
        return Window(*size, *kernel, (stride[0], stride[1]), (dilation[0], dilation[1]), padding)

    def tensor(self, shape: list[int]) -> int:
        if self.dtype == "float32":
            return self.builder.tensor(shape, "float32")
        point = self.one_of(0, -128, 127, int(self.random.integers(-128, 128))) if self.dtype == "int8" else 0
        return self.builder.tensor(shape, self.dtype, _SCALES[self.dtype], point)

    def constants(self, shape: tuple[int, ...], axis: int) -> list[int]:
        """Weights, and with a chance of 3 in 4 biases; integers with a scale a channel, or one for all.

        In one shape of ten the weights are an input of the model.
        """
        channels = shape[axis]
        has_bias = self.random.random() < 0.75
        if self.dtype == "float32":
            found = [self.builder.tensor(shape, "float32", data=self.random.normal(0, 1, shape))]
            return found + ([self.builder.tensor([channels], "float32", data=self.random.normal(0, 1, channels))] if has_bias else [])
        count = channels if self.random.random() < 0.6 and not self.weights_are_live else 1
        depth = int(np.prod(shape)) // channels
        scales = [float(scale) for scale in self.random.uniform(0.2, 2, count) * 0.6 / (73 * np.sqrt(depth))]
        data = None if self.weights_are_live else weights(self.random, shape)
        found = [self.builder.tensor(shape, "int8", scales=scales, axis=axis, data=data)]
        self.live += found if self.weights_are_live else []
        if has_bias:
            bias_type = "int32" if self.dtype == "int8" else "int64"
            values = self.random.integers(-9000, 9000, channels)
            bias_scales = [scale * _SCALES[self.dtype] for scale in scales]
            found.append(self.builder.tensor([channels], bias_type, scales=bias_scales, data=values))
        return found

    def finished(self, operator: str, inputs: list[int], outputs: list[int], what: str, **options: Any) -> DrawnShape:
        self.builder.op(operator, inputs, outputs, fused_activation_function=self.activation, **options)
        content = self.builder.build([inputs[0], *self.live], outputs)
        return DrawnShape(content, f"{operator} {self.dtype} {what} {self.activation} live weights: {bool(self.live)}")

    def convolution(self) -> DrawnShape:
        at, batch, groups = self.window(dilated=True), self.one_of(1, 1, 1, 2), self.one_of(1, 1, 1, 1, 2, 3)
        depth, filters = self.up_to(20), groups * self.up_to(20)
        x = self.tensor([batch, at.height, at.width, groups * depth])
        shape = (filters, at.kernel_height, at.kernel_width, depth)
        y_shape = [batch, *at.output, filters]
        inputs = [x, *self.constants(shape, 0)]
        return self.finished(
            "CONV_2D", inputs, [self.tensor(y_shape)], f"{at} {batch=} {groups=} {depth=} {filters=}", **at.options, version=3
        )

    def depthwise(self) -> DrawnShape:
        at, batch, channels, multiplier = self.window(dilated=True), self.one_of(1, 1, 1, 2), self.up_to(20), self.one_of(1, 1, 1, 2, 3, 8)
        x = self.tensor([batch, at.height, at.width, channels])
        shape = (1, at.kernel_height, at.kernel_width, channels * multiplier)
        y_shape = [batch, *at.output, channels * multiplier]
        inputs = [x, *self.constants(shape, 3)]
        what = f"{at} {batch=} {channels=} {multiplier=}"
        return self.finished(
            "DEPTHWISE_CONV_2D", inputs, [self.tensor(y_shape)], what, **at.options, depth_multiplier=multiplier, version=3
        )

    def pooling(self) -> DrawnShape:
        operator = self.one_of("MAX_POOL_2D", "AVERAGE_POOL_2D")
        at, batch, channels = self.window(dilated=False), self.one_of(1, 1, 1, 2), self.up_to(35)
        quantization = (_SCALES[self.dtype], 5 if self.dtype == "int8" else 0) if self.dtype != "float32" else ()
        x = self.builder.tensor([batch, at.height, at.width, channels], self.dtype, *quantization)
        y = self.builder.tensor([batch, *at.output, channels], self.dtype, *quantization)
        sizes = {"filter_height": at.kernel_height, "filter_width": at.kernel_width, "stride_h": at.stride[0], "stride_w": at.stride[1]}
        return self.finished(operator, [x], [y], f"{at} {batch=} {channels=}", padding=at.padding, **sizes)

    def dense(self) -> DrawnShape:
        rows, depth, channels = self.one_of(1, 1, 1, self.up_to(4)), self.up_to(200), self.up_to(40)
        x = self.tensor([rows, depth])
        inputs = [x, *self.constants((channels, depth), 0)]
        return self.finished("FULLY_CONNECTED", inputs, [self.tensor([rows, channels])], f"{rows=} {depth=} {channels=}", version=4)
