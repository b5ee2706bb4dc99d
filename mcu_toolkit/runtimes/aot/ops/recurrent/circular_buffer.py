"""CIRCULAR_BUFFER, a custom operator of TFLM for models that run over a stream; int8.

Its options are a FlexBuffer, of which the first value counts.
"""

from __future__ import annotations

from mcu_toolkit.model import DType, Graph, Op
from mcu_toolkit.runtimes.aot.ir.c_tree import Branches, Input, Labelled, Output, Prefixed, Return, State, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, activations_are_quantized, has_tensors, input_is, output_is
from mcu_toolkit.runtimes.aot.ir.flexbuffer import read_vector
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator, StateSlot
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.state import is_state


def first_integer(content: bytes) -> int | None:
    """The first value of the map or vector at the root, as the signed 32-bit integer that TFLM reads there; None where there is none."""
    found = read_vector(content)
    return None if found is None else found.values[0]


_NAME = "CIRCULAR_BUFFER"
_RECONVERT = "convert the model again"
_MAX_CYCLES = 2**31 - 1
_ALWAYS_RUN_SLOTS = (5, 13, 25)
_FIFTH_OUTPUT = (2, 96)
"""TFLM knows two streaming models that do not say how often they run: these outputs, and the fifth buffer's, run each time."""


def output_is_a_variable(view: OpView) -> Finding | None:
    """the output is a variable tensor: it keeps its content from one inference to the next"""
    return None if is_state(view.output) else Finding("an output that is no variable", _RECONVERT, view.output)


def shapes_agree(view: OpView) -> Finding | None:
    """the input has the shape [1, 1, width, depth], the output [1, slots, width, depth]"""
    source, result = view.input(0).shape, view.output.shape
    if len(source) == 4 and len(result) == 4 and source[:2] == (1, 1) and result[0] == 1 and source[2:] == result[2:]:
        return None
    return Finding(f"{list(source)} to {list(result)}", _RECONVERT, view.output)


def options_are_readable(view: OpView) -> Finding | None:
    """the options, where there are any, are a FlexBuffer whose first value is the integer cycles_max"""
    options = view.op.custom_options
    if not options or first_integer(options) is not None:
        return None
    return Finding(f"{len(options)} bytes of options", _RECONVERT)


def _lower_circular_buffer(view: OpView, _target: Target) -> LoweredOperator:
    """The buffer is state; the layers behind it are left out where it is not their turn."""
    _, slots, width, depth = view.output.shape
    store = call("aot_circular_buffer", Input(), Output(), Labelled("slots", slots), Labelled("bytes", width * depth))
    cycles = _cycles(view.graph, view.op)
    if cycles == 1:
        return LoweredOperator(view.op, view.op.inputs, view.op.outputs, (store,), headers=("circular_buffer.h",), kernel="circular_buffer")
    due = call("aot_is_due", cast_pointer("aot_int32 *", State()), Labelled("cycles", cycles))
    wait = Branches(((Prefixed("!", due), (Return(),)),))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(store, wait),
        headers=("circular_buffer.h",),
        state=(StateSlot(f"counter of op {view.op.index}", 4),),
        kernel=f"circular_buffer, what follows runs every {cycles} inferences",
    )


def _cycles(graph: Graph, wanted: Op) -> int:
    """How many inferences make one run of what follows the buffer."""
    unknown = 0
    for op in graph.ops:
        if op.custom_name != _NAME:
            continue
        stated = first_integer(op.custom_options) or 0
        if stated <= 0:
            unknown += 1
            _, slots, *rest = graph.tensors[op.outputs[0]].shape
            always = slots in _ALWAYS_RUN_SLOTS or (unknown == 5 and tuple(rest) == _FIFTH_OUTPUT)
            unknown = 0 if always else unknown
            stated = 1 if always else 2
        if op is wanted:
            return min(stated, _MAX_CYCLES)
    raise AssertionError(wanted)


CIRCULAR_BUFFER = Operator(
    name=_NAME,
    constraints=(
        has_tensors((1,)),
        *COMMON,
        input_is(0, "input", DType.INT8),
        output_is(DType.INT8),
        activations_are_quantized,
        output_is_a_variable,
        shapes_agree,
        options_are_readable,
    ),
    lower=_lower_circular_buffer,
)
"""CIRCULAR_BUFFER, a custom operator of TFLM for models that run over a stream; int8."""


OPERATORS = (CIRCULAR_BUFFER,)
