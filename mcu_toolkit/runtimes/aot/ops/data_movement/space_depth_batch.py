"""Blocks of pixels to and from channels or batches: SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND."""

from __future__ import annotations

import math

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Output, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    length_finding,
    output_shape_is,
    parameter,
    rank_is_at_most,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_has_rank
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import Copy, Loop, lower_copies, strides
from mcu_toolkit.runtimes.aot.ops.data_movement.pad import zero_byte

_BLOCK, _BORDER = 1, 2
TYPES = (DType.INT8, DType.FLOAT32)
"""Element types that TFLM takes for all four."""


def block_is_positive(view: OpView) -> Finding | None:
    """the block size is 1 or more"""
    size = view.option("block_size")
    return None if size >= 1 else Finding(f"a block size of {size}", RECONVERT)


def depth_copy(space: tuple[int, ...], depth: tuple[int, ...], block: int) -> tuple[tuple[int, int, int], ...]:
    """Loops (size, step in `space`, step in `depth`) over both layouts: [b, y * block, x * block, c] and [b, y, x, block * block * c]."""
    _, height, width, channels = depth[0], depth[1], depth[2], space[3]
    in_space, in_depth = strides(space), strides(depth)
    return (
        (depth[0], in_space[0], in_depth[0]),
        (height, block * in_space[1], in_depth[1]),
        (block, in_space[1], block * channels),
        (width, block * in_space[2], in_depth[2]),
        (block, in_space[2], channels),
        (channels, 1, 1),
    )


def batch_constraints(border: str) -> tuple[Constraint, ...]:
    """What SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND ask for before their shapes; `border` is what the third input is."""
    return (
        has_tensors((3,)),
        *COMMON,
        data_is(0, DType.INT8, DType.INT16, DType.FLOAT32),  # TFLM: not INT16
        rank_is_at_most(0, 4, least=3),
        *parameter(_BLOCK, "block shape"),
        *parameter(_BORDER, border),
        blocks_are_spatial,
    )


def blocks_are_spatial(view: OpView) -> Finding | None:
    """there is a block size of 1 or more and a pair of borders of 0 or more for each dimension between the first and the last"""
    spatial = len(view.input(0).shape) - 2
    finding = length_finding(view, _BLOCK, "the block shape", spatial) or length_finding(view, _BORDER, "the borders", 2 * spatial)
    if finding is None and (min(constant_values(view, _BLOCK)) < 1 or min(constant_values(view, _BORDER)) < 0):
        return Finding("a block of 0 or a negative border", RECONVERT, view.input(_BLOCK))
    return finding


def block_sizes(view: OpView) -> tuple[int, ...]:
    """The block, a size for each spatial dimension."""
    return constant_values(view, _BLOCK)


def borders(view: OpView) -> tuple[tuple[int, int], ...]:
    """(before, after) of each spatial dimension."""
    values = constant_values(view, _BORDER)
    return tuple(zip(values[::2], values[1::2], strict=True))


def as_image(shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """[batch, size, channels] as [batch, size, 1, channels]."""
    batch, height, *width, channels = shape
    return batch, height, width[0] if width else 1, channels


def batch_copies(view: OpView, space: tuple[int, ...], batched: tuple[int, ...], *, to_batches: bool) -> list[Copy]:
    """One copy for each place in the block.  `space`: the tensor with large images; `batched`: that with many."""
    image, small = as_image(space), as_image(batched)
    block = (*block_sizes(view), 1)[:2]
    before = (*(pair[0] for pair in borders(view)), 0)[:2]
    in_space, in_batched = strides(image), strides(small)
    copies = []
    for place in range(block[0] * block[1]):
        places = divmod(place, block[1])
        axes = [_axis(image[1 + i], small[1 + i], block[i], places[i] - before[i]) for i in (0, 1)]
        if not all(count for _, _, count in axes):
            continue
        space_offset = sum(first * step for (first, _, _), step in zip(axes, in_space[1:3], strict=True))
        batched_offset = place * image[0] * in_batched[0] + sum(
            index * step for (_, index, _), step in zip(axes, in_batched[1:3], strict=True)
        )
        sides = [(image[0], in_space[0], in_batched[0])]
        sides += [(axes[i][2], block[i] * in_space[1 + i], in_batched[1 + i]) for i in (0, 1)]
        sides.append((image[3], 1, 1))
        if to_batches:
            copies.append(Copy(tuple(Loop(*side) for side in sides), space_offset, batched_offset))
        else:
            copies.append(Copy(tuple(Loop(size, b, a) for size, a, b in sides), batched_offset, space_offset))
    return copies


def _axis(space: int, batched: int, block: int, shift: int) -> tuple[int, int, int]:
    """(first position in space, its index in the batch, count) of the indices i whose position i * block + shift is inside."""
    inside = [index for index in range(batched) if 0 <= index * block + shift < space]
    return (inside[0] * block + shift, inside[0], len(inside)) if inside else (0, 0, 0)


def space_to_depth_shapes_agree(view: OpView) -> Finding | None:
    """height and width are multiples of the block size, and the output has them divided by it and block * block times the channels"""
    batch, height, width, channels = view.input(0).shape
    block = view.option("block_size")
    if height % block or width % block:
        return Finding(f"{height}x{width} in blocks of {block}", RECONVERT, view.input(0))
    return output_shape_is(view, (batch, height // block, width // block, channels * block * block))


def _lower_space_to_depth(view: OpView, _target: Target) -> LoweredOperator:
    """One copy."""
    loops = depth_copy(view.input(0).shape, view.output.shape, view.option("block_size"))
    return lower_copies(view, [Copy(tuple(Loop(*loop) for loop in loops))])


SPACE_TO_DEPTH = Operator(
    name="SPACE_TO_DEPTH",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        data_is(0, *TYPES),
        input_has_rank(0, "input", 4),
        block_is_positive,
        space_to_depth_shapes_agree,
    ),
    lower=_lower_space_to_depth,
)
"""SPACE_TO_DEPTH: blocks of pixels become channels."""


def depth_to_space_shapes_agree(view: OpView) -> Finding | None:
    """the channels are a multiple of block * block, and the output has that much fewer of them and block times the height and width"""
    batch, height, width, channels = view.input(0).shape
    block = view.option("block_size")
    if channels % (block * block):
        return Finding(f"{channels} channels in blocks of {block}x{block}", RECONVERT, view.input(0))
    return output_shape_is(view, (batch, height * block, width * block, channels // (block * block)))


def _lower_depth_to_space(view: OpView, _target: Target) -> LoweredOperator:
    """One copy."""
    loops = depth_copy(view.output.shape, view.input(0).shape, view.option("block_size"))
    return lower_copies(view, [Copy(tuple(Loop(size, in_depth, in_space) for size, in_space, in_depth in loops))])


DEPTH_TO_SPACE = Operator(
    name="DEPTH_TO_SPACE",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        data_is(0, *TYPES),
        input_has_rank(0, "input", 4),
        block_is_positive,
        depth_to_space_shapes_agree,
    ),
    lower=_lower_depth_to_space,
)
"""DEPTH_TO_SPACE: channels become blocks of pixels."""


def space_to_batch_nd_shapes_agree(view: OpView) -> Finding | None:
    """the padded sizes are multiples of the block, and the output has them divided by it and as many times the batches"""
    batch, *sizes, channels = view.input(0).shape
    whole = [size + sum(border) for size, border in zip(sizes, borders(view), strict=True)]
    block = block_sizes(view)
    if any(size % step for size, step in zip(whole, block, strict=True)):
        return Finding(f"sizes of {whole} with the padding in blocks of {list(block)}", RECONVERT, view.input(0))
    for step in block:
        batch *= step
    return output_shape_is(view, (batch, *(size // step for size, step in zip(whole, block, strict=True)), channels))


def _lower_space_to_batch_nd(view: OpView, _target: Target) -> LoweredOperator:
    """The border is filled first, if there is one."""
    copies = batch_copies(view, view.input(0).shape, view.output.shape, to_batches=True)
    if not any(map(any, borders(view))):
        return lower_copies(view, copies)
    return lower_copies(view, copies, before=[call("memset", Output(), zero_byte(view.output), view.output.size_bytes)])


SPACE_TO_BATCH_ND = Operator(
    name="SPACE_TO_BATCH_ND", constraints=(*batch_constraints("padding"), space_to_batch_nd_shapes_agree), lower=_lower_space_to_batch_nd
)
"""SPACE_TO_BATCH_ND: every block-th pixel becomes an image of its own.

TFLM never sets the value that the border gets: its result there is undefined.  Ours is the zero point, as in LiteRT."""


def batch_to_space_nd_shapes_agree(view: OpView) -> Finding | None:
    """the batches are a multiple of the block, and the output has that much fewer and block times the size, less the crops"""
    batch, *sizes, channels = view.input(0).shape
    block = block_sizes(view)
    if batch % math.prod(block):
        return Finding(f"a batch of {batch} in blocks of {list(block)}", RECONVERT, view.input(0))
    cropped = [size * step - sum(crop) for size, step, crop in zip(sizes, block, borders(view), strict=True)]
    return output_shape_is(view, (batch // math.prod(block), *cropped, channels))


def _lower_batch_to_space_nd(view: OpView, _target: Target) -> LoweredOperator:
    """One copy for each place in the block."""
    return lower_copies(view, batch_copies(view, view.output.shape, view.input(0).shape, to_batches=False))


BATCH_TO_SPACE_ND = Operator(
    name="BATCH_TO_SPACE_ND", constraints=(*batch_constraints("crop"), batch_to_space_nd_shapes_agree), lower=_lower_batch_to_space_nd
)
"""BATCH_TO_SPACE_ND: images of the batch become every block-th pixel of larger ones, whose borders are cropped."""


OPERATORS = (SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND)
