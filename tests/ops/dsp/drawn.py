"""Layers for the variants of cores with the DSP extension: shapes at their edges, factors as trained models have them."""

from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case

DEAD = " with dead channels"
"""Ends a kind of layers whose outputs often do not depend on the input."""


def _layer(random: np.random.Generator, kind: str) -> tuple[list[int], list[int], dict[str, object], int]:
    """Shapes of input and weights, options, channels of the output."""
    padding = str(random.choice(["SAME", "VALID"]))
    if kind.startswith("FULLY_CONNECTED"):
        rows, depth, channels = int(random.integers(1, 3)), int(random.integers(1, 140)), int(random.integers(1, 20))
        if kind.endswith("of many rows"):
            rows = int(random.integers(3, 8))
        if kind.endswith("of some channels"):  # so many inputs that filling up channels would cost flash
            rows, depth, channels = (int(random.integers(*ends)) for ends in ((1, 5), (700, 900), (5, 12)))
        return [rows, depth], [channels, depth], {}, channels
    if kind.startswith("DEPTHWISE_CONV_2D any window"):
        return _any_window(random, padding, larger=24 if kind.endswith("large") else 0)
    stride = int(random.integers(1, 3))
    options: dict[str, object] = {"padding": padding, "stride_h": stride, "stride_w": stride}
    size = [int(value) for value in random.integers(3, 12, 2)]
    if kind == "DEPTHWISE_CONV_2D large":  # several bands
        size = [int(value) for value in random.integers(24, 44, 2)]
    if kind in {"DEPTHWISE_CONV_2D", "DEPTHWISE_CONV_2D large"}:
        channels = int(random.integers(4, 14))
        return [1, *size, channels], [1, 3, 3, channels], {**options, "depth_multiplier": 1}, channels
    depth, channels = int(random.integers(1, 21)), int(random.integers(1, 14))
    kernel = [1, 1] if random.random() < 0.4 else [int(value) for value in random.integers(1, 4, 2)]
    return [1, *size, depth], [channels, *kernel, depth], options, channels


def _any_window(random: np.random.Generator, padding: str, *, larger: int) -> tuple[list[int], list[int], dict[str, object], int]:
    kernel = [int(value) for value in random.integers(1, 8, 2)]
    strides = [int(value) for value in random.integers(1, 4, 2)]
    dilations = [int(value) for value in random.integers(1, 3, 2)] if strides == [1, 1] else [1, 1]
    options: dict[str, object] = {"padding": padding, "stride_h": strides[0], "stride_w": strides[1], "depth_multiplier": 1}
    options |= {"dilation_h_factor": dilations[0], "dilation_w_factor": dilations[1]}
    reach = [(side - 1) * dilation + 1 for side, dilation in zip(kernel, dilations, strict=True)]
    size = [larger + int(random.integers(least if padding == "VALID" else 1, least + 9)) for least in reach]
    channels = int(random.integers(4, 14))
    return [1, *size, channels], [1, *kernel, channels], options, channels


def _output_shape(shape: list[int], kernel: list[int], options: dict[str, object], channels: int) -> list[int]:
    if len(shape) == 2:
        return [shape[0], channels]
    sides = []
    for side, window, axis in zip(shape[1:3], kernel, "hw", strict=True):
        spare = 0 if options["padding"] == "SAME" else (window - 1) * int(str(options.get(f"dilation_{axis}_factor", 1)))
        sides.append(-(-(side - spare) // int(str(options[f"stride_{axis}"]))))
    return [1, *sides, channels]


def case(seed: int, kind: str) -> Case:
    """One layer of `kind` ("CONV_2D", "CONV_2D int16" ...); its outputs spread over the whole range."""
    random = np.random.default_rng(seed)
    dead = kind.endswith(DEAD)
    kind = kind.removesuffix(DEAD)
    dtype = "int16" if kind.endswith(" int16") else "int8"
    shape, weight_shape, options, channels = _layer(random, kind.removesuffix(" int16"))
    activation = "RELU" if dead else str(random.choice(["NONE", "RELU", "RELU", "RELU6"]))
    if dead and seed % 3 == 0:  # so many channels that two living ones may be far apart
        shape, channels = [1, 2, 3, shape[3]], int(random.integers(200, 520))
        weight_shape = [channels, *weight_shape[1:3], shape[3]]
        options = {**options, "padding": "SAME"}
    what = f"{kind} {seed=} {shape} {weight_shape} {options} {activation}"
    kind = kind.split(maxsplit=1)[0]
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    weights = np.clip(random.normal(0, 50, weight_shape), -127, 127).astype(np.int8)
    if random.random() < 0.2:
        np.moveaxis(weights, axis, 0)[0] = 0  # a dead channel
    zero_point = 0 if dtype == "int16" else int(random.choice([-128, 127, int(random.integers(-128, 128))]))
    scales = np.exp2(random.uniform(-9, -6, channels)).astype(np.float32)
    depth = weights.size // channels
    output_scale = float(np.float32(np.median(scales) * 0.02 * 50 * np.sqrt(depth) * random.uniform(0.5, 2)))
    output_zero_point = 0 if dtype == "int16" else -128 if activation != "NONE" else int(random.integers(-128, 128))
    builder = ModelBuilder()
    x = builder.tensor(shape, dtype, 0.02, zero_point)
    w = builder.tensor(weight_shape, "int8", scales=scales.tolist(), axis=axis, data=weights)
    bias = random.normal(0, 3000, channels).astype(np.int64 if dtype == "int16" else np.int32)
    if dead:
        bias[random.random(channels) < random.choice([0.3, 0.9, 0.99, 1.0])] = -(1 << 24)
    b = builder.tensor([channels], bias.dtype.name, scales=(scales * np.float32(0.02)).tolist(), data=bias)
    out = builder.tensor(_output_shape(shape, list(weight_shape[1:3]), options, channels), dtype, output_scale, output_zero_point)
    builder.op(kind, [x, w, b], [out], **options, fused_activation_function=activation, version=3 if kind != "FULLY_CONNECTED" else 4)
    return Case(builder.build([x], [out]), what)
