"""PAD and PADV2: a border of one value around a tensor.  TFLM runs both with the same kernel, with two inputs or three."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    length_finding,
    output_shape_is,
    parameter,
    rank_is_at_most,
    scales_finding,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import copy_step, region, strides

_PADS, _VALUE = 1, 2


def pads(view: OpView) -> tuple[tuple[int, int], ...]:
    """(before, after) of each dimension."""
    values = constant_values(view, _PADS)
    return tuple(zip(values[::2], values[1::2], strict=True))


def there_is_a_pair_for_each_dimension(view: OpView) -> Finding | None:
    """there is a pair of paddings for each dimension, none of them negative"""
    finding = length_finding(view, _PADS, "the paddings", 2 * len(view.input(0).shape))
    if finding is None and min(constant_values(view, _PADS), default=0) < 0:
        return Finding("a negative padding", "crop with a slice instead", view.input(_PADS))
    return finding


def shapes_agree(view: OpView) -> Finding | None:
    """the output is the input and its paddings"""
    return output_shape_is(view, padded(view.input(0).shape, pads(view)))


def padded(shape: Sequence[int], amounts: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """`shape` with a border."""
    return tuple(before + size + after for size, (before, after) in zip(shape, amounts, strict=True))


def value_is_of_the_output(view: OpView) -> Finding | None:
    """the value, if there is one, is a single element of the output's type, in int8 of its scale and zero point too"""
    value = view.optional_input(_VALUE)
    if value is None:
        return None
    if value.elements != 1 or value.dtype is not view.output.dtype:
        return Finding(f"{value.elements} values of {value.dtype.name}", RECONVERT, value)
    return scales_finding(view.output, value)


CONSTRAINTS = (
    has_tensors((2, 3)),
    *COMMON,
    data_is(0, *MOVABLE),
    rank_is_at_most(0, 5),
    *parameter(_PADS, "padding"),
    there_is_a_pair_for_each_dimension,
    shapes_agree,
    value_is_of_the_output,
)


def lower_padding(view: OpView, _target: Target) -> Step:
    """The whole output is filled, then the input is copied into its middle."""
    shape, result = view.input(0).shape, view.output
    amounts = pads(view)
    steps = strides(result.shape)
    offset = sum(before * step for (before, _), step in zip(amounts, steps, strict=True))
    copy = region(shape, strides(shape), steps, output_offset=offset)
    if not any(map(any, amounts)):
        return copy_step(view, [copy])
    value = view.optional_input(_VALUE)
    byte = _border_byte(result, value)
    if byte is not None:
        return copy_step(view, [copy], before=[f"memset(${{out0}}, {byte}, {result.size_bytes});"])
    fill = fill_call("${in1}", result)
    return copy_step(view, [copy], inputs=(0, _VALUE), before=[fill], headers=("fill.h",))


def fill_call(value: str, output: Tensor) -> str:
    """A C statement that fills `output`, `${out0}`, with the element that the pointer `value` points to."""
    size = output.dtype.itemsize_bytes
    if size == 1:
        return f"memset(${{out0}}, *{value}, {output.size_bytes});"
    return f"aot_fill_{size}({value}, ${{out0}}, {output.elements});"


def repeated_byte(value: Tensor) -> int | None:
    """The byte that makes up the constant `value`, if it is the same one over and over."""
    content = set(value.data.tobytes()) if value.data is not None else set()
    return content.pop() if len(content) == 1 else None


def _border_byte(output: Tensor, value: Tensor | None) -> int | None:
    if value is not None:
        return repeated_byte(value)
    return zero_byte(output)


def zero_byte(output: Tensor) -> int:
    """The byte that stands for 0 in `output`: the zero point of int8, else 0 (TFLM takes no other zero points into account)."""
    is_shifted = output.quantization is not None and output.dtype is DType.INT8
    return output.quantization.zero_point & 0xFF if is_shifted and output.quantization else 0
