"""Estimated cycles: the instructions that ran, weighted with what the core's manual says they cost.

Instructions are not cycles: a load costs more than an addition, a taken branch refills the pipeline.  Costs are those of memory
without wait states.  Sources:

- Cortex-M4: Technical Reference Manual r0p1 (ARM 100166), table 3-1, and its section on load and store timings.
- Cortex-M3: Technical Reference Manual r2p1 (ARM DDI 0337I), table 3-1 and section 3.3.2: as the M4, but for multiplications.
- Cortex-M0: Technical Reference Manual (ARM DDI 0432C), table 3-1, with the single-cycle multiplier.

Not seen: wait states of flash (an accelerator hides them only in straight code), unaligned accesses, bus contention, data-dependent
division.  Pipeline refills are 1 to 3 cycles; 2 are taken.  Cores that issue two instructions at a time (M7, M55) have no model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mcu_toolkit.measure.executions import BlockCount, Trace
from mcu_toolkit.measure.listing import Instruction, Listing

_REFILL = 2
_CONDITIONS = "eq|ne|cs|cc|hs|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le"
_BRANCH = re.compile(rf"^(b({_CONDITIONS})?|bl|bx|blx|cbz|cbnz)$")
_SINGLE = re.compile(rf"^(ldr|str)(s?[bh])?({_CONDITIONS})?$")
_MULTIPLE = re.compile(rf"^(ldm|stm|ldmia|stmia|ldmdb|stmdb|push|pop|vldmia|vstmia|vpush|vpop)({_CONDITIONS})?$")
_FIXED = tuple(
    (re.compile(pattern), cycles)
    for pattern, cycles in (
        (rf"^(ldrd|strd)({_CONDITIONS})?$", 3),
        (r"^tb[bh]$", 2 + _REFILL),
        (r"^[su]div$", 12),  # 2 to 12, by the operands
        (r"^v(div|sqrt)\.f32$", 14),
        (r"^(vldr|vstr|mrs|msr)$", 2),
        (r"^v(n?mla|n?mls|fma|fms)", 3),
    )
)
"""Instructions with the same cost wherever they stand; the others take one cycle, or are multiplications."""
_REGISTER = re.compile(r"\b(r\d+|sl|fp|ip|sp|lr|pc|s\d+|d\d+)\b")


@dataclass(frozen=True)
class CycleEstimate:
    """What one inference executes, and what that costs by estimate."""

    instructions: float
    cycles: float
    by_function: Mapping[str, tuple[float, float]]
    """(instructions, cycles) of every function, the dearest first."""


@dataclass(frozen=True)
class CostModel:
    """What a core's manual says; cycles."""

    store: int
    """With an immediate offset."""
    taken: int
    """A branch that is taken."""
    call: int
    pipelined: bool
    """A load directly behind a load takes a cycle less."""
    multiply: Callable[[str], int]


def _multiply_m3(mnemonic: str) -> int:
    """Early-terminating long multiplications take 3 to 7; the middle is taken."""
    return {"mla": 2, "mls": 2, "smull": 4, "umull": 4, "smlal": 5, "umlal": 5}.get(mnemonic, 1)


_MODELS = {
    "cortex-m0": CostModel(store=2, taken=3, call=4, pipelined=False, multiply=lambda _: 1),
    "cortex-m3": CostModel(store=1, taken=1 + _REFILL, call=1 + _REFILL, pipelined=True, multiply=_multiply_m3),
    "cortex-m4": CostModel(store=1, taken=1 + _REFILL, call=1 + _REFILL, pipelined=True, multiply=lambda _: 1),
}
_MODELS["cortex-m4f"] = _MODELS["cortex-m4"]


def has_cost_model(core: str) -> bool:
    """True for cores whose manual gives every instruction's cycles."""
    return core in _MODELS


def estimate(trace: Trace, listing: Listing, core: str) -> CycleEstimate:
    """The cost of one of `trace.runs` inferences on `core`; raises KeyError for a core without a model."""
    model = _MODELS[core]
    instructions, cycles = Counter[str](), Counter[str]()
    for block in trace.blocks:
        for instruction, cost in _costs(block, listing, model):
            instructions[instruction.function] += block.count
            cycles[instruction.function] += cost
    runs = max(1, trace.runs)
    by_function = {name: (instructions[name] / runs, total / runs) for name, total in cycles.most_common()}
    return CycleEstimate(instructions.total() / runs, cycles.total() / runs, by_function)


def _costs(block: BlockCount, listing: Listing, model: CostModel) -> Iterator[tuple[Instruction, int]]:
    """Every instruction of a block with the cycles of all its runs."""
    before: Instruction | None = None
    for instruction in listing.block(block.first, block.end):
        if _BRANCH.match(instruction.mnemonic):
            taken = model.call if instruction.mnemonic in {"bl", "blx"} else model.taken
            yield instruction, taken * block.taken + (block.count - block.taken)
        else:
            yield instruction, block.count * instruction_cycles(instruction, before, model)
        before = instruction


def instruction_cycles(instruction: Instruction, before: Instruction | None, model: CostModel) -> int:
    """One run of an instruction that is no plain branch; `before` ran directly before it (None: unknown)."""
    if _SINGLE.match(instruction.mnemonic):
        return _single_access(instruction, before, model)
    if _MULTIPLE.match(instruction.mnemonic):
        return 1 + _list_length(instruction.operands) + (_REFILL if "pc" in instruction.operands else 0)
    for pattern, cycles in _FIXED:
        if pattern.match(instruction.mnemonic):
            return cycles
    return model.multiply(instruction.mnemonic)


def _single_access(instruction: Instruction, before: Instruction | None, model: CostModel) -> int:
    target, _, address = instruction.operands.partition(",")
    if target == "pc":
        return 2 + 1 + _REFILL
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
