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
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView


@dataclass(frozen=True)
class Element:
    """What happens to one element of each input.

    `expression` is C of the output's type over `{a}`, `{b}`, `{c}`: the elements of the inputs; it may use `layer`, a pointer to `record`.
    `name` is that of the kernel class: whatever changes `expression` changes it.
    """

    name: str
    expression: str
    headers: tuple[str, ...] = ()
    record: LayerRecord | None = None
    constants: tuple[Constant, ...] = ()
    """Passed to the function as `const <type> *<what>` after the record, for `expression` to use."""


def lower_elementwise(view: OpView, element: Element) -> LoweredOperator:
    """The step of an operator whose inputs broadcast to its output's shape (checked by a constraint)."""
    inputs = [view.input(i) for i in range(len(view.op.inputs))]
    flat = all(tensor.elements == view.output.elements for tensor in inputs)
    pointers = [f"${{in{i}}}" for i in range(len(inputs))]
    arguments = [*(["&${layer}"] if element.record else []), *(f"${{k_{constant.what}}}" for constant in element.constants)]
    constants = element.constants
    if flat:
        function = _flat(element, inputs, view.output)
        arguments += [*pointers, "${out0}", str(view.output.elements)]
    else:
        rows = broadcast_rows(*(tensor.shape for tensor in inputs))
        assert rows is not None
        function = _broadcast(element, inputs, view.output)
        arguments += ["${k_rows}", *pointers, "${out0}"]
        constants = (*constants, Constant("rows", rows, "sizes of the loops; steps of each input"))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"${{prefix}}_{function.name}({', '.join(arguments)});",
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


def _parameters(element: Element, inputs: Sequence[Tensor], output: Tensor, *, rows: bool) -> str:
    parameters = [f"const {element.record.c_type} *layer"] if element.record else []
    parameters += [f"const {C_TYPES[constant.array.dtype.name]} *{constant.what}" for constant in element.constants]
    parameters += ["const int32_t *rows"] if rows else []
    parameters += [f"const {c_pointer(tensor.dtype)} *input{i}" for i, tensor in enumerate(inputs)]
    parameters.append(f"{c_pointer(output.dtype)} *output")
    return ", ".join(parameters if rows else [*parameters, "int32_t count"])


def _flat(element: Element, inputs: Sequence[Tensor], output: Tensor) -> SharedFunction:
    elements = {letter: f"input{i}[i]" for i, letter in zip(range(len(inputs)), ascii_lowercase, strict=False)}
    text = (
        f"static void ${{prefix}}_{element.name}({_parameters(element, inputs, output, rows=False)}) {{\n"
        "    for (int32_t i = 0; i < count; ++i) {\n"
        f"        output[i] = {element.expression.format(**elements)};\n"
        "    }\n"
        "}"
    )
    return SharedFunction(element.name, text)


def _broadcast(element: Element, inputs: Sequence[Tensor], output: Tensor) -> SharedFunction:
    name, letters = f"{element.name}_broadcast", ascii_lowercase[: len(inputs)]
    starts = "".join(
        f"        const {c_pointer(tensor.dtype)} *{letter} = input{i} + row.offset[{i}];\n"
        for i, (letter, tensor) in enumerate(zip(letters, inputs, strict=True))
    )
    steps = "".join(f"            {letter} += row.step[{i}];\n" for i, letter in enumerate(letters))
    text = (
        f"static void ${{prefix}}_{name}({_parameters(element, inputs, output, rows=True)}) {{\n"
        f"    aot_row row = aot_first_row(rows, {len(inputs)});\n"
        "    do {\n"
        f"{starts}"
        "        for (int32_t i = row.length; i > 0; --i) {\n"
        f"            *output++ = {element.expression.format(**{letter: f'*{letter}' for letter in letters})};\n"
        f"{steps}"
        "        }\n"
        f"    }} while (aot_next_row(&row, rows, {len(inputs)}) != 0);\n"
        "}"
    )
    return SharedFunction(name, text)
