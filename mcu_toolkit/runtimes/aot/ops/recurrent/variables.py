"""Resource variables: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE as slots of state.

A variable is known by the container and the name of its handle.  TFLM gives it the zero point (int8) or zeros, until CALL_ONCE or the
first assignment changes it; here a reset gives it what it holds after CALL_ONCE, which must stand before every use.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mcu_toolkit.model import DType, Graph, Tensor
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, State, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, output_is
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator, StateSlot
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target

_RECONVERT = "convert the model again with a current TensorFlow"


def variable_key(graph: Graph, handle: int) -> str | None:
    """The name of the variable behind a tensor of `graph`, None where no VAR_HANDLE made it."""
    for op in graph.ops:
        if op.name == "VAR_HANDLE" and handle in op.outputs:
            return f"variable {op.options['container']!s}/{op.options['shared_name']!s}"
    return None


def assignments(graph: Graph) -> Iterator[tuple[str | None, Tensor]]:
    """Every ASSIGN_VARIABLE of a graph: variable and value."""
    for op in graph.ops:
        if op.name == "ASSIGN_VARIABLE" and len(op.inputs) == 2:
            yield variable_key(graph, op.inputs[0]), graph.tensors[op.inputs[1]]


def variable_slot(view: OpView) -> StateSlot:
    """The slot of the variable whose handle is the operator's first input."""
    key = variable_key(view.graph, view.op.inputs[0])
    assert key is not None
    first, *_ = _values_of(view, key)
    zero_point = first.quantization.zero_point if first.dtype is DType.INT8 and first.quantization else 0
    values = np.full(first.shape, zero_point, first.dtype.numpy)
    for graph in _start_graphs(view):
        values = next((tensor.data for found, tensor in assignments(graph) if found == key and tensor.data is not None), values)
    return StateSlot(key, first.size_bytes, values)


def _values_of(view: OpView, key: str) -> list[Tensor]:
    return [tensor for graph in view.graphs or (view.graph,) for found, tensor in assignments(graph) if found == key]


def _start_graphs(view: OpView) -> Iterator[Graph]:
    """Graphs that CALL_ONCE runs, in order."""
    for op in view.graph.ops:
        if op.name == "CALL_ONCE" and 0 <= op.integer("init_subgraph_index") < len(view.graphs):
            yield view.graphs[op.integer("init_subgraph_index")]


def handle_is_of_this_graph(view: OpView) -> Finding | None:
    """the variable's handle is made by a VAR_HANDLE of the same graph"""
    if variable_key(view.graph, view.op.inputs[0]) is not None:
        return None
    return Finding("a handle from elsewhere", _RECONVERT, view.input(0))


def variable_has_one_type(value: str) -> Constraint:
    """All values that are assigned to the variable are like the tensor that `value` names: `input` 1 or the `output`."""

    def check(view: OpView) -> Finding | None:
        tensor = view.output if value == "output" else view.input(1)
        key = variable_key(view.graph, view.op.inputs[0])
        found = [] if key is None else _values_of(view, key)
        if found and all((other.dtype, other.elements) == (tensor.dtype, tensor.elements) for other in found):
            return None
        return Finding("assignments of another type or size, or none", _RECONVERT, tensor)

    check.__doc__ = "every assignment to the variable, and there is one, has the element type and size of the value"
    return check


def type_has_a_size(view: OpView) -> Finding | None:
    """the value's element type has a fixed size of whole bytes"""
    tensor = view.input(1) if len(view.op.inputs) > 1 else view.output
    try:
        _ = tensor.size_bytes
    except KeyError:
        return Finding(f"the value is {tensor.dtype.name}", "use another element type", tensor)
    return None


def start_graph_only_assigns_constants(view: OpView) -> Finding | None:
    """init_subgraph_index names another graph, in which constants are assigned to variables and nothing else is done"""
    index = view.option("init_subgraph_index")
    if not 0 < index < len(view.graphs):
        return Finding(f"init_subgraph_index = {index}", _RECONVERT)
    graph = view.graphs[index]
    others = [op.name for op in graph.ops if op.name not in ("VAR_HANDLE", "ASSIGN_VARIABLE")]
    if others:
        return Finding(f"{others[0]} in graph {index}", "give variables constant initial values")
    for key, tensor in assignments(graph):
        if key is None or tensor.data is None:
            return Finding(f"a value that is no constant, in graph {index}", "give variables constant initial values", tensor)
    return None


def nothing_is_read_before(view: OpView) -> Finding | None:
    """it stands before every READ_VARIABLE and ASSIGN_VARIABLE"""
    early = [op.name for op in view.graph.ops if op.index < view.op.index and op.name in ("READ_VARIABLE", "ASSIGN_VARIABLE")]
    return Finding(f"it comes after {early[0]}", "initialise variables first") if early else None


def _lower_var_handle(view: OpView, _target: Target) -> LoweredOperator:
    """No memory: operators find the variable through its name."""
    return LoweredOperator(op=view.op, inputs=(), outputs=(), kernel="no code")


VAR_HANDLE = Operator(name="VAR_HANDLE", constraints=(has_tensors((0,)), output_is(DType.RESOURCE)), lower=_lower_var_handle)
"""VAR_HANDLE: names a variable; nothing to do while the model runs."""


def _lower_call_once(view: OpView, _target: Target) -> LoweredOperator:
    """Nothing: the slots of the variables carry the values."""
    return LoweredOperator(op=view.op, inputs=(), outputs=(), kernel="no code, see the reset of the state")


CALL_ONCE = Operator(
    name="CALL_ONCE",
    constraints=(has_tensors((0,), outputs=0), start_graph_only_assigns_constants, nothing_is_read_before),
    lower=_lower_call_once,
)
"""CALL_ONCE: the first values of variables; they become part of resetting the state."""


def _lower_read_variable(view: OpView, _target: Target) -> LoweredOperator:
    """A copy: the variable may be assigned before the last use of what was read."""
    copy = (call("memcpy", Output(), State(), view.output.size_bytes),)
    return LoweredOperator(
        op=view.op, inputs=(), outputs=view.op.outputs, call=copy, state=(variable_slot(view),), kernel="copy from state"
    )


READ_VARIABLE = Operator(
    name="READ_VARIABLE",
    constraints=(has_tensors((1,)), *COMMON, type_has_a_size, handle_is_of_this_graph, variable_has_one_type("output")),
    lower=_lower_read_variable,
)
"""READ_VARIABLE: state to a tensor."""


def _lower_assign_variable(view: OpView, _target: Target) -> LoweredOperator:
    """A copy."""
    copy = (call("memcpy", State(), Input(), view.input(1).size_bytes),)
    return LoweredOperator(
        op=view.op, inputs=view.op.inputs[1:], outputs=(), call=copy, state=(variable_slot(view),), kernel="copy to state"
    )


ASSIGN_VARIABLE = Operator(
    name="ASSIGN_VARIABLE",
    constraints=(has_tensors((2,), outputs=0), *COMMON, type_has_a_size, handle_is_of_this_graph, variable_has_one_type("input")),
    lower=_lower_assign_variable,
)
"""ASSIGN_VARIABLE: a tensor to state."""


OPERATORS = (VAR_HANDLE, CALL_ONCE, READ_VARIABLE, ASSIGN_VARIABLE)
