"""Operators element by element or along an axis: arithmetic, comparisons, activations, conversions, reductions."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.pairs.chain import EVERY, NUMBERS, QUANTIZED, Chain, Form, Value, need

_FIXED = {
    "LOGISTIC": {"int8": (1 / 256, -128), "int16": (1 / 32768, 0)},
    "TANH": {"int8": (1 / 128, 0), "int16": (1 / 32768, 0)},
    "SOFTMAX": {"int8": (1 / 256, -128), "int16": (1 / 32768, 0)},
    "LOG_SOFTMAX": {"int8": (16 / 256, 127)},
    "L2_NORMALIZATION": {"int8": (1 / 128, 0)},
}
"""Scale and zero point that an operator's output must have."""


def _binary(name: str, output: str | None = None, **options: Any) -> Any:
    def add(at: Chain, x: Value) -> Value:
        shape = at.choice(x.shape, x.shape, x.shape[-1:], ())
        other = at.constant_like(x, shape)
        y = at.value(x.shape, output or x.dtype)
        if name in ("MAXIMUM", "MINIMUM"):  # TFLM compares numbers as they are
            y = at.like(x)
        order = [x.index, other.index] if name == "DIV" or at.random.random() < 0.7 else [other.index, x.index]
        at.builder.op(name, order, [y.index], version=2, **options)
        return y

    return add


def _with_itself(at: Chain, x: Value) -> Value:
    """ADD of a tensor and itself: both operands are what the layer before has made."""
    y = at.value(x.shape, x.dtype)
    at.builder.op("ADD", [x.index, x.index], [y.index], version=2, fused_activation_function="NONE")
    return y


def _unary(name: str, *, same: bool = False, **options: Any) -> Any:
    def add(at: Chain, x: Value) -> Value:
        scale, point = _FIXED.get(name, {}).get(x.dtype, (None, None))
        y = at.like(x) if same else at.value(x.shape, x.dtype, scale, point)
        at.builder.op(name, [x.index], [y.index], version=2, **options)
        return y

    return add


def _prelu(at: Chain, x: Value) -> Value:
    alpha, y = at.constant_like(x, x.shape[-1:]), at.value(x.shape, x.dtype)
    at.builder.op("PRELU", [x.index, alpha.index], [y.index])
    return y


def _cast(at: Chain, x: Value) -> Value:
    others = ("int32", "bool") if x.dtype == "float32" else tuple(one for one in EVERY if one != x.dtype)
    to = at.choice(*others)  # a float beyond the integer's range is undefined in C, and so in TFLM
    y = at.value(x.shape, to)
    at.builder.op("CAST", [x.index], [y.index], in_data_type=x.dtype.upper(), out_data_type=to.upper())
    return y


def _quantize(to: str) -> Any:
    def add(at: Chain, x: Value) -> Value:
        y = at.value(x.shape, to)
        at.builder.op("QUANTIZE", [x.index], [y.index], version=2)
        return y

    return add


def _dequantize(at: Chain, x: Value) -> Value:
    y = at.value(x.shape, "float32")
    at.builder.op("DEQUANTIZE", [x.index], [y.index], version=2)
    return y


def _reduce(name: str, *, same: bool) -> Any:
    def add(at: Chain, x: Value) -> Value:
        axes = at.choice([len(x.shape) - 1], list(range(1, len(x.shape) - 1)) or [0], [1] if len(x.shape) > 1 else [0])
        shape = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
        y = at.like(x, shape) if same else at.value(shape, x.dtype)
        at.builder.op(name, [x.index, at.numbers(axes)], [y.index], version=2, keep_dims=True)
        return y

    return add


def _arg_max(at: Chain, x: Value) -> Value:
    need(len(x.shape) > 1, "takes tensors of 2 dimensions and more")
    y = at.value(x.shape[:-1], "int32")
    at.builder.op("ARG_MAX", [x.index, at.numbers(-1)], [y.index], output_type="INT32")
    return y


def _cumsum(at: Chain, x: Value) -> Value:
    y = at.value(x.shape, x.dtype, None if x.scale is None else float(np.float32(x.scale * 3)))
    at.builder.op("CUMSUM", [x.index, at.numbers(-1)], [y.index])
    return y


def _select(at: Chain, x: Value) -> Value:
    """The chain's tensor is the condition where it is bool, else what is chosen."""
    if x.dtype == "bool":
        y = at.value(x.shape, "int8")
        return _selected(at, x.index, at.like(y), at.like(y), y)
    condition = at.builder.tensor(x.shape, "bool", data=at.values(x.shape, "bool"))
    return _selected(at, condition, x, None, at.like(x))


def _selected(at: Chain, condition: int, first: Value, second: Value | None, y: Value) -> Value:
    def filled(value: Value) -> int:
        return at.builder.tensor(value.shape, value.dtype, value.scale, value.point, at.values(value.shape, value.dtype))

    left = first.index if second is None else filled(first)
    at.builder.op("SELECT_V2", [condition, left, filled(second or first)], [y.index])
    return y


_NONE = {"fused_activation_function": "NONE"}
FORMS = (
    Form("ADD", NUMBERS, _binary("ADD", **_NONE)),
    Form("ADD to itself", ("int8", "int16", "float32"), _with_itself),
    Form("SUB", NUMBERS, _binary("SUB", **_NONE)),
    Form("MUL", NUMBERS, _binary("MUL", **_NONE)),
    Form("DIV", ("float32",), _binary("DIV", **_NONE)),
    Form("MAXIMUM", NUMBERS, _binary("MAXIMUM")),
    Form("SQUARED_DIFFERENCE", ("int8", "int32", "float32"), _binary("SQUARED_DIFFERENCE")),
    Form("EQUAL", ("int8", "int32", "float32", "bool"), _binary("EQUAL", "bool")),
    Form("GREATER", ("int8", "int32", "float32"), _binary("GREATER", "bool")),
    Form("LOGICAL_AND", ("bool",), _binary("LOGICAL_AND")),
    Form("LOGICAL_NOT", ("bool",), _unary("LOGICAL_NOT")),
    Form("RELU", ("int8", "int16", "float32"), _unary("RELU")),
    Form("LEAKY_RELU", ("int8", "int16", "float32"), _unary("LEAKY_RELU", alpha=0.1)),
    Form("PRELU", ("int8", "float32"), _prelu),
    Form("HARD_SWISH", ("int8", "float32"), _unary("HARD_SWISH")),
    Form("LOGISTIC", ("int8", "int16"), _unary("LOGISTIC")),
    Form("TANH", ("int8", "int16"), _unary("TANH")),
    Form("SOFTMAX", ("int8", "int16"), _unary("SOFTMAX", beta=1.0)),
    Form("LOG_SOFTMAX", ("int8",), _unary("LOG_SOFTMAX")),
    Form("L2_NORMALIZATION", ("int8",), _unary("L2_NORMALIZATION")),
    Form("ABS", ("int8", "int16", "float32"), _unary("ABS", same=True)),
    Form("NEG", ("float32",), _unary("NEG")),
    Form("CAST", EVERY, _cast),
    Form("QUANTIZE to int8", ("int8", "int16", "uint8", "float32"), _quantize("int8")),
    Form("QUANTIZE to int16", ("int8", "int16", "float32"), _quantize("int16")),
    Form("QUANTIZE to uint8", ("int8",), _quantize("uint8")),
    Form("DEQUANTIZE", QUANTIZED, _dequantize),
    Form("MEAN", ("int8", "int16", "float32"), _reduce("MEAN", same=False)),
    Form("SUM", ("int8", "int16", "float32"), _reduce("SUM", same=False)),
    Form("REDUCE_MAX", ("int8", "float32"), _reduce("REDUCE_MAX", same=True)),
    Form("ARG_MAX", ("int8", "float32"), _arg_max, rank=5),
    Form("CUMSUM", ("int8", "float32"), _cumsum),
    Form("SELECT_V2", ("int8", "int16", "float32", "bool"), _select),
)
