"""Lowering of operators that compute each output element from one element of each input, with broadcasting.

An operator says what happens to one element, as a C expression; here it becomes a function with the loops around it, one for all
layers of the same class: flat where no input is repeated, else over the rows of kernels/broadcast.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir.broadcasting import broadcast_rows
from mcu_toolkit.runtimes.aot.ir.c_text import C_POINTER_TYPES, C_TYPES
from mcu_toolkit.runtimes.aot.ir.c_tree import (
    Assign,
    Binary,
    Block,
    Expression,
    Indexed,
    Input,
    InputElement,
    Kernel,
    Node,
    Output,
    Prefixed,
    Record,
    Table,
    call,
    replaced,
)
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView

A, B = InputElement(0), InputElement(1)
"""The elements of the first two inputs."""


@dataclass(frozen=True)
class Element:
    """What happens to one element of each input.

    `expression` is C of the output's type over the elements of the inputs (`A`, `B`); it may use `layer`, a pointer to
    `record`.
    `name` is that of the kernel class: whatever changes `expression` changes it.
    """

    name: str
    expression: Expression
    headers: tuple[str, ...] = ()
    record: LayerRecord | None = None
    constants: tuple[Constant, ...] = ()
    """Passed to the function as `const <type> *<what>` after the record, for `expression` to use."""


def lower_elementwise(view: OpView, element: Element) -> LoweredOperator:
    """The step of an operator whose inputs broadcast to its output's shape (checked by a constraint)."""
    inputs = [view.input(i) for i in range(len(view.op.inputs))]
    flat = all(tensor.elements == view.output.elements for tensor in inputs)
    pointers = [Input(i) for i in range(len(inputs))]
    arguments: list[Expression] = [Record()] if element.record else []
    arguments += [Table(constant.what) for constant in element.constants]
    constants = element.constants
    if flat:
        function = _flat(element, inputs, view.output)
        arguments += [*pointers, Output(), view.output.elements]
    else:
        rows = broadcast_rows(*(tensor.shape for tensor in inputs))
        assert rows is not None
        function = _broadcast(element, inputs, view.output)
        arguments += [Table("rows"), *pointers, Output()]
        constants = (*constants, Constant("rows", rows, "sizes of the loops; steps of each input"))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call(Kernel(function.name), *arguments),),
        headers=element.headers if flat else (*element.headers, "broadcast.h"),
        constants=constants,
        functions=(function,),
        layer=element.record,
        in_place=positions_in_place(inputs, view.output),
        kernel=function.name,
    )


def positions_in_place(inputs: Sequence[Tensor], output: Tensor) -> tuple[int, ...]:
    """Inputs whose memory the output may take over: read once each, in order, and not smaller than what is written."""
    return tuple(
        position
        for position, tensor in enumerate(inputs)
        if tensor.elements == output.elements and not tensor.is_constant and tensor.dtype.itemsize_bytes >= output.dtype.itemsize_bytes
    )


def c_pointer(dtype: DType) -> str:
    """What a pointer to elements in the arena points to."""
    return C_POINTER_TYPES[dtype.name.lower()]


def _parameters(element: Element, inputs: Sequence[Tensor], output: Tensor, *, rows: bool) -> tuple[str, ...]:
    parameters = [f"const {element.record.c_type} *layer"] if element.record else []
    parameters += [f"const {C_TYPES[constant.array.dtype.name]} *{constant.what}" for constant in element.constants]
    parameters += ["const int32_t *rows"] if rows else []
    parameters += [f"const {c_pointer(tensor.dtype)} *input{i}" for i, tensor in enumerate(inputs)]
    parameters.append(f"{c_pointer(output.dtype)} *output")
    return tuple(parameters if rows else [*parameters, "int32_t count"])


def _of(expression: Expression, elements: Sequence[Node]) -> Expression:
    """`expression` with what reads the elements that it is over: `elements`, one for each input."""

    def change(node: Node) -> Expression:
        return elements[node.position] if isinstance(node, InputElement) else node

    return replaced(expression, change) if isinstance(expression, Node) else expression


def _flat(element: Element, inputs: Sequence[Tensor], output: Tensor) -> SharedFunction:
    elements = [Indexed(f"input{i}", "i") for i in range(len(inputs))]
    loop = Block("for (int32_t i = 0; i < count; ++i)", (Assign("output[i]", _of(element.expression, elements)),))
    return SharedFunction(element.name, _parameters(element, inputs, output, rows=False), (loop,))


def _broadcast(element: Element, inputs: Sequence[Tensor], output: Tensor) -> SharedFunction:
    count, letters = len(inputs), ascii_lowercase[: len(inputs)]
    starts = [
        Assign(f"const {c_pointer(tensor.dtype)} *{letter}", Binary(f"input{i}", "+", f"row.offset[{i}]"))
        for i, (letter, tensor) in enumerate(zip(letters, inputs, strict=True))
    ]
    steps = [Assign(letter, f"row.step[{i}]", "+=") for i, letter in enumerate(letters)]
    store = Assign("*output++", _of(element.expression, [Prefixed("*", letter) for letter in letters]))
    loop = Block("for (int32_t i = row.length; i > 0; --i)", (store, *steps))
    rows = Block("do", (*starts, loop), f"}} while (aot_next_row(&row, rows, {count}) != 0);")
    body = (Assign("aot_row row", call("aot_first_row", "rows", count)), rows)
    return SharedFunction(f"{element.name}_broadcast", _parameters(element, inputs, output, rows=True), body)
