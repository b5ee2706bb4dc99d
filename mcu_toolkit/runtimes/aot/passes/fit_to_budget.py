"""The pass that keeps the arena as small as TensorFlow Lite Micro's for the same model, whatever the kernels would like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mcu_toolkit.boards.core_table import INSTRUCTION_SETS
from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import ArenaPlan
from mcu_toolkit.runtimes.aot.ops.registry import ways_of_layer
from mcu_toolkit.runtimes.aot.passes.fuse import fuse
from mcu_toolkit.runtimes.aot.passes.program import Program, SteppedDown
from mcu_toolkit.runtimes.aot.passes.tflm_arena import tflm_arena_bytes


def fit_to_budget(program: Program, target: Target) -> Program:
    """Where the scratch memory of fast kernels makes the arena larger than TFLM's with its kernels for the same core, layers get ways
    that need less of it, slower ones: each layer no slower than it must be, and layers at other times none.

    First the layers at whose time too much is needed; where the blocks do not fit for gaps between them, those beside what lies too high.
    """
    limit_bytes, fastest = tflm_arena_bytes(program.model.main, target.instruction_set), program.lowered
    while program.peak_bytes > limit_bytes:
        lowered = _with_less_scratch(program, target, limit_bytes)
        if _same(lowered, program.lowered):
            break
        program = fuse(replace(program, lowered=lowered), target)
    return replace(program, stepped_down=tuple(_stepped_down(fastest, program.lowered)))


def _stepped_down(before: Sequence[LoweredOperator], after: Sequence[LoweredOperator]) -> Iterator[SteppedDown]:
    for first, last in zip(before, after, strict=True):
        if first is not last:
            yield SteppedDown(last.op.index, last.op.name, first.variant, last.variant, first.scratch_bytes - last.scratch_bytes)


def _with_less_scratch(program: Program, target: Target, limit_bytes: int) -> tuple[LoweredOperator, ...]:
    """`program.lowered`, some of them by other ways; the same where there are none."""
    plan = program.plan
    assert plan is not None
    steps = range(len(program.operators))
    crowded = {step: limit_bytes - plan.bytes_in(step) for step in crowded_steps(plan, len(steps), limit_bytes)}
    found = _changed(program, target, crowded)
    if _same(found, program.lowered):
        found = _changed(program, target, dict.fromkeys(_beside_what_is_too_high(plan, len(steps), limit_bytes), -1))
    return found


def _same(first: Sequence[LoweredOperator], second: Sequence[LoweredOperator]) -> bool:
    return all(one is other for one, other in zip(first, second, strict=True))


def _changed(program: Program, target: Target, missing: dict[int, int]) -> tuple[LoweredOperator, ...]:
    """`missing`: by step, how many bytes there are too few (negative)."""
    wanted = {
        op.index: program.operators[step].scratch_bytes + bytes_
        for step, bytes_ in missing.items()
        for op in (program.operators[step].op, *program.operators[step].merged)
        if program.operators[step].scratch_bytes
    }
    return tuple(
        _slimmer(view, layer, target, wanted[view.op.index])
        if view.op.index in wanted and layer.scratch_bytes and not program.choice.fixes(view)
        else layer
        for view, layer in zip(program.views, program.lowered, strict=True)
    )


def _slimmer(view: OpView, layer: LoweredOperator, target: Target, room_bytes: int) -> LoweredOperator:
    """The fastest way with less scratch memory than `layer` has that needs no more than `room_bytes`; else the next one with less."""
    slimmer = [way for way in _ways(view, target) if way.scratch_bytes < layer.scratch_bytes]
    fitting = [way for way in slimmer if way.scratch_bytes <= room_bytes]
    return next(iter(fitting or slimmer), layer)


def _ways(view: OpView, target: Target) -> Iterator[LoweredOperator]:
    """The fastest first: those of the target, portable ones with a small im2col buffer, with none."""
    yield from (way for _, way in ways_of_layer(view, target))
    for pixels in (1, 0):
        yield from (way for _, way in ways_of_layer(view, replace(target, instruction_set="portable", im2col_pixels=pixels)))


def _beside_what_is_too_high(plan: ArenaPlan, steps: int, limit_bytes: int) -> Iterator[int]:
    """The steps during which a block ends beyond `limit_bytes`."""
    for placed in plan.placed:
        if placed.offset_bytes + placed.block.size_bytes > limit_bytes:
            yield from range(max(placed.block.first, 0), min(placed.block.last + 1, steps))


def default_limit_bytes(graph: Graph, target: Target) -> int | None:
    """What the arena should not exceed if the user names no limit; None where no cascades are made for it."""
    share = INSTRUCTION_SETS[target.instruction_set].arena_share_of_tflm
    return None if share is None else int(share * tflm_arena_bytes(graph))


def crowded_steps(plan: ArenaPlan, steps: int, limit_bytes: int) -> tuple[int, ...]:
    """The steps during which the blocks of `plan` need more than `limit_bytes` at once."""
    return tuple(step for step in range(steps) if plan.bytes_in(step) > limit_bytes)
