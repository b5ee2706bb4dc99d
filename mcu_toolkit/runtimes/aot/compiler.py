"""From a model to a compiled one: steps, arena plan and names; `source.py` writes it down as C."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Graph, Model, c_identifier
from mcu_toolkit.runtimes.aot.cascade.search import RowSearch
from mcu_toolkit.runtimes.aot.ir.int4 import unpacked
from mcu_toolkit.runtimes.aot.ir.operator import OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import ArenaPlan
from mcu_toolkit.runtimes.aot.memory.state import StatePlan, plan_state
from mcu_toolkit.runtimes.aot.ops.registry import ways_of_layer
from mcu_toolkit.runtimes.aot.passes.budget import crowded_steps, default_limit_bytes, tflm_arena_bytes
from mcu_toolkit.runtimes.aot.passes.checks import check_model
from mcu_toolkit.runtimes.aot.passes.fold_constants import folded
from mcu_toolkit.runtimes.aot.passes.fuse import Planned, find_pairs, plan_merged
from mcu_toolkit.runtimes.aot.passes.kernel_choice import DEFAULT, Choice
from mcu_toolkit.runtimes.base import LayerSchemes


@dataclass(frozen=True)
class CompiledModel:
    """A model, lowered and planned.  `prefix` is its name in C: unique among the models of a firmware."""

    model: Model
    prefix: str
    target: Target
    steps: tuple[Step, ...]
    plan: ArenaPlan
    state: StatePlan
    choice: Choice = DEFAULT
    folded_operators: int = 0
    """Of the file, that were computed when it was compiled: `model` does not have them."""

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(step.macs for step in self.steps)


def compile_model(model: Model, target: Target, prefix: str | None = None, choice: Choice = DEFAULT) -> CompiledModel:
    """Lower every operator and plan the arena.

    Raises UnsupportedModelError naming what cannot be compiled, all of it; InputError where `choice` names what cannot be done.
    """
    operators = len(model.main.ops)
    model = folded(model)
    views = _views(model)
    steps, plan = _within_budget(model.main, views, target, choice)
    if target.merge:
        steps, plan = _by_rows(model, views, target, choice, (steps, plan))
        choice.check(steps, model.name)
    state, gone = plan_state(model.main, steps), operators - len(model.main.ops)
    return CompiledModel(model, prefix or c_identifier(model.name), target, steps, plan, state, choice, gone)


def layer_schemes(model: Model, target: Target) -> dict[int, LayerSchemes]:
    """What a choice may name, by the operator's index; raises UnsupportedModelError as `compile_model` does."""
    model = folded(model)
    views = _views(model)
    ways = [[step for _, step in ways_of_layer(view, target)] for view in views]
    joined: dict[int, tuple[str, ...]] = {}
    for pair in find_pairs(model.main, views, [steps[0] for steps in ways], target):
        joined[pair.step.op.index] = (*joined.get(pair.step.op.index, ()), pair.step.scheme)
    return {
        view.op.index: LayerSchemes(tuple(step.scheme for step in steps), joined.get(view.op.index, ()))
        for view, steps in zip(views, ways, strict=True)
    }


def _views(model: Model) -> list[OpView]:
    findings = check_model(model)
    if findings:
        raise UnsupportedModelError(
            f"the aot runtime cannot compile this model: {'; '.join(str(finding) for finding in findings[:8])}"
            + (f"; and {len(findings) - 8} more" if len(findings) > 8 else ""),
            on=model.name,
            hint=findings[0].remedy,
        )
    graph = unpacked(model.main)
    return [OpView(graph, op, model.graphs) for op in graph.ops]


def _by_rows(model: Model, views: Sequence[OpView], target: Target, choice: Choice, found: Planned) -> Planned:
    """Steps and plan with layers done by rows, of at most as many bytes as the target allows, where that is 0 of as few as can be.

    `found`: the same without.  Raises UnsupportedModelError where there is none so small, with the size of the smallest one; a
    target that names no limit is content with what there is.
    """
    limit_bytes = default_limit_bytes(model.main, target) if target.max_arena_bytes is None else target.max_arena_bytes
    if limit_bytes is None or found[1].peak_bytes <= limit_bytes:
        return found
    fitting = RowSearch(model.main, views, target, choice, limit_bytes).fitting(limit_bytes) if limit_bytes else None
    if fitting is not None or target.max_arena_bytes is None:
        return fitting or found
    smallest = RowSearch(model.main, views, target, choice, found[1].peak_bytes).smallest()
    if smallest is not None and smallest[1].peak_bytes < found[1].peak_bytes:
        found = smallest
    if limit_bytes and found[1].peak_bytes > limit_bytes:
        raise UnsupportedModelError(
            f"its tensors do not fit into an arena of {limit_bytes:,} bytes, even with layers done row by row",
            on=model.name,
            expected=f"--max-arena of at least {found[1].peak_bytes}",
        )
    return found


def _within_budget(graph: Graph, views: Sequence[OpView], target: Target, choice: Choice) -> Planned:
    """Steps and plan; where the scratch memory of fast kernels makes the arena larger than TFLM's, layers get slower ones: those
    of the same instruction set that need little of it, of the next one, at last portable ones, with small tiles, with none.

    First the layers at whose time too much is needed; if that does not do (gaps between blocks), all that want scratch memory.
    """
    lowered = tuple(choice.lower(view, target) for view in views)
    steps, plan = plan_merged(graph, views, lowered, target, choice)
    limit_bytes = tflm_arena_bytes(graph)
    frugal = replace(target, little_scratch=True)
    slower_targets = [replace(frugal, instruction_set=variant) for variant in target.variants[1:]]
    slower_targets += [replace(target, instruction_set="portable", tile_pixels=pixels) for pixels in (1, 0)]
    for slower, everywhere in ((frugal, False), *itertools.product(slower_targets, (False, True))):
        if plan.peak_bytes <= limit_bytes:
            break
        crowded = range(len(steps)) if everywhere else crowded_steps(plan, len(steps), limit_bytes)
        greedy = {op.index for number in crowded if steps[number].scratch_bytes for op in (steps[number].op, *steps[number].merged)}
        lowered = tuple(
            choice.lower(view, slower) if view.op.index in greedy and not choice.fixes(view) else step
            for view, step in zip(views, lowered, strict=True)
        )
        steps, plan = plan_merged(graph, views, lowered, target, choice)
    return steps, plan
