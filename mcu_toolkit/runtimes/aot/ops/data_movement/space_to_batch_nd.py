"""SPACE_TO_BATCH_ND: every block-th pixel becomes an image of its own.

TFLM never sets the value that the border gets: its result there is undefined.  Ours is the zero point, as in LiteRT.
"""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, output_shape_is
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.blocks import batch_constraints, batch_copies, block_sizes, borders
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import copy_step
from mcu_toolkit.runtimes.aot.ops.data_movement.padding import zero_byte


def shapes_agree(view: OpView) -> Finding | None:
    """the padded sizes are multiples of the block, and the output has them divided by it and as many times the batches"""
    batch, *sizes, channels = view.input(0).shape
    whole = [size + sum(border) for size, border in zip(sizes, borders(view), strict=True)]
    block = block_sizes(view)
    if any(size % step for size, step in zip(whole, block, strict=True)):
        return Finding(f"sizes of {whole} with the padding in blocks of {list(block)}", RECONVERT, view.input(0))
    for step in block:
        batch *= step
    return output_shape_is(view, (batch, *(size // step for size, step in zip(whole, block, strict=True)), channels))


def lower(view: OpView, _target: Target) -> Step:
    """The border is filled first, if there is one."""
    copies = batch_copies(view, view.input(0).shape, view.output.shape, to_batches=True)
    if not any(map(any, borders(view))):
        return copy_step(view, copies)
    return copy_step(view, copies, before=[f"memset(${{out0}}, {zero_byte(view.output)}, {view.output.size_bytes});"])


OPERATOR = Operator(name="SPACE_TO_BATCH_ND", constraints=(*batch_constraints("padding"), shapes_agree), lower=lower)
