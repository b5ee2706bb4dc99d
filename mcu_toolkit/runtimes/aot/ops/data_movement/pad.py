"""A border around a tensor: of one value (PAD, PADV2), or of its own elements (MIRROR_PAD).

TFLM runs PAD and PADV2 with the same kernel, with two inputs or three.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir.c_tree import Call, Input, Output, Prefixed, call
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
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenate import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, Copy, Loop, lower_copies, region, strides

_PADDING_PADS, _VALUE = 1, 2


def pads(view: OpView) -> tuple[tuple[int, int], ...]:
    """(before, after) of each dimension."""
    values = constant_values(view, _PADDING_PADS)
    return tuple(zip(values[::2], values[1::2], strict=True))


def there_is_a_pair_for_each_dimension(view: OpView) -> Finding | None:
    """there is a pair of paddings for each dimension, none of them negative"""
    finding = length_finding(view, _PADDING_PADS, "the paddings", 2 * len(view.input(0).shape))
    if finding is None and min(constant_values(view, _PADDING_PADS), default=0) < 0:
        return Finding("a negative padding", "crop with a slice instead", view.input(_PADDING_PADS))
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
    *parameter(_PADDING_PADS, "padding"),
    there_is_a_pair_for_each_dimension,
    shapes_agree,
    value_is_of_the_output,
)


def lower_padding(view: OpView, _target: Target) -> LoweredOperator:
    """The whole output is filled, then the input is copied into its middle."""
    shape, result = view.input(0).shape, view.output
    amounts = pads(view)
    steps = strides(result.shape)
    offset = sum(before * step for (before, _), step in zip(amounts, steps, strict=True))
    copy = region(shape, strides(shape), steps, output_offset=offset)
    if not any(map(any, amounts)):
        return lower_copies(view, [copy])
    value = view.optional_input(_VALUE)
    byte = _border_byte(result, value)
    if byte is not None:
        return lower_copies(view, [copy], before=[call("memset", Output(), byte, result.size_bytes)])
    fill = fill_call(Input(1), result)
    return lower_copies(view, [copy], inputs=(0, _VALUE), before=[fill], headers=("fill.h",))


def fill_call(value: Input, output: Tensor) -> Call:
    """What fills `output`, the step's first one, with the element that the pointer `value` points to."""
    size = output.dtype.itemsize_bytes
    if size == 1:
        return call("memset", Output(), Prefixed("*", value), output.size_bytes)
    return call(f"aot_fill_{size}", value, Output(), output.elements)


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


PAD = Operator(name="PAD", constraints=CONSTRAINTS, lower=lower_padding)
"""PAD: a border of zeros; in int8 that is the output's zero point."""


PADV2 = Operator(name="PADV2", constraints=CONSTRAINTS, lower=lower_padding)
"""PADV2: a border of a value that the model gives."""


_MIRROR_PAD_PADS = 1


@dataclass(frozen=True)
class _Stretch:
    """Outputs `output` .. `output + size - 1` along one dimension are inputs `input`, `input + step`, ..."""

    size: int
    output: int
    input: int
    step: int


def _edge(view: OpView) -> int:
    """Outermost elements that are not mirrored."""
    return 1 if view.option("mode") == "REFLECT" else 0


def mirror_is_long_enough(view: OpView) -> Finding | None:
    """no padding is longer than what it mirrors: the dimension, less one in the mode REFLECT"""
    for size, amounts in zip(view.input(0).shape, pads(view), strict=True):
        if max(amounts) > size - _edge(view):
            return Finding(f"a padding of {max(amounts)} on a dimension of {size}", "pad in several layers", view.input(0))
    return None


def _stretches(size: int, before: int, after: int, edge: int) -> list[_Stretch]:
    """One dimension: the image before, the middle and the image after."""
    found = [
        _Stretch(before, 0, before + edge - 1, -1),
        _Stretch(size, before, 0, 1),
        _Stretch(after, before + size, size - 1 - edge, -1),
    ]
    return [stretch for stretch in found if stretch.size]


def _lower_mirror_pad(view: OpView, _target: Target) -> LoweredOperator:
    """One copy for each combination of images: three along each dimension that has a border on both sides."""
    shape, result = view.input(0).shape, view.output.shape
    dimensions = [_stretches(size, *amounts, _edge(view)) for size, amounts in zip(shape, pads(view), strict=True)]
    from_steps, to_steps = strides(shape), strides(result)
    copies = []
    for combination in itertools.product(*dimensions):
        parts = list(zip(combination, from_steps, to_steps, strict=True))
        copies.append(
            Copy(
                tuple(Loop(part.size, part.step * from_step, to_step) for part, from_step, to_step in parts),
                input_offset=sum(part.input * from_step for part, from_step, _ in parts),
                output_offset=sum(part.output * to_step for part, _, to_step in parts),
            )
        )
    return lower_copies(view, copies)


MIRROR_PAD = Operator(
    name="MIRROR_PAD",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, DType.INT8, DType.INT16, DType.FLOAT32),
        rank_is_at_most(0, LOOPS),
        *parameter(_MIRROR_PAD_PADS, "padding", DType.INT32, DType.INT64),
        there_is_a_pair_for_each_dimension,
        mirror_is_long_enough,
        shapes_agree,
    ),
    lower=_lower_mirror_pad,
)
"""MIRROR_PAD: a border that mirrors the tensor.  REFLECT leaves the outermost elements out of the mirror image, SYMMETRIC does not.

TFLM does not have int16, which the converter emits; LiteRT is the golden there."""


OPERATORS = (PAD, PADV2, MIRROR_PAD)
