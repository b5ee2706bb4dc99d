"""The operators of a model, with their shapes and work: as records and as a table for `mcu inspect`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph, Op, Tensor, macs_of

_SHOWN = 80
"""Rows; the JSON has all of them."""


@dataclass(frozen=True)
class TensorSummary:
    """A tensor that an operator reads or writes."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    constant: bool

    def __str__(self) -> str:
        return f"{self.dtype}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True)
class OperatorSummary:
    """An operator of the first graph."""

    index: int
    name: str
    custom_name: str | None
    inputs: tuple[TensorSummary, ...]
    """Without those that are left out."""
    outputs: tuple[TensorSummary, ...]
    macs: int | None
    """Multiply-accumulates; None where they are not known."""

    @property
    def called(self) -> str:
        """The name, of a custom operator its own."""
        return self.custom_name or self.name


def operators(graph: Graph) -> tuple[OperatorSummary, ...]:
    """One record an operator, in their order."""
    return tuple(_operator(graph, op) for op in graph.ops)


def operator_lines(found: Sequence[OperatorSummary]) -> list[str]:
    """A row an operator: number, name, `inputs -> outputs`, multiply-accumulates, constants; then how often each is used."""
    rows = [(str(op.index), op.called, _signature(op), _work(op.macs), _constants(op)) for op in found[:_SHOWN]]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = [
        f"  {index:>{widths[0]}}  {name:<{widths[1]}}  {signature:<{widths[2]}}  {work:>{widths[3]}}  {constants}".rstrip()
        for index, name, signature, work, constants in rows
    ]
    if len(found) > _SHOWN:
        lines.append(f"  ... and {len(found) - _SHOWN} more (--json has them all)")
    counts = Counter(op.called for op in found)
    return [*lines, f"  in all: {', '.join(f'{count} {name}' for name, count in counts.most_common())}"] if found else lines


def _operator(graph: Graph, op: Op) -> OperatorSummary:
    return OperatorSummary(
        index=op.index,
        name=op.name,
        custom_name=op.custom_name,
        inputs=tuple(_tensor(graph.tensors[index]) for index in op.inputs if index >= 0),
        outputs=tuple(_tensor(graph.tensors[index]) for index in op.outputs if index >= 0),
        macs=macs_of(graph, op),
    )


def _tensor(tensor: Tensor) -> TensorSummary:
    return TensorSummary(tensor.name, tensor.dtype.name.lower(), tensor.shape, tensor.is_constant)


def _signature(op: OperatorSummary) -> str:
    """`int8[1,49,10,1] -> int8[1,25,5,64]`."""
    inputs = [str(tensor) for tensor in op.inputs if not tensor.constant]
    outputs = [str(tensor) for tensor in op.outputs]
    return " ".join([*inputs, "->" if outputs else "", *outputs]).strip()


def _constants(op: OperatorSummary) -> str:
    """`(int8[64,10,4,1] int32[64])`: weights, biases, shapes."""
    found = " ".join(str(tensor) for tensor in op.inputs if tensor.constant)
    return f"({found})" if found else ""


def _work(macs: int | None) -> str:
    return "MACs unknown" if macs is None else f"{macs:,} MACs" if macs else ""
