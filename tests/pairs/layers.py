"""Operators with weights or windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.pairs.chain import QUANTIZED, Chain, Form, Value, need, need_image

_ACTIVATIONS = ("NONE", "NONE", "RELU", "RELU6")


def _weights(at: Chain, x: Value, shape: tuple[int, ...], axis: int, *, one_scale: bool = False) -> tuple[int, int, list[float]]:
    """Weights and bias; their scales."""
    channels = shape[axis]
    if x.dtype == "float32":
        w = at.builder.tensor(shape, "float32", data=at.random.normal(0, 0.5, shape))
        return w, at.builder.tensor([channels], "float32", data=at.random.normal(0, 1, channels)), [0.5]
    scales = [at.number(0.002, 0.02) for _ in range(1 if one_scale else channels)]
    w = at.builder.tensor(shape, "int8", scales=scales, axis=axis, data=at.random.integers(-127, 128, shape))
    wide = "int64" if x.dtype == "int16" else "int32"
    both = [float(np.float32(scale * (x.scale or 1))) for scale in scales]
    return w, at.builder.tensor([channels], wide, scales=both, data=at.random.integers(-900, 900, channels)), scales


def _sum(at: Chain, x: Value, shape: tuple[int, ...], scales: list[float], depth: int) -> Value:
    """The output, over which sums of `depth` products spread."""
    if x.dtype == "float32":
        return at.value(shape, "float32")
    reach = 73 * 73 * np.sqrt(depth) / 60 if x.dtype == "int8" else 73 * np.sqrt(depth)
    scale = (x.scale or 1) * float(np.median(scales)) * reach * at.number(0.5, 2)
    return at.value(shape, x.dtype, float(np.float32(scale)))


def _window(at: Chain, height: int, width: int, largest: int) -> tuple[dict[str, Any], tuple[int, int], tuple[int, int]]:
    """Options; size of the window; size of the output."""
    kernel = min(int(at.random.integers(1, largest + 1)), height), min(int(at.random.integers(1, largest + 1)), width)
    stride = at.choice((1, 1), (1, 1), (2, 2), (1, 2))
    padding = at.choice("SAME", "VALID")
    spare = (0, 0) if padding == "SAME" else (kernel[0] - 1, kernel[1] - 1)
    size = -(-(height - spare[0]) // stride[0]), -(-(width - spare[1]) // stride[1])
    return {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}, kernel, size


_UNDILATED = {"dilation_h_factor": 1, "dilation_w_factor": 1}


def _convolution(largest: int) -> Any:
    def add(at: Chain, x: Value) -> Value:
        height, width, depth = need_image(x)
        options, kernel, size = _window(at, height, width, largest)
        channels = int(at.random.integers(1, at.widest + 1))
        w, bias, scales = _weights(at, x, (channels, *kernel, depth), 0)
        y = _sum(at, x, (x.shape[0], *size, channels), scales, depth * kernel[0] * kernel[1])
        options |= {**_UNDILATED, "fused_activation_function": at.choice(*_ACTIVATIONS)}
        at.builder.op("CONV_2D", [x.index, w, bias], [y.index], version=3, **options)
        return y

    return add


def _depthwise(largest: int) -> Any:
    def add(at: Chain, x: Value) -> Value:
        height, width, depth = need_image(x)
        options, kernel, size = _window(at, height, width, largest)
        if options["stride_h"] != options["stride_w"]:  # TFLM takes equal strides
            options["stride_w"], size = options["stride_h"], (size[0], width if options["padding"] == "SAME" else width - kernel[1] + 1)
        times = at.choice(1, 1, 2)
        w, bias, scales = _weights(at, x, (1, *kernel, depth * times), 3)
        y = _sum(at, x, (x.shape[0], *size, depth * times), scales, kernel[0] * kernel[1])
        options |= {**_UNDILATED, "depth_multiplier": times, "fused_activation_function": at.choice(*_ACTIVATIONS)}
        at.builder.op("DEPTHWISE_CONV_2D", [x.index, w, bias], [y.index], version=3, **options)
        return y

    return add


def _fully_connected(at: Chain, x: Value) -> Value:
    depth, channels = x.shape[-1], int(at.random.integers(1, at.widest + 1))
    flat = len(x.shape) == 4 and bool(at.random.random() < 0.5)
    if flat:
        depth = int(np.prod(x.shape))
    w, bias, scales = _weights(at, x, (channels, depth), 0, one_scale=at.random.random() < 0.5)
    shape = (1, channels) if flat else (*x.shape[:-1], channels)
    y = _sum(at, x, shape, scales, depth)
    options = {"keep_num_dims": not flat, "fused_activation_function": at.choice(*_ACTIVATIONS)}
    at.builder.op("FULLY_CONNECTED", [x.index, w, bias], [y.index], version=5, **options)
    return y


def _transpose_conv(at: Chain, x: Value) -> Value:
    height, width, depth = need_image(x)
    channels, stride = int(at.random.integers(1, 10)), at.choice(1, 2)
    shape = (x.shape[0], height * stride, width * stride, channels)
    w, bias, scales = _weights(at, x, (channels, 3, 3, depth), 0)
    y = _sum(at, x, shape, scales, depth * 9)
    options = {"padding": "SAME", "stride_h": stride, "stride_w": stride}
    at.builder.op("TRANSPOSE_CONV", [at.numbers(shape), w, x.index, bias], [y.index], version=3, **options)
    return y


def _pool(name: str) -> Any:
    def add(at: Chain, x: Value) -> Value:
        height, width, depth = need_image(x)
        options, kernel, size = _window(at, height, width, 3)
        y = at.like(x, (x.shape[0], *size, depth))
        options |= {"filter_height": kernel[0], "filter_width": kernel[1], "fused_activation_function": at.choice(*_ACTIVATIONS)}
        at.builder.op(name, [x.index], [y.index], version=2, **options)
        return y

    return add


def _batch_matmul(at: Chain, x: Value) -> Value:
    need(len(x.shape) >= 2, "takes tensors of 2 dimensions and more")
    depth, columns = x.shape[-1], int(at.random.integers(1, 20))
    other = at.constant_like(x, (*[1] * (len(x.shape) - 2), depth, columns))
    y = at.value((*x.shape[:-1], columns), x.dtype)
    at.builder.op("BATCH_MATMUL", [x.index, other.index], [y.index])
    return y


FORMS = (
    Form("CONV_2D", (*QUANTIZED[:2], "float32"), _convolution(3)),
    Form("CONV_2D 1x1", (*QUANTIZED[:2], "float32"), _convolution(1)),
    Form("DEPTHWISE_CONV_2D", (*QUANTIZED[:2], "float32"), _depthwise(3)),
    Form("DEPTHWISE_CONV_2D 5x5", QUANTIZED[:2], _depthwise(5)),
    Form("FULLY_CONNECTED", (*QUANTIZED[:2], "float32"), _fully_connected),
    Form("TRANSPOSE_CONV", QUANTIZED[:2], _transpose_conv),
    Form("AVERAGE_POOL_2D", (*QUANTIZED[:2], "float32"), _pool("AVERAGE_POOL_2D")),
    Form("MAX_POOL_2D", (*QUANTIZED[:2], "float32"), _pool("MAX_POOL_2D")),
    Form("BATCH_MATMUL", ("int8", "float32"), _batch_matmul),
)
