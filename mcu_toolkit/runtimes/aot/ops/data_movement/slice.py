"""SLICE: begin and size of each dimension; a size of -1 goes to the end.  The begin may be computed while the model runs."""

from __future__ import annotations

from mcu_toolkit.model import DType
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
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, copy_step, region, strides
from mcu_toolkit.runtimes.aot.ops.data_movement.slice_starts import Start, offset_call

_BEGIN, _SIZE = 1, 2


def bounds_are_given_for_each_dimension(view: OpView) -> Finding | None:
    """begin and size have a value for each dimension"""
    rank = len(view.input(0).shape)
    return length_finding(view, _BEGIN, "begin", rank) or length_finding(view, _SIZE, "size", rank)


def slice_lies_inside(view: OpView) -> Finding | None:
    """the slice lies inside the input; a size of -1 needs a constant begin"""
    shape, sizes = view.input(0).shape, constant_values(view, _SIZE)
    if not view.input(_BEGIN).is_constant:
        inside = all(0 <= wanted <= size for size, wanted in zip(shape, sizes, strict=True))
        return None if inside else Finding(f"a size of {list(sizes)}", "give the size as numbers", view.input(_SIZE))
    begins = constant_values(view, _BEGIN)
    for size, begin, wanted in zip(shape, begins, sizes, strict=True):
        if not 0 <= begin <= size or not -1 <= wanted <= size - begin:
            return Finding(f"begin {list(begins)} and size {list(sizes)} of {list(shape)}", RECONVERT, view.input(0))
    return None


def _sizes(view: OpView) -> list[int]:
    begin = view.input(_BEGIN)
    begins = constant_values(view, _BEGIN) if begin.is_constant else (0,) * len(view.input(0).shape)
    wanted = constant_values(view, _SIZE)
    return [size - start if want == -1 else want for size, start, want in zip(view.input(0).shape, begins, wanted, strict=True)]


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the size of the slice"""
    return output_shape_is(view, _sizes(view))


def lower(view: OpView, _target: Target) -> Step:
    """One copy, from where the begin says."""
    shape, result, begin = view.input(0).shape, view.output, view.input(_BEGIN)
    steps = strides(shape)
    copy = region(result.shape, steps, strides(result.shape))
    if begin.is_constant:
        offset = sum(place * step for place, step in zip(constant_values(view, _BEGIN), steps, strict=True))
        return copy_step(view, [region(result.shape, steps, strides(result.shape), input_offset=offset)])
    size = result.dtype.itemsize_bytes
    start = Start(tuple(whole - part for whole, part in zip(shape, result.shape, strict=True)), steps, copy)
    kernel = start.kernel(size, aligned_bytes=size if view.input(0).is_constant else 8)
    offset_text = offset_call(begin, "${in1}")
    return Step(
        op=view.op,
        inputs=view.op.inputs[:2],
        outputs=view.op.outputs,
        call=f"{kernel}(&${{layer}}.copy, (const uint8_t *)${{in0}} + {offset_text}, ${{out0}});",
        headers=("copy.h", "start.h"),
        layer=start.record(size),
        kernel="copy from a computed start",
    )


OPERATOR = Operator(
    name="SLICE",
    constraints=(
        has_tensors((3,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.BOOL),
        rank_is_at_most(0, LOOPS),
        input_is(_BEGIN, "begin", DType.INT32, DType.INT64),
        *parameter(_SIZE, "size", DType.INT32, DType.INT64),
        bounds_are_given_for_each_dimension,
        slice_lies_inside,
        shapes_agree,
    ),
    lower=lower,
)
