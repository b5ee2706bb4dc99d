"""Operators that are done in one step: the output of one is added into the memory of another tensor as it is made.

The end of a residual block: CONV_2D and the ADD behind it.  The step stands where the convolution stood, its output is the
ADD's, written over the ADD's other input; the convolution's own output needs no memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.ir.operator import OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import ArenaPlan, plan_arena
from mcu_toolkit.runtimes.aot.memory.state import is_state
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.residual import convolution_into_sum
from mcu_toolkit.runtimes.aot.ops.registry import lower_layer
from mcu_toolkit.runtimes.aot.passes.kernel_choice import DEFAULT, Choice

Planned = tuple[tuple[Step, ...], ArenaPlan]
"""Steps, and where their tensors lie."""


@dataclass(frozen=True)
class Pair:
    """Two steps, by number, and the merged one that replaces them."""

    convolution: int
    addition: int
    step: Step


def plan_merged(graph: Graph, views: Sequence[OpView], steps: Sequence[Step], target: Target, choice: Choice = DEFAULT) -> Planned:
    """Steps and plan with every pair merged that saves memory, or that `choice` demands; those of `steps` where there is none."""
    plain = plan_arena(graph, steps)
    pairs = [pair for pair in find_pairs(graph, views, steps, target) if choice.permits(pair.step)] if target.merge else []
    while pairs:
        merged = replace(steps, pairs)
        plan = plan_arena(graph, merged)
        refused = {number for number, step in enumerate(merged) if step.must_take_over and not _took_over(plan, step)}
        if not refused:
            pays = plan.peak_bytes < plain.peak_bytes or any(choice.demands(pair.step) for pair in pairs)
            return (merged, plan) if pays else (tuple(steps), plain)
        pairs = [pair for pair in pairs if not any(merged[number] is pair.step for number in refused)]
    return tuple(steps), plain


def find_pairs(graph: Graph, views: Sequence[OpView], steps: Sequence[Step], target: Target) -> list[Pair]:
    """Of `steps` (`views`: their operators, the last ones of those that are groups already) every ADD with a
    convolution that is only made for it, and after which nothing but this ADD reads the other input."""
    maker = {tensor: number for number, step in enumerate(steps) for tensor in step.outputs}
    readers: dict[int, list[int]] = {}
    for number, step in enumerate(steps):
        for tensor in step.inputs:
            readers.setdefault(tensor, []).append(number)
    found: list[Pair] = []
    for addition, view in enumerate(views):
        if view.operator != "ADD" or steps[addition].merged or len(set(steps[addition].inputs)) != 2:
            continue
        # The input that is made last: where it is made, the other one is there.
        position = max((0, 1), key=lambda i: maker.get(view.op.inputs[i], -1))
        own, other = view.op.inputs[position], view.op.inputs[1 - position]
        convolution = maker.get(own, -1)
        if convolution < 0 or steps[convolution].merged or readers[own] != [addition] or own in graph.outputs or other in graph.outputs:
            continue
        if any(is_state(graph.tensors[index]) for index in (own, other, *view.op.outputs)):
            continue  # not in the arena
        if graph.tensors[other].is_constant or any(convolution <= reader != addition for reader in readers[other]):
            continue
        merged = _merge(views[convolution], view, position, target)
        if merged is not None:
            found.append(Pair(convolution, addition, merged))
    return found


def _merge(convolution: OpView, addition: OpView, position: int, target: Target) -> Step | None:
    if convolution.operator != "CONV_2D" or lower_layer(convolution, target)[0] != "dsp":
        return None
    return convolution_into_sum(convolution, addition, position)


def replace(steps: Sequence[Step], pairs: Sequence[Pair]) -> tuple[Step, ...]:
    """`steps` with the pairs merged."""
    merged = {pair.convolution: pair.step for pair in pairs}
    gone = {pair.addition for pair in pairs}
    return tuple(merged.get(number, step) for number, step in enumerate(steps) if number not in gone)


def _took_over(plan: ArenaPlan, step: Step) -> bool:
    return plan.tensor_offset(step.outputs[0]) == plan.tensor_offset(step.inputs[step.in_place[0]])
