"""The pass that refuses what cannot be compiled: every reason, in the words of the constraints."""

from __future__ import annotations

import difflib

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, Op
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from mcu_toolkit.runtimes.aot.passes.fold_constants import fold
from mcu_toolkit.runtimes.aot.passes.program import Program
from mcu_toolkit.runtimes.aot.passes.remedies import rewrite_of_form, rewrite_of_operator
from mcu_toolkit.runtimes.custom_operators import custom_operator
from mcu_toolkit.runtimes.protocol_limits import check_protocol_limits
from mcu_toolkit.runtimes.structure import check_variable_constants
from mcu_toolkit.runtimes.tensor_order import check_order

_KEEPING_STATE = frozenset({"CIRCULAR_BUFFER"})
"""Operators whose output is their state, which lies outside of the arena."""


def check(program: Program, _target: Target) -> Program:
    """The same; raises UnsupportedModelError that names the first findings, with the change of the model that gets rid of one."""
    findings = check_model(program.model)
    if findings:
        raise UnsupportedModelError(
            f"the aot runtime cannot compile this model: {'; '.join(str(finding) for finding in findings[:8])}"
            + (f"; and {len(findings) - 8} more" if len(findings) > 8 else ""),
            on=program.model.name,
            hint=findings[0].remedy,
        )
    return program


def check_model(model: Model) -> tuple[Incompatibility, ...]:
    """What is wrong with the interface, then at most one finding an operator; empty if the model can be compiled."""
    graph = fold(model.main)
    findings = [*check_protocol_limits(model), *check_variable_constants(model), *check_order(graph, _is_known)]
    for op in graph.ops:
        found = check_operator(OpView(graph, op, model.graphs))
        if found is not None:
            findings.append(found)
    return tuple(findings)


def check_operator(view: OpView) -> Incompatibility | None:
    """The first constraint that the operator breaks."""
    variants = all_operators().get(view.operator)
    if variants is None and view.op.custom_name is not None:
        return _custom(view, view.op.custom_name)
    if variants is None:
        name = view.op.name
        near = difflib.get_close_matches(name, all_operators(), n=3, cutoff=0.7)
        alike = f", such as {', '.join(near)}" if near else ""
        expected = f"one of the {len(all_operators())} that aot compiles (docs/operators.md){alike}"
        return Incompatibility(view.label, f"the operator {name}", expected, rewrite_of_operator(name))
    written = [tensor for tensor in view.outputs if tensor.is_variable and view.operator not in _KEEPING_STATE]
    if written:
        where = f"tensor {written[0].index} '{written[0].name}'"
        found, expected = f"{where}: an output that is marked as a variable", "variables only where an operator keeps its state"
        return Incompatibility(view.label, found, expected, "convert the model again")
    for constraint in variants["portable"].constraints:
        finding = constraint(view)
        if finding is not None:
            return Incompatibility(
                view.label, _describe(finding), " ".join((constraint.__doc__ or "").split()), rewrite_of_form(view.operator, finding.remedy)
            )
    return None


def _is_known(op: Op) -> bool:
    return (op.custom_name or op.name) in all_operators()


def _custom(view: OpView, name: str) -> Incompatibility:
    known = custom_operator(name)
    expected = f"one of the {len(all_operators())} operators that aot compiles (docs/operators.md)"
    return Incompatibility(view.label, f"the custom operator {name}: {known.what}", expected, known.remedy)


def _describe(finding: Finding) -> str:
    if finding.tensor is None:
        return finding.found
    return f"tensor {finding.tensor.index} '{finding.tensor.name}': {finding.found}"
