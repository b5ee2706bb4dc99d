"""Estimated cycles: the instructions that ran, weighted with what the core's manual says they cost.

Instructions are not cycles: a load costs more than an addition, a taken branch refills the pipeline.  Costs are those of memory
without wait states.  What differs from core to core is in boards/core_cycles.py, with the manuals, and how far silicon is from that.

Not seen: wait states of flash (an accelerator hides them only in straight code), unaligned accesses, bus contention, data-dependent
division.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcu_toolkit.boards.core_cycles import InstructionCosts
from mcu_toolkit.boards.core_table import CORES
from mcu_toolkit.execution_counts.executions import BlockCount, Trace
from mcu_toolkit.execution_counts.listing import Instruction, Listing

_CONDITIONS = "eq|ne|cs|cc|hs|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le"
_BRANCH = re.compile(rf"^(b({_CONDITIONS})?|bl|bx|blx|cbz|cbnz)$")
_SINGLE = re.compile(rf"^(ldr|str)(s?[bh])?({_CONDITIONS})?$")
_MULTIPLE = re.compile(rf"^(ldm|stm|ldmia|stmia|ldmdb|stmdb|push|pop|vldmia|vstmia|vpush|vpop)({_CONDITIONS})?$")
_DIVISION = re.compile(r"^[su]div$")
_TABLE_BRANCH = re.compile(r"^tb[bh]$")
_FIXED = tuple(
    (re.compile(pattern), cycles)
    for pattern, cycles in (
        (rf"^(ldrd|strd)({_CONDITIONS})?$", 3),
        (r"^v(div|sqrt)\.f32$", 14),
        (r"^(vldr|vstr|mrs|msr)$", 2),
        (r"^v(n?mla|n?mls|fma|fms)", 3),
    )
)
"""Instructions with the same cost wherever they stand; the others take one cycle, or are multiplications."""
_REGISTER = re.compile(r"\b(r\d+|sl|fp|ip|sp|lr|pc|s\d+|d\d+)\b")


@dataclass(frozen=True)
class Work:
    """What is executed in an inference or in a part of one, and what that costs by estimate."""

    instructions: float
    cycles: float | None
    """None for a core whose manual gives no cycles of single instructions."""
    by_function: Mapping[str, tuple[float, float | None]]
    """(instructions, cycles) of every function, the most expensive first."""
    executed_bytes: Mapping[str, int]
    """Of every function: the bytes of those of its instructions that ran."""


def _costs_of(core: str) -> InstructionCosts | None:
    model = CORES[core].cycles
    return None if model is None else model.instructions


def estimate(trace: Trace, listing: Listing, core: str) -> tuple[Work, ...]:
    """The cost of one of `trace.runs` inferences on `core`, part by part; `total` adds them up."""
    return estimate_by(trace, listing, _costs_of(core))


def estimate_by(trace: Trace, listing: Listing, costs: InstructionCosts | None) -> tuple[Work, ...]:
    """The same with the costs of single instructions that are given, such as the least that a manual allows; None: only counted."""
    return tuple(_work(blocks, listing, costs, max(1, trace.runs)) for blocks in trace.parts)


def _work(blocks: Sequence[BlockCount], listing: Listing, model: InstructionCosts | None, runs: int) -> Work:
    instructions, cycles = Counter[str](), Counter[str]()
    executed: set[Instruction] = set()
    for block in blocks:
        for instruction, cost in _costs(block, listing, model):
            instructions[instruction.function] += block.count
            cycles[instruction.function] += cost
            executed.add(instruction)
    by_function = {name: (count / runs, cycles[name] / runs if model else None) for name, count in instructions.items() if count}
    return Work(instructions.total() / runs, cycles.total() / runs if model else None, _dearest_first(by_function), _bytes(executed))


def _bytes(executed: Iterable[Instruction]) -> dict[str, int]:
    sizes = Counter[str]()
    for instruction in executed:
        sizes[instruction.function] += instruction.size_bytes
    return dict(sizes)


def total(parts: Sequence[Work]) -> Work:
    """The sum of all parts; the bytes are those of the part that has the most of a function."""
    sums: dict[str, tuple[float, float]] = {}
    for part in parts:
        for name, (count, cost) in part.by_function.items():
            before = sums.get(name, (0.0, 0.0))
            sums[name] = (before[0] + count, before[1] + (cost or 0))
    is_estimated = all(part.cycles is not None for part in parts)
    by_function = {name: (count, cost if is_estimated else None) for name, (count, cost) in sums.items()}
    all_cycles = sum(part.cycles or 0 for part in parts) if is_estimated else None
    executed = {name: max(part.executed_bytes.get(name, 0) for part in parts) for name in by_function}
    return Work(sum(part.instructions for part in parts), all_cycles, _dearest_first(by_function), executed)


def _dearest_first(by_function: Mapping[str, tuple[float, float | None]]) -> dict[str, tuple[float, float | None]]:
    return dict(sorted(by_function.items(), key=lambda item: (-(item[1][1] or 0), -item[1][0], item[0])))


def _costs(block: BlockCount, listing: Listing, model: InstructionCosts | None) -> Iterator[tuple[Instruction, int]]:
    """Every instruction of a block with the cycles of all its runs; 0 without a model."""
    before: Instruction | None = None
    for instruction in listing.block(block.first, block.end):
        if model is None:
            yield instruction, 0
        elif _BRANCH.match(instruction.mnemonic):
            taken = model.call if instruction.mnemonic in {"bl", "blx"} else model.taken
            yield instruction, taken * block.taken + (block.count - block.taken)
        else:
            yield instruction, block.count * instruction_cycles(instruction, before, model)
        before = instruction


def instruction_cycles(instruction: Instruction, before: Instruction | None, model: InstructionCosts) -> int:
    """One run of an instruction that is no plain branch; `before` ran directly before it (None: unknown)."""
    if _SINGLE.match(instruction.mnemonic):
        return _single_access(instruction, before, model)
    if _MULTIPLE.match(instruction.mnemonic):
        return 1 + _list_length(instruction.operands) + (model.refill if "pc" in instruction.operands else 0)
    if _DIVISION.match(instruction.mnemonic):
        return model.division
    if _TABLE_BRANCH.match(instruction.mnemonic):
        return 2 + model.refill
    for pattern, cycles in _FIXED:
        if pattern.match(instruction.mnemonic):
            return cycles
    return model.multiplications.get(instruction.mnemonic, 1)


def _single_access(instruction: Instruction, before: Instruction | None, model: InstructionCosts) -> int:
    target, _, address = instruction.operands.partition(",")
    if target == "pc":
        return 2 + 1 + model.refill
    is_store = instruction.mnemonic.startswith("str")
    by_register = len(_REGISTER.findall(address)) > 1
    cycles = model.store if is_store and not by_register else 2
    if before is None or not model.pipelined:
        return cycles
    made = before.operands.partition(",")[0]
    depends = re.search(rf"\b{re.escape(made)}\b", address) is not None
    if _is_plain_load(before):
        return cycles if depends or cycles == 1 else cycles - 1
    is_arithmetic = not _SINGLE.match(before.mnemonic) and not before.mnemonic.startswith(("str", "cmp", "tst", "cmn", "it"))
    return cycles + (1 if depends and is_arithmetic else 0)


def _is_plain_load(instruction: Instruction) -> bool:
    """A load that leaves its base register alone."""
    updates = instruction.operands.endswith("!") or "]," in instruction.operands
    return bool(_SINGLE.match(instruction.mnemonic)) and instruction.mnemonic.startswith("ldr") and not updates


def _list_length(operands: str) -> int:
    """Registers between the braces; ranges as objdump writes them are resolved."""
    count = 0
    for part in operands[operands.index("{") + 1 : operands.index("}")].split(","):
        first, _, last = part.strip().partition("-")
        count += int(last[1:]) - int(first[1:]) + 1 if last else 1
    return count
