"""MIRROR_PAD: a border that mirrors the tensor.  REFLECT leaves the outermost elements out of the mirror image, SYMMETRIC does not.

TFLM does not have int16, which the converter emits; LiteRT is the golden there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import data_is, parameter, rank_is_at_most
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, Copy, Loop, copy_step, strides
from mcu_toolkit.runtimes.aot.ops.data_movement.padding import pads, shapes_agree, there_is_a_pair_for_each_dimension

_PADS = 1


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


def lower(view: OpView, _target: Target) -> Step:
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
    return copy_step(view, copies)


OPERATOR = Operator(
    name="MIRROR_PAD",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, DType.INT8, DType.INT16, DType.FLOAT32),
        rank_is_at_most(0, LOOPS),
        *parameter(_PADS, "padding", DType.INT32, DType.INT64),
        there_is_a_pair_for_each_dimension,
        mirror_is_long_enough,
        shapes_agree,
    ),
    lower=lower,
)
