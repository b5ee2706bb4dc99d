from __future__ import annotations

import itertools

import hypothesis
import pytest
from hypothesis import strategies as st

from mcu_toolkit.model import DType, Graph, Op, Tensor
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.memory.aliasing import Block
from mcu_toolkit.runtimes.aot.memory.planner import ALIGNMENT_BYTES, ArenaPlan, lower_bound_bytes, place, plan_arena

settings = hypothesis.settings(max_examples=200, derandomize=True, deadline=None, database=None)


@st.composite
def blocks(draw: st.DrawFn) -> list[Block]:
    found = []
    for number in range(draw(st.integers(1, 25))):
        first, steps = draw(st.integers(-1, 12)), draw(st.integers(1, 7))
        sizes = draw(st.lists(st.integers(1, 5000), min_size=steps, max_size=steps)) if draw(st.booleans()) else []
        size_bytes = max(sizes) if sizes else draw(st.integers(1, 5000))
        found.append(Block(size_bytes, first, first + steps - 1, (number,), sizes_bytes=tuple(sizes)))
    return found


def assert_sound(plan: ArenaPlan) -> None:
    for placed in plan.placed:
        assert placed.offset_bytes % ALIGNMENT_BYTES == 0
        assert placed.offset_bytes + placed.block.size_bytes <= plan.peak_bytes
    for a, b in itertools.combinations(plan.placed, 2):
        for at in range(max(a.block.first, b.block.first), min(a.block.last, b.block.last) + 1):
            a_end, b_end = a.offset_bytes + a.block.size_in(at), b.offset_bytes + b.block.size_in(at)
            assert a_end <= b.offset_bytes or b_end <= a.offset_bytes, f"{a} and {b} overlap in step {at}"


@settings
@hypothesis.given(blocks())
def test_blocks_that_live_together_do_not_overlap(drawn: list[Block]) -> None:
    plan = place(drawn)
    assert {p.block for p in plan.placed} == set(drawn)
    assert_sound(plan)


@settings
@hypothesis.given(blocks())
def test_the_lower_bound_is_one(drawn: list[Block]) -> None:
    plan = place(drawn)
    assert lower_bound_bytes(drawn) == plan.lower_bound_bytes <= plan.peak_bytes
    assert plan.peak_bytes <= sum(block.size_bytes + ALIGNMENT_BYTES for block in drawn)


def graph_of(sizes: list[int], outputs: tuple[int, ...], inputs: tuple[int, ...] = (0,)) -> Graph:
    tensors = tuple(Tensor(i, f"t{i}", (size,), DType.INT8) for i, size in enumerate(sizes))
    return Graph("main", tensors, (), inputs, outputs)


def step(number: int, inputs: tuple[int, ...], outputs: tuple[int, ...], **options: object) -> LoweredOperator:
    return LoweredOperator(Op(number, "TEST", inputs, outputs, {}), inputs, outputs, **options)  # type: ignore[arg-type]


def test_a_chain_needs_only_its_largest_pair() -> None:
    graph = graph_of([160, 320, 160, 16], outputs=(3,))
    plan = plan_arena(graph, [step(0, (0,), (1,)), step(1, (1,), (2,)), step(2, (2,), (3,))])
    assert plan.peak_bytes == plan.lower_bound_bytes == 480


def test_an_in_place_operator_takes_over_the_memory_of_an_input_that_dies() -> None:
    graph = graph_of([64, 64], outputs=(1,))
    plan = plan_arena(graph, [step(0, (0,), (1,), in_place=(0,))])
    assert plan.tensor_offset(0) == plan.tensor_offset(1)
    assert plan.peak_bytes == 64


@pytest.mark.parametrize(
    ("steps", "outputs"),
    [
        ([step(0, (0,), (1,), in_place=(0,)), step(1, (0, 1), (2,))], (2,)),
        ([step(0, (0,), (1,), in_place=(0,))], (1, 0)),
    ],
    ids=["read later", "a graph output"],
)
def test_an_in_place_operator_leaves_an_input_alone_that_is_needed(steps: list[LoweredOperator], outputs: tuple[int, ...]) -> None:
    plan = plan_arena(graph_of([64, 64, 64], outputs=outputs), steps)
    assert plan.tensor_offset(0) != plan.tensor_offset(1)
    assert_sound(plan)


def test_an_in_place_output_that_is_larger_gets_memory_of_its_own() -> None:
    plan = plan_arena(graph_of([16, 64], outputs=(1,)), [step(0, (0,), (1,), in_place=(0,))])
    assert plan.peak_bytes == 80


def test_an_output_that_may_grow_takes_over_what_is_only_needed_later() -> None:
    """The image before the first step and the end of the grown tensor are never there at the same time."""
    graph = graph_of([320, 160, 400, 16], outputs=(3,))
    steps = [step(0, (0,), (1,)), step(1, (1,), (2,), in_place=(0,), may_grow=True), step(2, (2,), (3,))]
    plan = plan_arena(graph, steps)
    assert plan.tensor_offset(1) == plan.tensor_offset(2)
    assert_sound(plan)
    assert plan.peak_bytes == 320 + 160
    apart = [step(0, (0,), (1,)), step(1, (1,), (2,), in_place=(0,)), step(2, (2,), (3,))]
    assert plan_arena(graph, apart).peak_bytes == 160 + 400


def test_memory_that_is_no_longer_needed_at_its_end_is_given_away() -> None:
    graph = graph_of([640, 64, 512, 16], outputs=(3,))
    steps = [step(0, (0,), (1,), in_place=(0,)), step(1, (1,), (2,)), step(2, (1, 2), (3,))]
    plan = plan_arena(graph, steps)
    assert plan.tensor_offset(1) == 0
    assert_sound(plan)
    assert plan.peak_bytes == 640


def test_a_view_shares_memory_even_where_the_input_is_read_later() -> None:
    graph = graph_of([64, 64, 64], outputs=(2,))
    plan = plan_arena(graph, [step(0, (0,), (1,), must_alias=True), step(1, (0, 1), (2,))])
    assert plan.tensor_offset(0) == plan.tensor_offset(1) != plan.tensor_offset(2)


def test_what_is_read_through_a_view_later_is_not_overwritten() -> None:
    graph = graph_of([64] * 4, outputs=(3,))
    steps = [step(0, (0,), (1,), must_alias=True), step(1, (1,), (2,), in_place=(0,)), step(2, (0, 2), (3,))]
    plan = plan_arena(graph, steps)
    assert plan.tensor_offset(2) != plan.tensor_offset(0)


def test_scratch_memory_lives_for_one_step() -> None:
    graph = graph_of([64, 64, 64], outputs=(2,))
    plan = plan_arena(graph, [step(0, (0,), (1,), scratch_bytes=100), step(1, (1,), (2,))])
    assert_sound(plan)
    assert plan.scratch_offset(0) >= 0
    with pytest.raises(KeyError):
        plan.scratch_offset(1)
    assert plan.peak_bytes == 64 + 64 + 100


def test_all_inputs_are_there_at_once_and_an_unused_one_too() -> None:
    graph = graph_of([64, 64, 64], outputs=(2,), inputs=(0, 1))
    plan = plan_arena(graph, [step(0, (0,), (2,))])
    assert plan.tensor_offset(0) != plan.tensor_offset(1)


def test_a_constant_has_no_place() -> None:
    plan = plan_arena(graph_of([64, 64], outputs=(1,)), [step(0, (0,), (1,))])
    with pytest.raises(KeyError):
        plan.tensor_offset(7)


def test_the_same_blocks_give_the_same_plan() -> None:
    drawn = [Block(100 + i % 7 * 32, i % 5, i % 5 + i % 3, (i,)) for i in range(30)]
    assert place(drawn) == place(list(drawn))


def test_an_output_may_begin_before_the_input_whose_memory_it_takes_over() -> None:
    tensors = tuple(Tensor(i, f"t{i}", (size,), DType.INT8) for i, size in enumerate((300, 1000, 10)))
    ops = (Op(0, "A", (0,), (1,), {}), Op(1, "B", (1,), (2,), {}))
    graph = Graph("main", tensors, ops, (0,), (2,))
    apart = [LoweredOperator(op, op.inputs, op.outputs) for op in ops]
    led = [LoweredOperator(ops[0], (0,), (1,), leads=((0, 608),)), apart[1]]
    plan = plan_arena(graph, led)
    assert_sound(plan)
    assert plan.tensor_offset(0) - plan.tensor_offset(1) == 608
    assert plan.peak_bytes < 1000 + 300 <= plan_arena(graph, apart).peak_bytes
    kept = Graph("main", tensors, ops, (0,), (2, 0))  # the input is an output too: nothing may be written over it
    assert plan_arena(kept, led).peak_bytes >= 1000 + 300
