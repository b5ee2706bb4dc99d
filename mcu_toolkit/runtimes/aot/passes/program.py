"""What goes through the passes: a model and how far it is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mcu_toolkit.model import Graph, Model
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.memory.planner import ArenaPlan
from mcu_toolkit.runtimes.aot.memory.state import StatePlan
from mcu_toolkit.runtimes.aot.passes.kernel_choice import DEFAULT, Choice


@dataclass(frozen=True)
class SteppedDown:
    """A layer that got another kernel variant than its fastest one, because there is no memory for that."""

    layer: int
    operator: str
    fastest: str
    variant: str
    saved_bytes: int
    """Of scratch memory."""

    def __str__(self) -> str:
        """For people: `layer 3 CONV_2D: dsp one window instead of dsp, 5,600 bytes less scratch memory`."""
        less = f"{self.saved_bytes:,} bytes less scratch memory"
        return f"layer {self.layer} {self.operator}: {self.variant} instead of {self.fastest}, {less}"


@dataclass(frozen=True)
class Program:
    """A model on its way to C.  A pass gives another one; what it has not reached yet is empty."""

    model: Model
    """As the firmware knows it: `fold_constants` takes operators out of it."""
    graph: Graph
    """What is lowered: the model's first graph; `unpack_int4` gives it other constants."""
    choice: Choice = DEFAULT
    """Kernel variants that are set from outside (tests prove each of them)."""
    folded_operators: int = 0
    """Of the file, that were computed when it was compiled."""
    kept_channels: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """By tensor: the channels (of the last dimension) that `graph` has of it, for tensors that lost some."""
    dead_channels: Mapping[int, int] = field(default_factory=dict)
    """By operator: how many of its channels have the same output for every input."""
    stepped_down: tuple[SteppedDown, ...] = ()
    """Layers that got a way with less scratch memory (`fit_to_budget`)."""
    lowered: tuple[LoweredOperator, ...] = ()
    """One for each operator of `graph`, in its order."""
    operators: tuple[LoweredOperator, ...] = ()
    """In the order in which they run: some of `lowered` may be fused, or joined to cascades."""
    plan: ArenaPlan | None = None
    """Where the tensors of `operators` lie; every pass that changes those plans again, since the next one decides by its size."""
    state: StatePlan | None = None

    @classmethod
    def of(cls, model: Model, choice: Choice = DEFAULT) -> Program:
        """Before the first pass."""
        return cls(model, model.main, choice)

    @property
    def views(self) -> tuple[OpView, ...]:
        """The operators of `graph`."""
        return tuple(OpView(self.graph, op, self.model.graphs) for op in self.graph.ops)

    @property
    def peak_bytes(self) -> int:
        """The arena's size; only after `fuse`, which makes the first plan."""
        assert self.plan is not None, "there is a plan only after fuse"
        return self.plan.peak_bytes

    def running(self, operators: tuple[LoweredOperator, ...], plan: ArenaPlan) -> Program:
        """The same with other operators and their plan."""
        return replace(self, operators=operators, plan=plan)
