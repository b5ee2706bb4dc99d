"""Constraints and small facts that the operators which move elements share: element types, axes, constant parameters."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir.constraints import input_is, input_is_constant, shape_finding
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView

RECONVERT = "convert the model again with a current TensorFlow"
_OTHER_TYPE = "use another element type for this layer"


def data_is(index: int, *dtypes: DType) -> Constraint:
    """Input `index` has one of these element types, and so have all outputs."""

    def check(view: OpView) -> Finding | None:
        data = view.input(index)
        if data.dtype not in dtypes:
            return Finding(f"the input is {data.dtype.name}", _OTHER_TYPE, data)
        for output in view.outputs:
            if output.dtype is not data.dtype:
                return Finding(f"{data.dtype.name} in and {output.dtype.name} out", RECONVERT, output)
        return None

    check.__doc__ = f"input and output are {' or '.join(dtype.name for dtype in dtypes)}, both the same"
    return check


def rank_is_at_most(index: int, rank: int, least: int = 1) -> Constraint:
    """Input `index` has `least` to `rank` dimensions."""

    def check(view: OpView) -> Finding | None:
        data = view.input(index)
        if least <= len(data.shape) <= rank:
            return None
        return Finding(f"the shape {list(data.shape)}", "reshape the tensor first", data)

    check.__doc__ = f"the input has {least} to {rank} dimensions"
    return check


def parameter(index: int, role: str, *dtypes: DType) -> tuple[Constraint, ...]:
    """Input `index` is a constant of one of these types: INT32 by default."""
    return (input_is(index, role, *(dtypes or (DType.INT32,))), input_is_constant(index, role))


def constant_values(view: OpView, index: int) -> tuple[int, ...]:
    """The integers of the constant input `index`, flat."""
    data = view.input(index).data
    assert data is not None
    return tuple(int(value) for value in data.reshape(-1))


def positive_axis(axis: int, rank: int) -> int | None:
    """`axis` counted from the front, or None where there is no such axis."""
    axis += rank if axis < 0 else 0
    return axis if 0 <= axis < rank else None


def known_axis(axis: int, rank: int) -> int:
    """`positive_axis` where a constraint made sure that it exists."""
    found = positive_axis(axis, rank)
    assert found is not None
    return found


def length_finding(view: OpView, index: int, role: str, expected: int) -> Finding | None:
    """The finding for a constant input that has not the right number of elements."""
    found = view.input(index).elements
    return None if found == expected else Finding(f"{found} values for {role} where {expected} are needed", RECONVERT, view.input(index))


def scales_finding(first: Tensor, second: Tensor) -> Finding | None:
    """The finding for two int8 tensors whose values do not mean the same; TFLM compares both numbers exactly."""
    if first.dtype is not DType.INT8 or _quantization(first) == _quantization(second):
        return None
    found = f"scale and zero point {_quantization(second)} instead of {_quantization(first)}"
    return Finding(found, "quantize the model again; converters give these tensors one scale", second)


def _quantization(tensor: Tensor) -> tuple[float, int]:
    quantization = tensor.quantization
    return (quantization.scale, quantization.zero_point) if quantization else (0.0, 0)


def output_shape_is(view: OpView, *shapes: Sequence[int]) -> Finding | None:
    """The finding for outputs that have not the shapes that the operator computes."""
    for output, shape in zip(view.outputs, shapes, strict=True):
        finding = shape_finding(output, tuple(shape))
        if finding is not None:
            return finding
    return None
