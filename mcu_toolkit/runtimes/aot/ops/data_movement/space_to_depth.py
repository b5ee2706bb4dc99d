"""SPACE_TO_DEPTH: blocks of pixels become channels."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, output_shape_is
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_has_rank
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.blocks import TYPES, block_is_positive, depth_copy
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import Copy, Loop, copy_step


def shapes_agree(view: OpView) -> Finding | None:
    """height and width are multiples of the block size, and the output has them divided by it and block * block times the channels"""
    batch, height, width, channels = view.input(0).shape
    block = view.option("block_size")
    if height % block or width % block:
        return Finding(f"{height}x{width} in blocks of {block}", RECONVERT, view.input(0))
    return output_shape_is(view, (batch, height // block, width // block, channels * block * block))


def lower(view: OpView, _target: Target) -> Step:
    """One copy."""
    loops = depth_copy(view.input(0).shape, view.output.shape, view.option("block_size"))
    return copy_step(view, [Copy(tuple(Loop(*loop) for loop in loops))])


OPERATOR = Operator(
    name="SPACE_TO_DEPTH",
    constraints=(has_tensors((1,)), *COMMON, data_is(0, *TYPES), input_has_rank(0, "input", 4), block_is_positive, shapes_agree),
    lower=lower,
)
