"""MobileNets of any width, image size and number of blocks as .tflite files, with made-up weights: for measuring the compiler itself.

The layers are those of the papers: MobileNetV1 (arXiv 1704.04861, table 1) and MobileNetV2 (arXiv 1801.04381, table 2).  Weights do not
matter to what the compiler decides; shapes do.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from tests.model_builder import ModelBuilder

_V1 = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))
"""(channels, stride) of the separable convolutions behind the first one."""
_V2 = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""(expansion, channels, repetitions, first stride)."""


@dataclass(frozen=True)
class _Image:
    """A tensor [1, size, size, channels]."""

    tensor: int
    size: int
    channels: int


class _Network:
    def __init__(self, *, relu: bool = False, seed: int = 7) -> None:
        """`relu`: activations from 0 up that use all of int8, as converters make them, instead of RELU6 within it."""
        self.builder = ModelBuilder()
        self._random = np.random.default_rng(seed)
        self._relu = relu

    def image(self, size: int, channels: int) -> _Image:
        zero_point = -128 if self._relu else -3
        return _Image(self.builder.tensor([1, size, size, channels], "int8", 0.05, zero_point), size, channels)

    def conv(self, x: _Image, channels: int, kernel: int, stride: int = 1, activation: str = "RELU6", *, depthwise: bool = False) -> _Image:
        """A convolution with padding SAME; depthwise ones keep their channels."""
        y = self.image(-(-x.size // stride), channels)
        shape = [1, kernel, kernel, channels] if depthwise else [channels, kernel, kernel, x.channels]
        scales = np.exp2(self._random.uniform(-9, -6, channels)).astype(np.float32)
        weights = self._random.integers(-127, 128, shape).astype(np.int8)
        w = self.builder.tensor(shape, "int8", scales=scales.tolist(), axis=3 if depthwise else 0, data=weights)
        bias_scales = (scales * np.float32(0.05)).tolist()
        b = self.builder.tensor([channels], "int32", scales=bias_scales, data=self._random.integers(-3000, 3000, channels).astype(np.int32))
        options = {"depth_multiplier": 1} if depthwise else {}
        self.builder.op(
            "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", [x.tensor, w, b], [y.tensor], version=3,
            stride_h=stride, stride_w=stride, dilation_h_factor=1, dilation_w_factor=1,
            padding="SAME", fused_activation_function="RELU" if self._relu and activation != "NONE" else activation, **options,
        )  # fmt: skip
        return y

    def add(self, x: _Image, y: _Image) -> _Image:
        z = self.image(x.size, x.channels)
        self.builder.op("ADD", [x.tensor, y.tensor], [z.tensor], version=2, fused_activation_function="NONE")
        return z

    def dense(self, x: int, inputs: int, outputs: int) -> int:
        """A dense layer with RELU over [1, inputs]."""
        y = self.builder.tensor([1, outputs], "int8", 0.05, -128)
        weights = self._random.integers(-127, 128, [outputs, inputs]).astype(np.int8)
        w = self.builder.tensor(weights.shape, "int8", 0.01, data=weights)
        b = self.builder.tensor([outputs], "int32", 0.0005, data=self._random.integers(-3000, 3000, outputs).astype(np.int32))
        self.builder.op("FULLY_CONNECTED", [x, w, b], [y], version=4, fused_activation_function="RELU")
        return y

    def classify(self, x: _Image, classes: int) -> int:
        """Global average, dense layer, softmax."""
        flat = self.builder.tensor([1, x.channels], "int8", 0.05, -3)
        axes = self.builder.tensor([2], "int32", data=np.array([1, 2], np.int32))
        self.builder.op("MEAN", [x.tensor, axes], [flat], version=2, keep_dims=False)
        weights = self._random.integers(-127, 128, [classes, x.channels]).astype(np.int8)
        w = self.builder.tensor(weights.shape, "int8", 0.01, data=weights)
        b = self.builder.tensor([classes], "int32", 0.0005, data=np.zeros(classes, np.int32))
        logits, output = self.builder.tensor([1, classes], "int8", 0.1, 0), self.builder.tensor([1, classes], "int8", 1 / 256, -128)
        self.builder.op("FULLY_CONNECTED", [flat, w, b], [logits], version=4, fused_activation_function="NONE")
        self.builder.op("SOFTMAX", [logits], [output], version=2, beta=1.0)
        return output


def mobilenet_v1(size: int, width: float, classes: int = 10, blocks: int = len(_V1), *, relu: bool = False, seed: int = 7) -> bytes:
    """`size` by `size` pixels of 3 channels; `width`: 0.25 to 1; `blocks`: of separable convolutions."""
    network = _Network(relu=relu, seed=seed)
    entry = network.image(size, 3)
    x = network.conv(entry, _channels(32, width), 3, 2)
    for channels, stride in _V1[:blocks]:
        x = network.conv(x, x.channels, 3, stride, depthwise=True)
        x = network.conv(x, _channels(channels, width), 1)
    return network.builder.build([entry.tensor], [network.classify(x, classes)])


def mobilenet_v2(size: int, width: float, classes: int = 10, *, repeated: int = 1) -> bytes:
    """`size` by `size` pixels of 3 channels; `repeated`: times as many blocks in each stage, for networks deeper than the paper's."""
    network = _Network()
    entry = network.image(size, 3)
    x = network.conv(entry, _channels(32, width), 3, 2)
    for expansion, channels, repetitions, first_stride in _V2:
        for number in range(repetitions * repeated):
            stride, before = (first_stride if number == 0 else 1), x
            y = network.conv(x, x.channels * expansion, 1) if expansion > 1 else x
            y = network.conv(y, y.channels, 3, stride, depthwise=True)
            x = network.conv(y, _channels(channels, width), 1, activation="NONE")
            if stride == 1 and before.channels == x.channels:
                x = network.add(before, x)
    x = network.conv(x, _channels(1280, max(1.0, width)), 1)
    return network.builder.build([entry.tensor], [network.classify(x, classes)])


def _channels(channels: int, width: float) -> int:
    """Multiples of 8, not less than nine tenths of what was asked for, as the reference implementations round."""
    rounded = max(8, int(channels * width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels * width else rounded


def stack(size: int, channels: int, layers: int, kernels: tuple[int, ...] = (3, 1)) -> bytes:
    """`layers` convolutions one behind the other on images of one size: no layer that ends a cascade, and none that another one reads."""
    network = _Network()
    entry = network.image(size, channels)
    x = entry
    for number in range(layers):
        x = network.conv(x, channels, kernels[number % len(kernels)])
    return network.builder.build([entry.tensor], [network.classify(x, 10)])


def residual(size: int, channels: int, blocks: int, *, relu: bool = True, seed: int = 7) -> bytes:
    """Blocks of two convolutions and an addition, as ResNet has them; every second one halves the image."""
    network = _Network(relu=relu, seed=seed)
    entry = network.image(size, 3)
    x = network.conv(entry, channels, 3)
    for number in range(blocks):
        y = network.conv(network.conv(x, x.channels, 3), x.channels, 3, activation="NONE")
        x = network.add(x, y)
        x = network.conv(x, x.channels * 2, 1, 2) if number % 2 else x
    return network.builder.build([entry.tensor], [network.classify(x, 10)])


def perceptron(sizes: tuple[int, ...], *, seed: int = 7) -> bytes:
    """Dense layers of these sizes, the first one that of the input."""
    network = _Network(seed=seed)
    entry = x = network.builder.tensor([1, sizes[0]], "int8", 0.05, -128)
    for inputs, outputs in itertools.pairwise(sizes):
        x = network.dense(x, inputs, outputs)
    return network.builder.build([entry], [x])
