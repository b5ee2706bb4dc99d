"""BATCH_TO_SPACE_ND: images of the batch become every block-th pixel of larger ones, whose borders are cropped."""

from __future__ import annotations

import math

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, output_shape_is
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.blocks import batch_constraints, batch_copies, block_sizes, borders
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import copy_step


def shapes_agree(view: OpView) -> Finding | None:
    """the batches are a multiple of the block, and the output has that much fewer and block times the size, less the crops"""
    batch, *sizes, channels = view.input(0).shape
    block = block_sizes(view)
    if batch % math.prod(block):
        return Finding(f"a batch of {batch} in blocks of {list(block)}", RECONVERT, view.input(0))
    cropped = [size * step - sum(crop) for size, step, crop in zip(sizes, block, borders(view), strict=True)]
    return output_shape_is(view, (batch // math.prod(block), *cropped, channels))


def lower(view: OpView, _target: Target) -> Step:
    """One copy for each place in the block."""
    return copy_step(view, batch_copies(view, view.output.shape, view.input(0).shape, to_batches=False))


OPERATOR = Operator(name="BATCH_TO_SPACE_ND", constraints=(*batch_constraints("crop"), shapes_agree), lower=lower)
