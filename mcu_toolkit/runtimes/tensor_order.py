"""The order of a graph: every tensor is made once, and before it is read.  Memory planners depend on it."""

from __future__ import annotations

from collections.abc import Callable

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.model import Graph, Op


def check_order(graph: Graph, is_known: Callable[[Op], bool]) -> list[Incompatibility]:
    """A finding for every operator that reads what is not there yet, or makes what is there.

    `is_known`: False for operators that are refused anyway.  Nothing is known of what those read: NPU compilers leave operators
    behind that work in memory which nobody makes.
    """
    variables = {tensor.index for tensor in graph.tensors if tensor.is_variable and tensor.data is None}
    made = set(graph.inputs) | variables | {tensor.index for tensor in graph.tensors if tensor.is_constant}
    findings = []
    for op in graph.ops:
        label = f"op {op.index} {op.name}"
        early = [i for i in op.inputs if i >= 0 and i not in made and is_known(op)]
        again = [i for i in op.outputs if i in made - variables or op.outputs.count(i) > 1]
        if early:
            findings.append(Incompatibility(label, f"tensor {early[0]} is read before it is made", "tensors made first", "convert again"))
        if again:
            findings.append(Incompatibility(label, f"tensor {again[0]} is made twice", "tensors made once", "convert again"))
        made.update(i for i in op.outputs if i >= 0)
    never = [i for i in graph.outputs if i not in made]
    if never:
        findings.append(Incompatibility("model", f"output tensor {never[0]} is never made", "outputs that operators make", "convert again"))
    return findings
