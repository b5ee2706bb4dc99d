"""DEPTH_TO_SPACE: channels become blocks of pixels."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, output_shape_is
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_has_rank
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.blocks import TYPES, block_is_positive, depth_copy
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import Copy, Loop, copy_step


def shapes_agree(view: OpView) -> Finding | None:
    """the channels are a multiple of block * block, and the output has that much fewer of them and block times the height and width"""
    batch, height, width, channels = view.input(0).shape
    block = view.option("block_size")
    if channels % (block * block):
        return Finding(f"{channels} channels in blocks of {block}x{block}", RECONVERT, view.input(0))
    return output_shape_is(view, (batch, height * block, width * block, channels // (block * block)))


def lower(view: OpView, _target: Target) -> Step:
    """One copy."""
    loops = depth_copy(view.output.shape, view.input(0).shape, view.option("block_size"))
    return copy_step(view, [Copy(tuple(Loop(size, in_depth, in_space) for size, in_space, in_depth in loops))])


OPERATOR = Operator(
    name="DEPTH_TO_SPACE",
    constraints=(has_tensors((1,)), *COMMON, data_is(0, *TYPES), input_has_rank(0, "input", 4), block_is_positive, shapes_agree),
    lower=lower,
)
