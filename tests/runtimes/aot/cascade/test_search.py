"""Which layers run as cascades for a limit of the arena, and what is refused."""

from __future__ import annotations

import re

import pytest

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot.compiler import CompiledModel, compile_model
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.kernel_choice import Choice
from mcu_toolkit.runtimes.base import RuntimeOptions
from tests.ops.cascade_networks import network
from tests.runtimes.aot.test_fusing import Block, residual

SEEDS = range(12)


def block() -> Model:
    made = Block()
    return parse_model(made.builder.build([made.x], residual(made)), "block")


def smallest(model: Model, instruction_set: str = "portable") -> CompiledModel:
    return compile_model(model, Target(instruction_set, max_arena_bytes=0))  # type: ignore[arg-type]


def groups(compiled: CompiledModel) -> list[tuple[int, ...]]:
    return [(*(op.index for op in step.merged), step.op.index) for step in compiled.steps if step.rows]


@pytest.mark.parametrize("instruction_set", ["portable", "dsp", "mve"])
def test_the_smallest_arena_is_never_above_the_default_one(instruction_set: str) -> None:
    gained = 0
    for seed in SEEDS:
        model = parse_model(network(seed).content, "net")
        default = compile_model(model, Target(instruction_set, merge=True))  # type: ignore[arg-type]
        least = smallest(model, instruction_set)
        assert least.plan.peak_bytes <= default.plan.peak_bytes
        assert least.plan.lower_bound_bytes <= least.plan.peak_bytes
        gained += least.plan.peak_bytes < default.plan.peak_bytes
    assert gained >= len(SEEDS) // 3


def test_every_limit_from_the_smallest_arena_on_is_kept_or_refused_with_a_size_that_is_possible() -> None:
    model = block()
    least_bytes, default_bytes = smallest(model).plan.peak_bytes, compile_model(model, Target()).plan.peak_bytes
    assert least_bytes < default_bytes
    for limit_bytes in range(least_bytes, default_bytes + 16, 16):
        assert compile_model(model, Target(max_arena_bytes=limit_bytes)).plan.peak_bytes <= limit_bytes
    with pytest.raises(UnsupportedModelError, match="do not fit") as caught:
        compile_model(model, Target(max_arena_bytes=least_bytes - 1))
    named = re.search(r"--max-arena of at least (\d+)", str(caught.value))
    assert named is not None
    assert compile_model(model, Target(max_arena_bytes=int(named[1]))).plan.peak_bytes == least_bytes


def test_a_limit_that_is_kept_anyway_changes_nothing() -> None:
    model = block()
    default = compile_model(model, Target())
    assert groups(default) == []
    limited = compile_model(model, Target(max_arena_bytes=default.plan.peak_bytes))
    assert [step.kernel for step in limited.steps] == [step.kernel for step in default.steps]


def test_a_residual_block_is_done_as_one_group_over_its_own_input() -> None:
    compiled = smallest(block())
    step = max(compiled.steps, key=lambda step: len(step.merged))
    assert step.rows
    assert {1, 2} <= {op.index for op in step.merged}
    assert step.in_place or step.leads
    assert compiled.macs == compile_model(block(), Target()).macs


def test_without_merging_no_layers_are_done_together() -> None:
    assert groups(compile_model(block(), Target(merge=False, max_arena_bytes=0))) == []


def test_a_chosen_variant_is_kept_in_a_cascade() -> None:
    model = block()
    compiled = compile_model(model, Target("dsp", max_arena_bytes=0), choice=Choice({1: "portable"}))
    [step] = [step for step in compiled.steps if step.rows and 1 in {op.index for op in (*step.merged, step.op)}]
    assert "at a time: conv_2d 3x3" in step.kernel
    assert "dsp conv_2d" in step.kernel


def test_the_interpreter_refuses_a_limit_of_the_arena() -> None:
    for options in (RuntimeOptions(max_arena_bytes=1000), RuntimeOptions(optimize="ram")):
        with pytest.raises(InputError, match="as large as the model makes it"):
            get_runtime("tflm").configured(options)
