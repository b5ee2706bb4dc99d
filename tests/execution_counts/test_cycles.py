"""What instructions cost, against the examples and tables of the cores' manuals."""

from __future__ import annotations

import pytest

from mcu_toolkit.execution_counts import BlockCount, Instruction, Listing, Trace, estimate, total


def listing(*code: str) -> Listing:
    """Instructions of 4 bytes from address 0, `mnemonic operands` each."""
    parts = [line.partition(" ") for line in code]
    return Listing({4 * i: Instruction(4 * i, 4, mnemonic, operands, "f") for i, (mnemonic, _, operands) in enumerate(parts)})


def cycles(*code: str, core: str = "cortex-m4", count: int = 1, taken: int = 0) -> float:
    (work,) = estimate(Trace(1, ((BlockCount(0, 4 * len(code), count, taken),),)), listing(*code), core)
    assert work.cycles is not None
    return work.cycles


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # The examples of the M4's manual, "load and store timings".
        (["ldr r0, [r1]", "ldr r1, [r2]"], 3),
        (["ldr r0, [r1, r2]", "str r0, [r3, #20]"], 3),
        (["ldr r0, [r1, r2]", "str r1, [r3, r2]"], 3),
        (["ldr r0, [r1, r5]", "ldr r1, [r2]", "ldr r2, [r3, #4]"], 4),
        # Not pipelined: the address is what was loaded; the base is updated.
        (["ldr r0, [r1]", "ldr r2, [r0]"], 4),
        (["ldr r0, [r1], #4", "ldr r2, [r3]"], 4),
        # An address that was computed just before.
        (["add r0, r1, r2", "ldr r3, [r0]"], 4),
        (["add r0, r1, r2", "ldr r3, [r4]"], 3),
        (["cmp r0, #3", "ldr r3, [r0]"], 3),
        (["str r0, [r1, #8]"], 1),
        (["str r0, [r1, r2]"], 2),
        (["ldr pc, [sp, #20]"], 5),
    ],
)
def test_loads_and_stores_of_the_m4(code: list[str], expected: int) -> None:
    assert cycles(*code) == expected


@pytest.mark.parametrize(
    ("instruction", "core", "expected"),
    [
        ("ldmia r1!, {r4, r5, r6}", "cortex-m4", 4),
        ("ldmia sp!, {r4-r7, pc}", "cortex-m4", 8),
        ("push {r4, lr}", "cortex-m0", 3),
        ("ldrd r2, r3, [r0], #8", "cortex-m4", 3),
        ("smlad r0, r1, r2, r3", "cortex-m4", 1),
        ("smlal r0, r1, r2, r3", "cortex-m4", 1),
        ("smlal r0, r1, r2, r3", "cortex-m3", 5),
        ("mla r0, r1, r2, r3", "cortex-m3", 2),
        ("muls r0, r1", "cortex-m0", 1),
        ("ldr r0, [r1]", "cortex-m0", 2),
        ("str r0, [r1]", "cortex-m0", 2),
        ("sdiv r0, r1, r2", "cortex-m4", 12),
        ("vldr s0, [r1]", "cortex-m4f", 2),
        ("vfma.f32 s0, s1, s2", "cortex-m4f", 3),
        ("adds r0, r1, r2", "cortex-m4", 1),
        ("ldrbne r0, [r1]", "cortex-m4", 2),
    ],
)
def test_single_instructions(instruction: str, core: str, expected: int) -> None:
    assert cycles(instruction, core=core) == expected


def test_a_branch_costs_more_when_it_is_taken() -> None:
    assert cycles("subs r0, #1", "bne 0", count=10, taken=9) == 10 + 9 * 3 + 1
    assert cycles("bl 40 <g>", core="cortex-m0", count=1, taken=1) == 4


def test_counts_are_those_of_one_inference_by_function() -> None:
    code = Listing({**listing("add r0, r1, r2").by_address, 4: Instruction(4, 4, "ldr", "r0, [r1]", "g")})
    found = total(estimate(Trace(2, ((BlockCount(0, 4, 6, 6),), (BlockCount(4, 8, 4, 4),))), code, "cortex-m4"))
    assert (found.instructions, found.cycles) == (5, 7)
    assert dict(found.by_function) == {"g": (2, 4), "f": (3, 3)}
    assert next(iter(found.by_function)) == "g"
    assert found.executed_bytes == {"f": 4, "g": 4}


def test_every_part_has_its_own_counts_and_without_a_model_no_cycles() -> None:
    trace = Trace(1, ((BlockCount(0, 4, 6, 6),), (BlockCount(0, 4, 4, 4),)))
    parts = estimate(trace, listing("add r0, r1, r2"), "cortex-m55")
    assert [part.instructions for part in parts] == [6, 4]
    assert [part.cycles for part in (*parts, total(parts))] == [None, None, None]
    assert total(parts).by_function == {"f": (10, None)}


@pytest.mark.parametrize(("core", "expected"), [("cortex-m0", 8), ("cortex-m0plus", 7), ("cortex-m4", 7)])
def test_a_return_from_the_stack_refills_the_pipeline(core: str, expected: int) -> None:
    assert cycles("pop {r4-r6, pc}", core=core) == expected


@pytest.mark.parametrize("core", ["cortex-m7", "cortex-m33"])
def test_cores_whose_manuals_give_no_costs_count_by_those_of_the_m4(core: str) -> None:
    code = ("ldr r0, [r1]", "ldr r1, [r2]", "smlad r0, r1, r2, r3", "sdiv r0, r1, r2")
    assert cycles(*code, core=core) == cycles(*code, core="cortex-m4")
