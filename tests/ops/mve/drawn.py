"""Layers for the variants of cores with Helium: every shape the kernels cut differently, factors as trained models have them."""

from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case

_MOST_WEIGHTS = 20_000
"""Many models share the flash of a board."""
KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def _window(random: np.random.Generator, kernel: list[int]) -> tuple[dict[str, object], list[int]]:
    """Options of a convolution and the image's size, which the dilated kernel fits into."""
    strides, dilations = random.integers(1, 4, 2).tolist(), [1, 1]
    if random.random() < 0.5:
        strides = [1, 1]
    if random.random() < 0.3:
        strides, dilations = [1, 1], random.integers(1, 4, 2).tolist()
    reach = [(side - 1) * dilation + 1 for side, dilation in zip(kernel, dilations, strict=True)]
    size = [least + int(more) for least, more in zip(reach, random.integers(0, 9, 2), strict=True)]
    options: dict[str, object] = {"padding": str(random.choice(["SAME", "VALID"])), "stride_h": strides[0], "stride_w": strides[1]}
    return {**options, "dilation_h_factor": dilations[0], "dilation_w_factor": dilations[1]}, size


def _output_size(size: list[int], kernel: list[int], options: dict[str, object]) -> list[int]:
    strides = [int(str(options[f"stride_{axis}"])) for axis in "hw"]
    dilations = [int(str(options[f"dilation_{axis}_factor"])) for axis in "hw"]
    spare = [0 if options["padding"] == "SAME" else (side - 1) * dilation for side, dilation in zip(kernel, dilations, strict=True)]
    return [-(-(side - less) // stride) for side, less, stride in zip(size, spare, strides, strict=True)]


def _channels(random: np.random.Generator) -> int:
    return int(random.choice([random.integers(1, 20), random.integers(1, 20), 16, 32, random.integers(60, 80)]))


def _shapes(random: np.random.Generator, kind: str) -> tuple[list[int], list[int], list[int], dict[str, object]]:
    """Shapes of input, weights and output; options."""
    if kind == "FULLY_CONNECTED":
        rows, depth, channels = int(random.integers(1, 6)), int(random.integers(1, 140)), int(random.integers(1, 120))
        return [rows, depth], [channels, depth], [rows, channels], {}
    kernel = [[1, 1], [3, 3], [3, 3], random.integers(1, 4, 2).tolist(), random.integers(1, 8, 2).tolist()][int(random.integers(5))]
    options, size = _window(random, kernel)
    output, batches = _output_size(size, kernel, options), int(random.choice([1, 1, 2]))
    if kind == "DEPTHWISE_CONV_2D large":  # several bands
        size = [side + int(more) for side, more in zip(size, random.integers(12, 24, 2), strict=True)]
        output = _output_size(size, kernel, options)
    if kind in {"DEPTHWISE_CONV_2D", "DEPTHWISE_CONV_2D large"}:
        channels, multiplier = _channels(random), int(random.choice([1, 1, 1, 2, 3]))
        options["depth_multiplier"] = multiplier
        return [batches, *size, channels], [1, *kernel, channels * multiplier], [batches, *output, channels * multiplier], options
    depth, channels = _channels(random), _channels(random)
    if depth * channels * kernel[0] * kernel[1] > _MOST_WEIGHTS:
        depth = 1 + depth % 16
    return [batches, *size, depth], [channels, *kernel, depth], [batches, *output, channels], options


def addition(seed: int) -> Case:
    """One ADD of two tensors of one shape; counts that are no multiple of 16, either input the larger."""
    random = np.random.default_rng(seed)
    shape = [1, int(random.integers(1, 6)), int(random.integers(1, 70))]
    activation = str(random.choice(["NONE", "RELU", "RELU6"]))
    builder = ModelBuilder()
    scales = random.uniform(0.02, 0.2, 2)
    inputs = [builder.tensor(shape, "int8", float(np.float32(scale)), int(random.integers(-128, 128))) for scale in scales]
    out = builder.tensor(shape, "int8", float(np.float32(scales.max() * random.uniform(0.8, 1.5))), int(random.integers(-128, 60)))
    builder.op("ADD", inputs, [out], fused_activation_function=activation, version=2)
    return Case(builder.build(inputs, [out]), f"ADD {seed=} {shape} {activation}")


def case(seed: int, kind: str, *, loudness: float = 1.0) -> Case:
    """One layer of `kind` (or "DEPTHWISE_CONV_2D large"); its outputs spread over the whole range, or (`loudness` > 1) far beyond it."""
    random = np.random.default_rng([seed, KINDS.index(kind.split(maxsplit=1)[0])])
    shape, weight_shape, output_shape, options = _shapes(random, kind)
    kind = kind.split(maxsplit=1)[0]
    channels = output_shape[-1]
    activation = str(random.choice(["NONE", "RELU", "RELU", "RELU6"]))
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    weights = np.clip(random.normal(0, 50, weight_shape), -127, 127).astype(np.int8)
    if random.random() < 0.2:
        np.moveaxis(weights, axis, 0)[0] = 0  # a dead channel
    per_channel = kind != "FULLY_CONNECTED" or random.random() < 0.5
    scales = np.exp2(random.uniform(-9, -6, channels if per_channel else 1)).astype(np.float32)
    depth = weights.size // channels
    output_scale = float(np.float32(np.median(scales) * 0.02 * 50 * np.sqrt(depth) * random.uniform(0.5, 2) / loudness))
    output_zero_point = -128 if activation != "NONE" and random.random() < 0.8 else int(random.integers(-128, 128))
    builder = ModelBuilder()
    x = builder.tensor(shape, "int8", 0.02, int(random.choice([-128, 127, int(random.integers(-128, 128))])))
    w = builder.tensor(weight_shape, "int8", scales=scales.tolist(), axis=axis, data=weights)
    bias = random.normal(0, 3000, channels).astype(np.int32)
    b = builder.tensor([channels], "int32", scales=(scales * np.float32(0.02)).tolist(), data=bias)
    out = builder.tensor(output_shape, "int8", output_scale, output_zero_point)
    version = 4 if kind == "FULLY_CONNECTED" else 3
    builder.op(kind, [x, w, b], [out], **options, fused_activation_function=activation, version=version)
    return Case(builder.build([x], [out]), f"{kind} {seed=} {shape} {weight_shape} {options} {activation}")
