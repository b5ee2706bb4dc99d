"""The list of passes, and what `--dump-passes` shows of it."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.mobilenets import mobilenet_v1, stack
from mcu_toolkit.boards import all_boards, load_board
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes.aot.compiler import PASSES, CompiledModel, SharedCompilation, after_each_pass, compile_model
from mcu_toolkit.runtimes.aot.emit.code_parts import code_parts
from mcu_toolkit.runtimes.aot.ir.target import Target, target_of
from mcu_toolkit.runtimes.aot.passes.dump import program_text
from mcu_toolkit.runtimes.aot.passes.program import Program
from tests.runtimes.aot.test_fusing import Block, residual

DSP = Target("dsp")


def block() -> Model:
    made = Block()
    return parse_model(made.builder.build([made.x], residual(made)), "block")


def texts(target: Target) -> dict[str, str]:
    return {one.__name__: program_text(program, one.__name__) for one, program in after_each_pass(block(), target)}


def test_passes_have_names_of_their_own_and_say_what_they_do() -> None:
    names = [one.__name__ for one in PASSES]
    assert len(set(names)) == len(names)
    assert all(one.__doc__ for one in PASSES)


def test_a_pass_leaves_the_program_that_it_is_given_as_it_is() -> None:
    program = Program.of(block())
    for one in PASSES:
        before = dataclasses.replace(program)
        after = one(program, DSP)
        assert program == before
        program = after


def test_the_last_pass_gives_what_is_compiled() -> None:
    *_, (_, last) = after_each_pass(block(), DSP)
    compiled = compile_model(block(), DSP)
    assert last.plan == compiled.plan
    assert [one.call for one in last.operators] == [one.call for one in compiled.steps]


def test_layers_are_seen_to_change_where_a_pass_changes_them() -> None:
    found = texts(DSP)
    assert list(found) == [one.__name__ for one in PASSES]
    assert "dsp into add" not in found["lower"]
    assert "dsp into add" in found["fuse"]
    assert "@" not in found["lower"]
    assert " @0 " in found["fuse"]


def test_a_cascade_is_seen_after_its_pass_and_not_before() -> None:
    found = texts(Target(max_arena_bytes=0))
    assert "rows at a time" not in found["fit_to_budget"]
    assert "rows at a time" in found["cascade"]
    plan = compile_model(block(), Target(max_arena_bytes=0)).plan
    assert f"arena {plan.peak_bytes:,} bytes" in found["cascade"]


@pytest.mark.parametrize("target", [Target(), DSP, Target("mve"), Target(max_arena_bytes=0)])
def test_every_operator_has_a_row_after_every_pass(target: Target) -> None:
    for text in texts(target).values():
        rows = text.split("\n\n")[1].splitlines()[1:]
        numbers = [int(number) for row in rows for number in row.split("  ")[0].split(" + ")]
        assert sorted(numbers) == [op.index for op in block().main.ops]


def content(compiled: CompiledModel) -> tuple[object, ...]:
    """Plan, calls and constants of a compiled model."""
    constants = [constant.array.tobytes() for step in compiled.steps for constant in step.constants]
    return compiled.plan, code_parts(compiled), constants


def test_what_targets_share_is_the_same_as_what_each_of_them_gets_alone() -> None:
    model = parse_model(stack(24, 8, 4), "m")
    shared = SharedCompilation(model)
    targets = [target_of(load_board(board)) for board in ("netduinoplus2", "mps3-an547", "microbit")]
    arenas = set()
    for target in (dataclasses.replace(one, max_arena_bytes=limit) for limit in (None, 0) for one in targets):
        found, alone = shared.compiled(target), compile_model(model, target)
        assert content(found) == content(alone)
        arenas.add(found.plan.peak_bytes)
    assert len(arenas) >= 4, "limits and cores make a difference"


def test_targets_of_the_same_code_differ_in_nothing_that_is_compiled() -> None:
    model = parse_model(mobilenet_v1(24, 0.25), "m")
    groups: dict[Target, list[Target]] = {}
    for board in all_boards():
        groups.setdefault(target_of(board).of_the_same_code(), []).append(target_of(board))
    assert len(groups) < len({target_of(board) for board in all_boards()})
    for representative, members in groups.items():
        expected = content(compile_model(model, representative))
        for target in dict.fromkeys(members):
            assert content(compile_model(model, target)) == expected, target
