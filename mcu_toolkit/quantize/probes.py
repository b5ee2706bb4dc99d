"""Variants of a .tflite graph that make its inside measurable, written with the schema module that comes with LiteRT.

- `observed`: every operator's result is an output.
- `separated`: every operator reads inputs of its own instead of other operators' results, so that each can be fed by itself.
- `signed`: it has a signature, if it had none.
- `disturbed`: an error from an input of its own is added to every operator's result.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import Graph, Model, input_names, output_names

_IDENTIFIER = b"TFL3"


def observed(content: bytes, tensors: Sequence[int]) -> bytes:
    """The model with exactly `tensors` as outputs."""
    model, graph = _open(content)
    graph.outputs = np.asarray(tensors, np.int32)
    return _pack(model)


def separated(content: bytes, parsed: Graph, ops: Sequence[int], constants: Mapping[int, npt.NDArray[np.float32]]) -> bytes:
    """The model with only `ops`, each reading inputs of its own: one for every activation it reads, operator by operator.

    The outputs are those of the operators, in the same order.  `constants` replaces float weights by tensor.
    """
    model, graph = _open(content)
    inputs: list[int] = []
    outputs: list[int] = []
    chosen = []
    for index in ops:
        operator = graph.operators[index]
        wired = [int(tensor) for tensor in operator.inputs]
        for position, tensor in enumerate(wired):
            if tensor >= 0 and not parsed.tensors[tensor].is_constant:
                wired[position] = _clone(graph, tensor, f"feed_{index}_{position}")
                inputs.append(wired[position])
        operator.inputs = np.asarray(wired, np.int32)
        outputs += [int(tensor) for tensor in operator.outputs]
        chosen.append(operator)
    for tensor, values in constants.items():
        _replace_constant(model, graph.tensors[tensor], values)
    graph.operators, graph.inputs, graph.outputs = chosen, np.asarray(inputs, np.int32), np.asarray(outputs, np.int32)
    return _pack(model)


def disturbed(content: bytes, tensors: Sequence[int]) -> bytes:
    """The model with an input more for each of `tensors` (float activations): it is added to what the operator computes."""
    from ai_edge_litert import schema_py_generated as schema

    model, graph = _open(content)
    add = _operator_code(model, schema.BuiltinOperator.ADD)
    renamed: dict[int, int] = {}
    operators: list[Any] = []
    errors: list[tuple[int, int]] = []
    for operator in graph.operators:
        operator.inputs = np.asarray([renamed.get(int(tensor), int(tensor)) for tensor in operator.inputs], np.int32)
        operators.append(operator)
        for tensor in map(int, operator.outputs):
            if tensor in tensors:
                error, total = _clone(graph, tensor, f"error_{tensor}"), _clone(graph, tensor, f"total_{tensor}")
                operators.append(_addition(add, tensor, error, total))
                renamed[tensor] = total
                errors.append((tensor, error))
    by_tensor = dict(errors)
    graph.operators = operators
    graph.inputs = np.asarray([*map(int, graph.inputs), *(by_tensor[tensor] for tensor in tensors)], np.int32)
    graph.outputs = np.asarray([renamed.get(int(tensor), int(tensor)) for tensor in graph.outputs], np.int32)
    return _pack(model)


def signed(parsed: Model) -> bytes:
    """The model with a signature; unchanged where it has one.  ai-edge-quantizer 0.10 needs it to put floats before an output."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(parsed.content, 0))
    if model.signatureDefs:
        return parsed.content
    graph, signature = model.subgraphs[0], schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = b"serving_default", 0
    signature.inputs = [_named(name, tensor) for name, tensor in zip(input_names(parsed), graph.inputs, strict=True)]
    signature.outputs = [_named(name, tensor) for name, tensor in zip(output_names(parsed), graph.outputs, strict=True)]
    model.signatureDefs = [signature]
    return _pack(model)


def _named(name: str, tensor: int) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name.encode(), int(tensor)
    return entry


def _open(content: bytes) -> tuple[Any, Any]:
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    model.signatureDefs, model.metadata, model.metadataBuffer = None, None, None
    return model, model.subgraphs[0]


def _pack(model: Any) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())


def _clone(graph: Any, tensor: int, name: str) -> int:
    """A new activation like `tensor`; returns its index."""
    twin = copy.copy(graph.tensors[tensor])
    twin.name, twin.buffer = name.encode(), 0
    graph.tensors.append(twin)
    return len(graph.tensors) - 1


def _replace_constant(model: Any, tensor: Any, values: npt.NDArray[np.float32]) -> None:
    from ai_edge_litert import schema_py_generated as schema

    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.ascontiguousarray(values, np.float32).tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.buffer = len(model.buffers) - 1


def _operator_code(model: Any, builtin: int) -> int:
    from ai_edge_litert import schema_py_generated as schema

    code = schema.OperatorCodeT()
    code.builtinCode, code.deprecatedBuiltinCode, code.version = builtin, builtin, 1
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1


def _addition(code: int, left: int, right: int, total: int) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    operator = schema.OperatorT()
    operator.opcodeIndex = code
    operator.inputs, operator.outputs = np.asarray([left, right], np.int32), np.asarray([total], np.int32)
    operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.AddOptions, schema.AddOptionsT()
    return operator
