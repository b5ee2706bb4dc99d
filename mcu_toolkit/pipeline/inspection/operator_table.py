"""The operators of a model, with their shapes and work: as facts and as a table for `mcu inspect`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mcu_toolkit.model import Graph, Op, Tensor, macs_of

_SHOWN = 80
"""Rows; the JSON has all of them."""


def operators(graph: Graph) -> list[dict[str, Any]]:
    """One record an operator, JSON-ready: index, name, what it reads and writes, multiply-accumulates (null where unknown)."""
    return [_operator(graph, op) for op in graph.ops]


def operator_lines(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """A row an operator: number, name, `inputs -> outputs`, multiply-accumulates, constants; then how often each is used."""
    rows = [(str(op["index"]), op["custom_name"] or op["name"], _signature(op), _work(op["macs"]), _constants(op)) for op in found[:_SHOWN]]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = [
        f"  {index:>{widths[0]}}  {name:<{widths[1]}}  {signature:<{widths[2]}}  {work:>{widths[3]}}  {constants}".rstrip()
        for index, name, signature, work, constants in rows
    ]
    if len(found) > _SHOWN:
        lines.append(f"  ... and {len(found) - _SHOWN} more (--json has them all)")
    counts = Counter(op["custom_name"] or op["name"] for op in found)
    return [*lines, f"  in all: {', '.join(f'{count} {name}' for name, count in counts.most_common())}"] if found else lines


def _operator(graph: Graph, op: Op) -> dict[str, Any]:
    return {
        "index": op.index,
        "name": op.name,
        "custom_name": op.custom_name,
        "inputs": [_tensor(graph.tensors[index]) for index in op.inputs if index >= 0],
        "outputs": [_tensor(graph.tensors[index]) for index in op.outputs if index >= 0],
        "macs": macs_of(graph, op),
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "dtype": tensor.dtype.name.lower(), "shape": list(tensor.shape), "constant": tensor.is_constant}


def _signature(op: Mapping[str, Any]) -> str:
    """`int8[1,49,10,1] -> int8[1,25,5,64]`."""
    inputs = [_short(tensor) for tensor in op["inputs"] if not tensor["constant"]]
    outputs = [_short(tensor) for tensor in op["outputs"]]
    return " ".join([*inputs, "->" if outputs else "", *outputs]).strip()


def _constants(op: Mapping[str, Any]) -> str:
    """`(int8[64,10,4,1] int32[64])`: weights, biases, shapes."""
    found = " ".join(_short(tensor) for tensor in op["inputs"] if tensor["constant"])
    return f"({found})" if found else ""


def _short(tensor: Mapping[str, Any]) -> str:
    return f"{tensor['dtype']}[{','.join(map(str, tensor['shape']))}]"


def _work(macs: int | None) -> str:
    return "MACs unknown" if macs is None else f"{macs:,} MACs" if macs else ""
