"""One operator of a model as the compiler looks at it, and what constraints say about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mcu_toolkit.model import Graph, Op, Tensor
from mcu_toolkit.model.schema import BUILTIN_OPERATORS
from mcu_toolkit.runtimes.aot.ir.windows import Axis


@dataclass(frozen=True)
class OpView:
    """One operator with its graph: short ways to its tensors and options."""

    graph: Graph
    op: Op
    graphs: tuple[Graph, ...] = ()
    """All graphs of the model: what CALL_ONCE refers to."""
    rows: Axis | None = None
    """The window's rows where they do not follow from sizes and padding: of a band of a larger image (see cascade/)."""

    def input(self, index: int) -> Tensor:
        """Input `index`; only after a constraint made sure that it is there."""
        return self.graph.tensors[self.op.inputs[index]]

    def optional_input(self, index: int) -> Tensor | None:
        """Input `index`, or None where the model leaves it out."""
        if index >= len(self.op.inputs) or self.op.inputs[index] < 0:
            return None
        return self.graph.tensors[self.op.inputs[index]]

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.graph.tensors[self.op.outputs[0]]

    def option(self, name: str) -> Any:
        """An option of the operator by its name in the schema."""
        return self.op.options[name]

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """All outputs."""
        return tuple(self.graph.tensors[index] for index in self.op.outputs)

    @property
    def operator(self) -> str:
        """The operator's name; that of a custom one is its own, unless it takes the name of a built-in one."""
        name = self.op.custom_name
        return self.op.name if name is None or name in BUILTIN_OPERATORS else name

    @property
    def label(self) -> str:
        """For messages: `op 3 CONV_2D 'conv1/Conv2D'`; the name is that of the output."""
        name = self.graph.tensors[self.op.outputs[0]].name if self.op.outputs else ""
        return f"op {self.op.index} {self.op.name} '{name}'"


@dataclass(frozen=True)
class Finding:
    """What a constraint found to be wrong; the constraint's docstring says what would be right."""

    found: str
    remedy: str
    tensor: Tensor | None = None


Constraint = Callable[[OpView], "Finding | None"]
"""A named predicate.  Its docstring is a sentence for users: it goes into refusals and into the table of operators."""
