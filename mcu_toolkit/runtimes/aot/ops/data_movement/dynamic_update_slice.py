"""DYNAMIC_UPDATE_SLICE: a tensor in which a region is replaced, at a position that may be computed while the model runs."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, length_finding, output_shape_is, rank_is_at_most
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_is
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, copy_step, region, strides
from mcu_toolkit.runtimes.aot.ops.data_movement.slice_starts import Start, offset_call

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


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the operand's shape"""
    return output_shape_is(view, view.input(0).shape)


def lower(view: OpView, _target: Target) -> Step:
    """In place where the operand is not needed any more: only the region is written then."""
    operand, update, position = view.input(0), view.input(_UPDATE), view.input(_START)
    steps, size = strides(operand.shape), view.output.dtype.itemsize_bytes
    if update.elements == operand.elements:
        return copy_step(view, [region(operand.shape, steps, steps)], inputs=(_UPDATE,))
    last = tuple(whole - part for whole, part in zip(operand.shape, update.shape, strict=True))
    start = Start(last, steps, region(update.shape, strides(update.shape), steps))
    kernel = start.kernel(size, aligned_bytes=size if update.is_constant else 8)
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"aot_start_with(${{in0}}, ${{out0}}, {operand.size_bytes});\n"
        f"{kernel}(&${{layer}}.copy, ${{in1}}, (uint8_t *)${{out0}} + {offset_call(position, '${in2}')});",
        headers=("copy.h", "start.h"),
        layer=start.record(size),
        in_place=(0,),
        kernel="copy to a computed start",
    )


OPERATOR = Operator(
    name="DYNAMIC_UPDATE_SLICE",
    constraints=(
        has_tensors((3,)),
        *COMMON,
        data_is(0, *MOVABLE),
        rank_is_at_most(0, LOOPS),
        input_is(_START, "start", DType.INT32, DType.INT64),
        update_fits,
        shapes_agree,
    ),
    lower=lower,
)
