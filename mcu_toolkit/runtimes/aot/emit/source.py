"""A compiled model as the texts and numbers that the templates models.c.j2, model.h.j2 and inference.c.j2 put in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from string import Template

import numpy as np

from mcu_toolkit.artifacts.contract import names_in_keras
from mcu_toolkit.model import DType, Tensor, input_names, output_names
from mcu_toolkit.runtimes.aot.compiler import CompiledModel
from mcu_toolkit.runtimes.aot.emit.model_text import Address, Arena, LayerText, ModelText, PortText
from mcu_toolkit.runtimes.aot.emit.plan_text import plan_lines
from mcu_toolkit.runtimes.aot.ir.c_text import C_POINTER_TYPES, C_TYPES, c_array, c_float, c_tensor_name, c_wrapped
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator
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

    def write(self) -> ModelText:
        steps = self._compiled.steps
        layers = tuple(self._layer(number, step) for number, step in enumerate(steps))
        model = self._compiled.model
        in_keras = names_in_keras(model)
        inputs = self._ports(self._graph.inputs, input_names(model), in_keras.inputs)
        outputs = self._ports(self._graph.outputs, output_names(model), in_keras.outputs)
        functions = {function.name: function.text for step in steps for function in step.functions}
        reset = tuple(self._reset(block) for block in self._compiled.state.blocks)
        return ModelText(
            prefix=self._prefix,
            guard=self._prefix.upper(),
            title=c_comment(model.name),
            identity=f"0x{model.sha256[:8]}",
            arena=self._arena,
            sha256_bytes=c_wrapped(", ".join(f"0x{byte:02x}" for byte in bytes.fromhex(model.sha256)), "    "),
            headers=tuple(sorted({header for step in steps for header in step.headers})),
            functions=tuple((name, self._function(text)) for name, text in sorted(functions.items())),
            constants=tuple(self._placed(text) for text in self._arrays),
            layers=layers,
            uses_arena=any("&arena[" in layer.call for layer in layers),
            uses_state=any("&state[" in layer.call for layer in layers),
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
            plan=plan_lines(self._compiled),
        )

    def _placed(self, definition: str) -> str:
        """A `static const` definition in the section that keeps it in flash."""
        section = self._compiled.target.constants_section
        attribute = f'static const __attribute__((section("{section}"))) '
        return re.sub("^static const ", attribute, definition, flags=re.MULTILINE) if section else definition

    def _layer(self, number: int, step: LoweredOperator) -> LayerText:
        names = {"prefix": self._kernels_prefix, **self._constants_of(step), **self._memory(number, step, "{}")}
        if step.layer is not None:
            names["layer"] = f"{self._prefix}_layer_{step.op.index}"
            self._arrays.append(self._record(step.layer, names["layer"], names))
        for record_name, record in step.records:
            names[f"layer_{record_name}"] = f"{self._prefix}_layer_{step.op.index}_{record_name}"
            self._arrays.append(self._record(record, names[f"layer_{record_name}"], names))
        names.update(self._memory(number, step, "aot_place({})"))
        call = "" if self._is_in_place(step) else _statements(Template(step.call).substitute(names))
        sizes = {tensor: self._graph.tensors[tensor].size_bytes for tensor in step.outputs}
        observed = tuple((step.op.index, tensor, self._address(tensor).in_layers, size_bytes) for tensor, size_bytes in sizes.items())
        return LayerText(step.op.index, tuple(self._comment(step)), call, observed)

    def _memory(self, number: int, step: LoweredOperator, place: str) -> dict[str, str]:
        """Typed pointers to the tensors, scratch memory and state of a step; `place`: the form of an address in the arena or the state."""
        state = self._compiled.state
        names = {}
        for position, tensor in enumerate(step.inputs):
            if tensor >= 0:
                names[f"in{position}"] = self._pointer(tensor, place, const=tensor not in state.tensors)
        for position, tensor in enumerate(step.outputs):
            names[f"out{position}"] = self._pointer(tensor, place, const=False)
        if step.scratch_bytes:
            names["scratch"] = place.format(Address("arena", self._compiled.plan.scratch_offset(number)).in_layers)
        return {**names, **{f"state{i}": place.format(_state(state.slots[slot.key]).in_layers) for i, slot in enumerate(step.state)}}

    def _function(self, text: str) -> str:
        lines = Template(text).substitute(prefix=self._kernels_prefix).splitlines()
        return "\n".join(map(_wrapped, lines))

    def _is_in_place(self, step: LoweredOperator) -> bool:
        return step.must_alias and self._address(step.inputs[0]) == self._address(step.outputs[0])

    def _constants_of(self, step: LoweredOperator) -> dict[str, str]:
        names = {}
        for constant in step.constants:
            name = f"{self._prefix}_k_{constant.what}_{step.op.index}"
            self._arrays.append(c_array(name, constant.array, f"layer {step.op.index} {step.op.name}: {constant.comment}"))
            self._weights_bytes += constant.array.nbytes
            self._layer_constants.append((step.op.index, name, constant.array.nbytes))
            names[f"k_{constant.what}"] = name
        return names

    @staticmethod
    def _record(record: LayerRecord, name: str, names: dict[str, str]) -> str:
        label = "/* {} */" if record.is_array else ".{} ="  # named, so that a reordered field cannot compile silently
        fields = ",\n".join(
            f"    {label.format(field)} {c_wrapped(Template(value).substitute(names), '    ')}" for field, value in record.fields
        )
        brackets = "[]" if record.is_array else ""
        return f"static const {record.c_type} {name}{brackets} = {{\n{fields},\n}};"

    def _comment(self, step: LoweredOperator) -> Iterator[str]:
        tensors = self._graph.tensors
        name = c_tensor_name(tensors[step.outputs[0]].name) if step.outputs else ""
        numbers = " + ".join(str(op.index) for op in (*step.merged, step.op))
        names = " + ".join(op.name for op in (*step.merged, step.op))
        yield f"{numbers}: {names}, {step.kernel or 'no kernel'}" + (f": {name}" if name else "")
        shapes = " + ".join(_describe(tensors[i]) for i in step.inputs if i >= 0)
        results = " + ".join(_describe(tensors[i]) for i in step.outputs)
        if shapes or results:
            yield f"{shapes} -> {results or 'state'}".strip() + (f", {step.macs:,} MACs" if step.macs else "")

    def _address(self, tensor: int) -> Address:
        found = self._graph.tensors[tensor]
        if tensor in self._compiled.state.tensors:
            return _state(self._compiled.state.tensors[tensor])
        if found.data is None:
            return Address("arena", self._compiled.plan.tensor_offset(tensor))
        if tensor not in self._constant_tensors:
            name = f"{self._prefix}_k_tensor_{tensor}"
            self._arrays.append(c_array(name, found.data, f"tensor {tensor} {c_tensor_name(found.name)}: read as it is"))
            self._constant_tensors[tensor] = name
            self._weights_bytes += found.data.nbytes
        return Address("constant", name=self._constant_tensors[tensor])

    def _reset(self, block: StateBlock) -> str:
        comment = f" /* {c_tensor_name(block.name)} */"
        if block.values is None:
            return f"memset({_state(block).in_layers}, {block.fill}, {block.size_bytes});{comment}"
        name = f"{self._prefix}_k_initial_{block.offset_bytes}"
        self._arrays.append(c_array(name, block.values, f"first value of {c_tensor_name(block.name)}"))
        self._weights_bytes += block.values.nbytes
        return f"memcpy({_state(block).in_layers}, {name}, {block.size_bytes});{comment}"

    def _pointer(self, tensor: int, place: str, *, const: bool) -> str:
        found, address = self._graph.tensors[tensor], self._address(tensor).in_layers
        qualifier = "const " if const else ""
        c_type = C_POINTER_TYPES.get(found.dtype.name.lower(), "void")
        # Larger elements by way of void: the arena is aligned, which -Wcast-align cannot know.
        way = "" if c_type in ("int8_t", "uint8_t") else f"({qualifier}void *)"
        return f"({qualifier}{c_type} *){way}{place.format(address) if found.data is None else address}"

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


def _statements(text: str) -> str:
    return "\n".join(_wrapped(f"    {line}") for line in text.splitlines()).lstrip()


def _wrapped(line: str) -> str:
    """The line, wrapped under its own indentation."""
    indentation = line[: len(line) - len(line.lstrip())]
    return indentation + c_wrapped(line.lstrip(), indentation)
