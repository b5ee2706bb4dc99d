"""A compiled model as the texts and numbers that the templates models.c.j2, model.h.j2 and inference.c.j2 put in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import names_in_keras
from mcu_toolkit.model import DType, Tensor, input_names, output_names, resets_first
from mcu_toolkit.runtimes.aot.compiler import CompiledModel
from mcu_toolkit.runtimes.aot.emit.c_printer import Places, Printer, parameter_list
from mcu_toolkit.runtimes.aot.emit.model_text import Address, Arena, LayerText, ModelText, PortText
from mcu_toolkit.runtimes.aot.emit.plan_text import plan_lines
from mcu_toolkit.runtimes.aot.ir.c_text import C_POINTER_TYPES, C_TYPES, c_array, c_filled, c_float, c_tensor_name
from mcu_toolkit.runtimes.aot.ir.c_tree import Call, Input, Node, Output, Scratch, State, Table, nodes
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator, MacroFunction, SharedFunction
from mcu_toolkit.runtimes.aot.memory.state import StateBlock
from mcu_toolkit.system.sinks import c_comment

_QUANTIZED = (DType.INT8, DType.UINT8, DType.INT16)
"""Element types whose real values a scale and a zero point give."""


def model_text(compiled: CompiledModel, arena: Arena, kernels_prefix: str) -> ModelText:
    """The texts of one model; `kernels_prefix`: what the names of its kernel classes' functions begin with."""
    return _Writer(compiled, arena, kernels_prefix).write()


class _Writer:
    """Gives every tensor, constant and record its C expression, then fills the steps in."""

    def __init__(self, compiled: CompiledModel, arena: Arena, kernels_prefix: str) -> None:
        self._compiled = compiled
        self._arena = arena
        self._kernels_prefix = kernels_prefix
        self._graph = compiled.model.main
        self._prefix = compiled.prefix
        self._constant_tensors: dict[int, str] = {}
        """Constants that kernels (or outputs) read as tensors: index -> name of the array."""
        self._arrays: list[str] = []
        self._weights_bytes = 0
        self._layer_constants: list[tuple[int, str, int]] = []
        self._memories: set[str] = set()
        """Which of the arena and the state calls of kernels refer to."""
        section = compiled.target.constants_section
        self._storage = f'static const __attribute__((section("{section}")))' if section else "static const"
        """Of constants: with the section that keeps them in flash, where there is one."""

    def write(self) -> ModelText:
        steps = self._compiled.steps
        layers = tuple(self._layer(number, step) for number, step in enumerate(steps))
        model = self._compiled.model
        in_keras = names_in_keras(model)
        inputs = self._ports(self._graph.inputs, input_names(model), in_keras.inputs)
        outputs = self._ports(self._graph.outputs, output_names(model), in_keras.outputs)
        functions = {function.name: function for step in steps for function in step.functions}
        reset = tuple(self._reset(block) for block in self._compiled.state.blocks)
        return ModelText(
            prefix=self._prefix,
            guard=self._prefix.upper(),
            title=c_comment(model.name),
            identity=f"0x{model.sha256[:8]}",
            arena=self._arena,
            sha256_bytes=_hash_bytes(model.sha256),
            headers=tuple(sorted({header for step in steps for header in step.headers})),
            functions=tuple((name, self._function(function)) for name, function in sorted(functions.items())),
            constants=tuple(self._arrays),
            layers=layers,
            uses_arena="arena" in self._memories,
            uses_state="state" in self._memories,
            inputs=inputs,
            outputs=outputs,
            layer_count=len(steps),
            arena_bytes=self._compiled.plan.peak_bytes,
            lower_bound_bytes=self._compiled.plan.lower_bound_bytes,
            macs=self._compiled.macs,
            weights_bytes=self._weights_bytes,
            kernels=self._compiled.target.instruction_set,
            state_bytes=self._compiled.state.size_bytes,
            layer_constants=tuple(self._layer_constants),
            reset=reset,
            remembers=bool(reset) and not resets_first(model),
            plan=plan_lines(self._compiled),
        )

    def _layer(self, number: int, step: LoweredOperator) -> LayerText:
        tables = self._tables_of(step)
        addresses = self._addresses_of(number, step)
        layer = f"{self._prefix}_layer_{step.op.index}"
        constants = Printer(Places(layer, self._kernels_prefix, tables))  # which point to no memory: every context has its own
        printer = Printer(Places(layer, self._kernels_prefix, {**tables, **self._pointers(step, addresses)}))
        for name, record in (*([("", step.layer)] if step.layer is not None else []), *step.records):
            self._arrays.append(self._record(record, f"{layer}_{name}" if name else layer, constants))
        call = () if self._is_in_place(step) else step.call
        sizes = {tensor: self._compiled.size_bytes(tensor) for tensor in step.outputs}
        observed = tuple((step.op.index, tensor, self._address(tensor).in_layers, size_bytes) for tensor, size_bytes in sizes.items())
        memories = {addresses[node].memory for node in nodes(*call) if node in addresses}
        self._memories.update(memory for memory in memories if memory != "constant")
        return LayerText(step.op.index, tuple(self._comment(step)), printer.statements(call).lstrip(), observed)

    def _addresses_of(self, number: int, step: LoweredOperator) -> dict[Node, Address]:
        """Where tensors, scratch memory and state of a step lie."""
        state = self._compiled.state
        found: dict[Node, Address] = {Input(i): self._address(tensor) for i, tensor in enumerate(step.inputs) if tensor >= 0}
        found |= {Output(i): self._address(tensor) for i, tensor in enumerate(step.outputs)}
        if step.scratch_bytes:
            found[Scratch()] = Address("arena", self._compiled.plan.scratch_offset(number))
        return found | {State(i): _state(state.slots[slot.key]) for i, slot in enumerate(step.state)}

    def _pointers(self, step: LoweredOperator, addresses: Mapping[Node, Address]) -> dict[Node, str]:
        """The same as C: typed pointers to tensors, plain ones to the rest."""
        return {
            node: self._pointer(step.inputs[node.position], address, const=step.inputs[node.position] not in self._compiled.state.tensors)
            if isinstance(node, Input)
            else self._pointer(step.outputs[node.position], address, const=False)
            if isinstance(node, Output)
            else _placed(address)
            for node, address in addresses.items()
        }

    def _function(self, function: SharedFunction | MacroFunction) -> str:
        """The definition of a kernel class's function."""
        printer, name = Printer(Places("", self._kernels_prefix, {})), f"{self._kernels_prefix}_{function.name}"
        if isinstance(function, MacroFunction):
            return c_filled(printer.pieces(Call(function.macro, (name, *function.arguments))), "")
        head = c_filled(parameter_list(f"static void {name}", function.parameters, " {"), "")
        return f"{head}\n{printer.statements(function.body)}\n}}"

    def _is_in_place(self, step: LoweredOperator) -> bool:
        return step.must_alias and self._address(step.inputs[0]) == self._address(step.outputs[0])

    def _tables_of(self, step: LoweredOperator) -> dict[Node, str]:
        names: dict[Node, str] = {}
        for constant in step.constants:
            name = f"{self._prefix}_k_{constant.what}_{step.op.index}"
            self._array(name, constant.array, f"layer {step.op.index} {step.op.name}: {constant.comment}")
            self._layer_constants.append((step.op.index, name, constant.array.nbytes))
            names[Table(constant.what)] = name
        return names

    def _array(self, name: str, array: npt.NDArray[Any], comment: str) -> None:
        self._arrays.append(c_array(name, array, comment, self._storage))
        self._weights_bytes += array.nbytes

    def _record(self, record: LayerRecord, name: str, printer: Printer) -> str:
        label = "/* {} */" if record.is_array else ".{} ="  # named, so that a reordered field cannot compile silently
        fields = ",\n".join(printer.field(label.format(field), value) for field, value in record.fields)
        brackets = "[]" if record.is_array else ""
        return f"{self._storage} {record.c_type} {name}{brackets} = {{\n{fields},\n}};"

    def _comment(self, step: LoweredOperator) -> Iterator[str]:
        tensors = self._graph.tensors
        name = c_tensor_name(tensors[step.outputs[0]].name) if step.outputs else ""
        numbers = " + ".join(str(op.index) for op in (*step.merged, step.op))
        names = " + ".join(op.name for op in (*step.merged, step.op))
        yield f"{numbers}: {names}, {step.kernel or 'no kernel'}" + (f": {name}" if name else "")
        shapes = " + ".join(self._described(i) for i in step.inputs if i >= 0)
        results = " + ".join(self._described(i) for i in step.outputs)
        if shapes or results:
            yield f"{shapes} -> {results or 'state'}".strip() + (f", {step.macs:,} MACs" if step.macs else "")

    def _described(self, tensor: int) -> str:
        """Element type and shape; of a tensor that lost channels, how many it has left."""
        kept = self._compiled.kept_channels.get(tensor)
        return _describe(self._graph.tensors[tensor]) + (f" ({len(kept)} channels kept)" if kept is not None else "")

    def _address(self, tensor: int) -> Address:
        found = self._graph.tensors[tensor]
        if tensor in self._compiled.state.tensors:
            return _state(self._compiled.state.tensors[tensor])
        if found.data is None:
            return Address("arena", self._compiled.plan.tensor_offset(tensor))
        if tensor not in self._constant_tensors:
            name = f"{self._prefix}_k_tensor_{tensor}"
            self._array(name, found.data, f"tensor {tensor} {c_tensor_name(found.name)}: read as it is")
            self._constant_tensors[tensor] = name
        return Address("constant", name=self._constant_tensors[tensor])

    def _reset(self, block: StateBlock) -> str:
        comment = f" /* {c_tensor_name(block.name)} */"
        if block.values is None:
            return f"memset({_state(block).in_layers}, {block.fill}, {block.size_bytes});{comment}"
        name = f"{self._prefix}_k_initial_{block.offset_bytes}"
        self._array(name, block.values, f"first value of {c_tensor_name(block.name)}")
        return f"memcpy({_state(block).in_layers}, {name}, {block.size_bytes});{comment}"

    def _pointer(self, tensor: int, address: Address, *, const: bool) -> str:
        qualifier = "const " if const else ""
        c_type = C_POINTER_TYPES.get(self._graph.tensors[tensor].dtype.name.lower(), "void")
        # Larger elements by way of void: the arena is aligned, which -Wcast-align cannot know.
        way = "" if c_type in ("int8_t", "uint8_t") else f"({qualifier}void *)"
        return f"({qualifier}{c_type} *){way}{_placed(address)}"

    def _ports(self, tensors: Sequence[int], names: Sequence[str], keras_names: Sequence[str | None]) -> tuple[PortText, ...]:
        ports = zip(tensors, names, keras_names, strict=True)
        return tuple(self._port(number, *port) for number, port in enumerate(ports))

    def _port(self, number: int, tensor_index: int, name: str, keras_name: str | None) -> PortText:
        tensor = self._graph.tensors[tensor_index]
        quantization, address = tensor.quantization, self._address(tensor_index)
        in_keras = "" if keras_name in (None, name) else f" (in Keras {c_tensor_name(keras_name or '')})"
        return PortText(
            index=number,
            name=name,
            comment=f"{c_tensor_name(name)}{in_keras}: {_describe(tensor)}",
            static_address=address.within(self._arena.name, f"((const uint8_t *){self._prefix}_state)"),
            context_address=address.within("context->arena", "((const uint8_t *)context->state)"),
            c_type=C_TYPES[tensor.dtype.numpy.name],
            dtype=int(tensor.dtype),
            dims=tensor.shape,
            elements=tensor.elements,
            size_bytes=tensor.size_bytes,
            scale=c_float(quantization.scale) if quantization else "0.0f",
            zero_point=quantization.zero_point if quantization else 0,
            limits=_limits(tensor),
        )


def _placed(address: Address) -> str:
    """An address as a kernel is handed it; see aot_place() of kernels/aot.h."""
    return address.name if address.memory == "constant" else f"aot_place({address.in_layers})"


def _hash_bytes(sha256: str) -> str:
    values = [f"0x{byte:02x}" for byte in bytes.fromhex(sha256)]
    return c_filled([*(f"{value}," for value in values[:-1]), values[-1]], "    ")


def _state(block: StateBlock) -> Address:
    return Address("state", block.offset_bytes)


def _limits(tensor: Tensor) -> tuple[int, int] | None:
    quantization = tensor.quantization
    if quantization is None or quantization.per_channel or quantization.scale <= 0 or tensor.dtype not in _QUANTIZED:
        return None
    limits = np.iinfo(tensor.dtype.numpy)
    return int(limits.min), int(limits.max)


def _describe(tensor: Tensor) -> str:
    return f"{tensor.dtype.name.lower()}[{','.join(map(str, tensor.shape))}]"
