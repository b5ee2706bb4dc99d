"""A part of a tensor: SLICE, STRIDED_SLICE, and DYNAMIC_UPDATE_SLICE, which replaces one.

Where it starts may be computed while the model runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Call, Cast, Input, Output, Record, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    length_finding,
    output_shape_is,
    parameter,
    rank_is_at_most,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_is
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenate import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import (
    LOOPS,
    Copy,
    Loop,
    copy_kernel,
    copy_record,
    lower_copies,
    region,
    strides,
)


@dataclass(frozen=True)
class Start:
    """A region that moves inside a tensor: how far it can, and the copy that is done at position 0."""

    last: tuple[int, ...]
    """The largest position along each dimension."""
    steps: tuple[int, ...]
    """Elements of that tensor from one position to the next."""
    copy: Copy

    def record(self, element_bytes: int) -> LayerRecord:
        """The C struct `aot_start`."""
        padding = (0,) * (LOOPS - len(self.last))
        return records.record(
            "aot_start",
            last=records.array((*self.last, *padding)),
            step=records.array((*(step * element_bytes for step in self.steps), *padding)),
            copy=copy_record(self.copy.simplified(), element_bytes),
        )

    def kernel(self, element_bytes: int, *, aligned_bytes: int) -> str:
        """The copy's C function, which must do wherever the region starts; `aligned_bytes`: what the tensors are aligned to."""
        return copy_kernel(self.copy.simplified(), element_bytes, min(aligned_bytes, math.gcd(8, *self.steps) * element_bytes))


def offset_call(position: Tensor, pointer: Input) -> Call:
    """Bytes from position 0 to where `position` says; `pointer` points to that tensor."""
    suffix = "int64" if position.dtype is DType.INT64 else "int32"
    return call(f"aot_start_{suffix}", Record(), pointer, position.elements)


_SLICE_BEGIN, _SIZE = 1, 2


def slice_bounds_are_given_for_each_dimension(view: OpView) -> Finding | None:
    """begin and size have a value for each dimension"""
    rank = len(view.input(0).shape)
    return length_finding(view, _SLICE_BEGIN, "begin", rank) or length_finding(view, _SIZE, "size", rank)


def slice_lies_inside(view: OpView) -> Finding | None:
    """the slice lies inside the input; a size of -1 needs a constant begin"""
    shape, sizes = view.input(0).shape, constant_values(view, _SIZE)
    if not view.input(_SLICE_BEGIN).is_constant:
        inside = all(0 <= wanted <= size for size, wanted in zip(shape, sizes, strict=True))
        return None if inside else Finding(f"a size of {list(sizes)}", "give the size as numbers", view.input(_SIZE))
    begins = constant_values(view, _SLICE_BEGIN)
    for size, begin, wanted in zip(shape, begins, sizes, strict=True):
        if not 0 <= begin <= size or not -1 <= wanted <= size - begin:
            return Finding(f"begin {list(begins)} and size {list(sizes)} of {list(shape)}", RECONVERT, view.input(0))
    return None


def _sizes(view: OpView) -> list[int]:
    begin = view.input(_SLICE_BEGIN)
    begins = constant_values(view, _SLICE_BEGIN) if begin.is_constant else (0,) * len(view.input(0).shape)
    wanted = constant_values(view, _SIZE)
    return [size - start if want == -1 else want for size, start, want in zip(view.input(0).shape, begins, wanted, strict=True)]


def slice_shapes_agree(view: OpView) -> Finding | None:
    """the output has the size of the slice"""
    return output_shape_is(view, _sizes(view))


def _lower_slice(view: OpView, _target: Target) -> LoweredOperator:
    """One copy, from where the begin says."""
    shape, result, begin = view.input(0).shape, view.output, view.input(_SLICE_BEGIN)
    steps = strides(shape)
    copy = region(result.shape, steps, strides(result.shape))
    if begin.is_constant:
        offset = sum(place * step for place, step in zip(constant_values(view, _SLICE_BEGIN), steps, strict=True))
        return lower_copies(view, [region(result.shape, steps, strides(result.shape), input_offset=offset)])
    size = result.dtype.itemsize_bytes
    start = Start(tuple(whole - part for whole, part in zip(shape, result.shape, strict=True)), steps, copy)
    kernel = start.kernel(size, aligned_bytes=size if view.input(0).is_constant else 8)
    source = Binary(Cast("const uint8_t *", Input()), "+", offset_call(begin, Input(1)))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:2],
        outputs=view.op.outputs,
        call=(call(kernel, Record(member="copy"), source, Output()),),
        headers=("copy.h", "start.h"),
        layer=start.record(size),
        kernel="copy from a computed start",
    )


SLICE = Operator(
    name="SLICE",
    constraints=(
        has_tensors((3,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.BOOL),
        rank_is_at_most(0, LOOPS),
        input_is(_SLICE_BEGIN, "begin", DType.INT32, DType.INT64),
        *parameter(_SIZE, "size", DType.INT32, DType.INT64),
        slice_bounds_are_given_for_each_dimension,
        slice_lies_inside,
        slice_shapes_agree,
    ),
    lower=_lower_slice,
)
"""SLICE: begin and size of each dimension; a size of -1 goes to the end.  The begin may be computed while the model runs."""


_UPDATE, _START = 1, 2


def update_fits(view: OpView) -> Finding | None:
    """the update has the operand's element type and dimensions, none of them longer, and the start a value for each of them"""
    operand, update = view.input(0), view.input(_UPDATE)
    if update.dtype is not operand.dtype:
        return Finding(f"an update of {update.dtype.name} in {operand.dtype.name}", RECONVERT, update)
    fits = len(update.shape) == len(operand.shape) and all(part <= whole for part, whole in zip(update.shape, operand.shape, strict=True))
    if not fits:
        return Finding(f"an update of {list(update.shape)} in {list(operand.shape)}", RECONVERT, update)
    return length_finding(view, _START, "the start", len(operand.shape))


def dynamic_update_slice_shapes_agree(view: OpView) -> Finding | None:
    """the output has the operand's shape"""
    return output_shape_is(view, view.input(0).shape)


def _lower_dynamic_update_slice(view: OpView, _target: Target) -> LoweredOperator:
    """In place where the operand is not needed any more: only the region is written then."""
    operand, update, position = view.input(0), view.input(_UPDATE), view.input(_START)
    steps, size = strides(operand.shape), view.output.dtype.itemsize_bytes
    if update.elements == operand.elements:
        return lower_copies(view, [region(operand.shape, steps, steps)], inputs=(_UPDATE,))
    last = tuple(whole - part for whole, part in zip(operand.shape, update.shape, strict=True))
    start = Start(last, steps, region(update.shape, strides(update.shape), steps))
    kernel = start.kernel(size, aligned_bytes=size if update.is_constant else 8)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(
            call("aot_start_with", Input(), Output(), operand.size_bytes),
            call(kernel, Record(member="copy"), Input(1), Binary(Cast("uint8_t *", Output()), "+", offset_call(position, Input(2)))),
        ),
        headers=("copy.h", "start.h"),
        layer=start.record(size),
        in_place=(0,),
        kernel="copy to a computed start",
    )


DYNAMIC_UPDATE_SLICE = Operator(
    name="DYNAMIC_UPDATE_SLICE",
    constraints=(
        has_tensors((3,)),
        *COMMON,
        data_is(0, *MOVABLE),
        rank_is_at_most(0, LOOPS),
        input_is(_START, "start", DType.INT32, DType.INT64),
        update_fits,
        dynamic_update_slice_shapes_agree,
    ),
    lower=_lower_dynamic_update_slice,
)
"""DYNAMIC_UPDATE_SLICE: a tensor in which a region is replaced, at a position that may be computed while the model runs."""


_STRIDED_SLICE_BEGIN, _END, _STRIDES = 1, 2, 3


@dataclass(frozen=True)
class _Range:
    """The indices of one dimension that are taken."""

    start: int
    step: int
    length: int
    is_dropped: bool


def _range(view: OpView, axis: int) -> _Range:
    """As Python's slices, but that an axis to be dropped takes one index whatever its end says."""
    size, bit = view.input(0).shape[axis], 1 << axis
    begin, end, step = (constant_values(view, position)[axis] for position in (_STRIDED_SLICE_BEGIN, _END, _STRIDES))
    first = None if view.option("begin_mask") & bit else begin
    last = None if view.option("end_mask") & bit else end
    indices = range(*slice(first, last, step).indices(size))
    if not view.option("shrink_axis_mask") & bit:
        return _Range(indices.start, step, len(indices), False)
    return _Range(indices.start, 1, 1 if indices.start < size and step > 0 else 0, True)


def strided_slice_bounds_are_given_for_each_dimension(view: OpView) -> Finding | None:
    """begin, end and strides have a value for each dimension, and no stride is 0"""
    for position, role in ((_STRIDED_SLICE_BEGIN, "begin"), (_END, "end"), (_STRIDES, "strides")):
        finding = length_finding(view, position, role, len(view.input(0).shape))
        if finding is not None:
            return finding
    return Finding("a stride of 0", "convert the model again", view.input(_STRIDES)) if 0 in constant_values(view, _STRIDES) else None


def masks_are_plain(view: OpView) -> Finding | None:
    """neither ellipsis, new axis nor offset is used: begin_mask, end_mask and shrink_axis_mask are"""
    for mask in ("ellipsis_mask", "new_axis_mask", "offset"):
        if view.option(mask):
            return Finding(f"{mask} = {view.option(mask)}", "write out all dimensions of the slice; use tf.expand_dims for new axes")
    return None


def strided_slice_shapes_agree(view: OpView) -> Finding | None:
    """the output has the lengths that the bounds give, without the dimensions that are dropped, each of which takes one index"""
    ranges = [_range(view, axis) for axis in range(len(view.input(0).shape))]
    for axis, taken in enumerate(ranges):
        if taken.is_dropped and not taken.length:
            return Finding(f"a dropped dimension {axis} without an index", "give it an index inside and a stride of 1", view.output)
    return output_shape_is(view, [taken.length for taken in ranges if not taken.is_dropped])


def _lower_strided_slice(view: OpView, _target: Target) -> LoweredOperator:
    """One copy."""
    shape = view.input(0).shape
    steps = strides(shape)
    ranges = [_range(view, axis) for axis in range(len(shape))]
    to_steps = strides([taken.length for taken in ranges])
    loops = tuple(Loop(taken.length, taken.step * step, to_step) for taken, step, to_step in zip(ranges, steps, to_steps, strict=True))
    offset = sum(taken.start * step for taken, step in zip(ranges, steps, strict=True))
    return lower_copies(view, [Copy(loops, input_offset=offset)])


STRIDED_SLICE = Operator(
    name="STRIDED_SLICE",
    constraints=(
        has_tensors((4,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.BOOL),
        rank_is_at_most(0, LOOPS),
        *parameter(_STRIDED_SLICE_BEGIN, "begin"),
        *parameter(_END, "end"),
        *parameter(_STRIDES, "stride"),
        strided_slice_bounds_are_given_for_each_dimension,
        masks_are_plain,
        strided_slice_shapes_agree,
    ),
    lower=_lower_strided_slice,
)
"""STRIDED_SLICE: begin, end and stride of each dimension, with masks for "from the start", "to the end" and "drop the dimension".

TFLM takes up to 4 dimensions; LiteRT is the golden for 5."""


OPERATORS = (SLICE, DYNAMIC_UPDATE_SLICE, STRIDED_SLICE)
