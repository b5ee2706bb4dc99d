"""From a model to a compiled one: a list of passes; `emit/` writes it down as C.

Each pass takes a program and the target and gives another program (passes/program.py).  `mcu generate --dump-passes DIR` writes
the program after each of them as text, so that one sees where a layer changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from mcu_toolkit.model import Model, c_identifier
from mcu_toolkit.runtimes.aot.cascade.cascade_pass import cascade
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import ArenaPlan
from mcu_toolkit.runtimes.aot.memory.state import StatePlan
from mcu_toolkit.runtimes.aot.passes.check import check
from mcu_toolkit.runtimes.aot.passes.fit_to_budget import fit_to_budget
from mcu_toolkit.runtimes.aot.passes.fold_constants import fold_constants
from mcu_toolkit.runtimes.aot.passes.fold_dead_channels import fold_dead_channels
from mcu_toolkit.runtimes.aot.passes.fuse import fuse
from mcu_toolkit.runtimes.aot.passes.kernel_choice import DEFAULT, Choice
from mcu_toolkit.runtimes.aot.passes.plain_passes import lower, place_state, unpack_int4
from mcu_toolkit.runtimes.aot.passes.program import Program, SteppedDown
from mcu_toolkit.runtimes.aot.passes.remove_constant_channels import remove_constant_channels

Pass = Callable[[Program, Target], Program]
"""It changes nothing that it is given.  Its name is that of the function, its docstring says what it does."""

_BEFORE_LOWERING: tuple[Pass, ...] = (
    fold_constants,  # operators whose inputs are all constants are computed
    check,  # what cannot be compiled is refused, all of it at once
    unpack_int4,  # INT4 weights get a byte each
    remove_constant_channels,  # channels that are the same for every input leave their tensors
    fold_dead_channels,  # of those that had to stay, weights become zeros
)
"""For every target the same, but for whether operators may be merged."""
_BEFORE_CASCADES: tuple[Pass, ...] = (
    lower,  # every operator becomes the call of a kernel
    fuse,  # a convolution adds its output to another tensor; the arena is planned
    fit_to_budget,  # ways with less scratch memory for the layers that need too much, until the arena is no larger than TFLM's
)
"""The same whatever the arena's limit."""
_LAST: tuple[Pass, ...] = (
    cascade,  # layers together, row by row, until the arena is as small as the target asks
    place_state,  # what lives from one inference to the next
)
PASSES: tuple[Pass, ...] = (*_BEFORE_LOWERING, *_BEFORE_CASCADES, *_LAST)
"""From a model to what `emit/` writes as C."""


@dataclass(frozen=True)
class CompiledModel:
    """A model, lowered and planned.  `prefix` is its name in C: unique among the models of a firmware."""

    model: Model
    prefix: str
    target: Target
    steps: tuple[LoweredOperator, ...]
    plan: ArenaPlan
    state: StatePlan
    choice: Choice = DEFAULT
    folded_operators: int = 0
    """Of the file, that were computed when it was compiled: `model` does not have them."""
    kept_channels: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """By tensor: the channels (of the last dimension) that it has in memory, for tensors that lost some."""

    stepped_down: tuple[SteppedDown, ...] = ()
    """Layers that are slower than they could be, for want of memory."""

    def size_bytes(self, tensor: int) -> int:
        """What a tensor takes in memory: without the channels that it lost."""
        found, kept = self.model.main.tensors[tensor], self.kept_channels.get(tensor)
        return found.size_bytes if kept is None else found.size_bytes // found.shape[-1] * len(kept)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(step.macs for step in self.steps)


def compile_model(model: Model, target: Target, prefix: str | None = None, choice: Choice = DEFAULT) -> CompiledModel:
    """Lower every operator and plan the arena: what all of PASSES give.

    Raises UnsupportedModelError naming what cannot be compiled, all of it; InputError where `choice` names what cannot be done.
    """
    *_, (_, program) = after_each_pass(model, target, choice)
    return _compiled(program, target, prefix or c_identifier(model.name), choice)


class SharedCompilation:
    """Compiles a model for several targets, as `compile_model` does; what they have in common is done once.

    Not for several threads.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._before_lowering: dict[bool, Program] = {}
        self._before_cascades: dict[Target, Program] = {}

    def compiled(self, target: Target) -> CompiledModel:
        """For one target; raises as `compile_model` does."""
        program = self._lowered(replace(target, max_arena_bytes=None))
        for one in _LAST:
            program = one(program, target)
        return _compiled(program, target, c_identifier(self._model.name), DEFAULT)

    def _lowered(self, target: Target) -> Program:
        if target not in self._before_cascades:
            program = self._prepared(target)
            for one in _BEFORE_CASCADES:
                program = one(program, target)
            self._before_cascades[target] = program
        return self._before_cascades[target]

    def _prepared(self, target: Target) -> Program:
        if target.merge not in self._before_lowering:
            program = Program.of(self._model, DEFAULT)
            for one in _BEFORE_LOWERING:
                program = one(program, target)
            self._before_lowering[target.merge] = program
        return self._before_lowering[target.merge]


def _compiled(program: Program, target: Target, prefix: str, choice: Choice) -> CompiledModel:
    assert program.plan is not None
    assert program.state is not None
    return CompiledModel(
        program.model,
        prefix,
        target,
        program.operators,
        program.plan,
        program.state,
        choice,
        program.folded_operators,
        program.kept_channels,
        program.stepped_down,
    )


def after_each_pass(model: Model, target: Target, choice: Choice = DEFAULT) -> Iterator[tuple[Pass, Program]]:
    """Every pass with what it gives, in order; raises as `compile_model` does."""
    program = Program.of(model, choice)
    for one in PASSES:
        program = one(program, target)
        yield one, program
