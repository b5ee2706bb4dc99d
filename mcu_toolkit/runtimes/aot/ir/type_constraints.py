"""Constraints on element types, quantization and shapes that element-wise operators share."""

from __future__ import annotations

import math
from collections.abc import Iterable

from mcu_toolkit.model import DType, Quantization, Tensor
from mcu_toolkit.runtimes.aot.ir.broadcasting import broadcast_rows, common_shape
from mcu_toolkit.runtimes.aot.ir.constraints import shape_finding
from mcu_toolkit.runtimes.aot.ir.operator import Constraint, Finding, OpView

RANGES: dict[DType, tuple[int, int]] = {
    DType.INT8: (-128, 127),
    DType.UINT8: (0, 255),
    DType.INT16: (-(2**15), 2**15 - 1),
    DType.INT32: (-(2**31), 2**31 - 1),
}
"""Smallest and largest value of the integers that may be quantized."""
QUANTIZED = (DType.INT8, DType.INT16)

_QUANTIZE = "convert the model with full integer quantization (mcu quantize --scheme int8)"
_RECONVERT = "convert the model again with a current TensorFlow"


def quantization(tensor: Tensor) -> Quantization:
    """The quantization of a tensor that `is_quantized` accepted."""
    assert tensor.quantization is not None
    return tensor.quantization


def tensors(view: OpView) -> list[Tensor]:
    """All inputs that are there, and the outputs."""
    return [view.graph.tensors[i] for i in (*view.op.inputs, *view.op.outputs) if i >= 0]


def all_are(*dtypes: DType) -> Constraint:
    """Inputs and output have the same element type, one of these."""

    def check(view: OpView) -> Finding | None:
        first = view.input(0).dtype
        for tensor in tensors(view):
            if tensor.dtype is not first or first not in dtypes:
                return Finding(f"a tensor is {tensor.dtype.name}", _QUANTIZE, tensor)
        return None

    check.__doc__ = f"inputs and output are all {_or(dtype.name for dtype in dtypes)}"
    return check


def types_are(*combinations: tuple[DType, ...]) -> Constraint:
    """The element types of inputs and output are one of these combinations."""

    def check(view: OpView) -> Finding | None:
        found = tuple(tensor.dtype for tensor in tensors(view))
        if found in combinations:
            return None
        return Finding(f"the element types {_combination(found)}", _QUANTIZE)

    check.__doc__ = f"the element types are {_or(map(_combination, combinations))}"
    return check


def _combination(dtypes: tuple[DType, ...]) -> str:
    return f"{', '.join(dtype.name for dtype in dtypes[:-1])} to {dtypes[-1].name}"


def _or(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def is_quantized(view: OpView) -> Finding | None:
    """8-bit and 16-bit tensors, constants too, have one scale above zero and a zero point within their range"""
    for tensor in tensors(view):
        if tensor.dtype not in (*QUANTIZED, DType.UINT8):
            continue
        found = tensor.quantization
        low, high = RANGES[tensor.dtype]
        if found is None or found.per_channel or not 0 < found.scale < math.inf or not low <= found.zero_point <= high:
            return Finding("no usable scale and zero point", _QUANTIZE, tensor)
    return None


def is_symmetric_in_16_bits(view: OpView) -> Finding | None:
    """the zero point of INT16 tensors is 0"""
    for tensor in tensors(view):
        if tensor.dtype is DType.INT16 and quantization(tensor).zero_point != 0:
            return Finding(f"a zero point of {quantization(tensor).zero_point}", _RECONVERT, tensor)
    return None


def output_has_the_shape_of_the_input(view: OpView) -> Finding | None:
    """the output has the input's shape"""
    return shape_finding(view.output, view.input(0).shape)


def inputs_broadcast(view: OpView) -> Finding | None:
    """the shapes of the inputs broadcast to that of the output in at most six loops"""
    shapes = [view.input(i).shape for i in range(len(view.op.inputs))]
    shape = common_shape(*shapes)
    if shape is None or broadcast_rows(*shapes) is None:
        return Finding(f"shapes {' and '.join(str(list(each)) for each in shapes)}", "reshape one of them first", view.output)
    return shape_finding(view.output, shape)
