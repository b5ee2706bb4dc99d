"""Models that are changed at random in the terms of the format: tensors, operators and ends of the graph, not bytes.

The same seed gives the same model.  `damaged` may do anything; what `varied` does leaves files that converters could have written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

Change = Callable[[Any, np.random.Generator], None]
_TYPES = [
    getattr(schema.TensorType, name)
    for name in ("FLOAT32", "INT8", "INT16", "INT32", "INT64", "UINT8", "BOOL", "INT4", "STRING", "FLOAT16")
]


def unpacked(content: bytes) -> Any:
    """The model as objects that can be changed."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    graph.tensors, graph.operators = list(_or_empty(graph.tensors)), list(_or_empty(graph.operators))
    return model


def packed(model: Any) -> bytes:
    """Such a model as the bytes of a file."""
    packer = flatbuffers.Builder(1024)
    packer.Finish(model.Pack(packer), b"TFL3")
    return bytes(packer.Output())


def _or_empty(values: Any) -> Any:
    return [] if values is None else values


def _pick(random: np.random.Generator, values: Any) -> Any:
    return values[int(random.integers(len(values)))]


def _indices(values: Any) -> list[int]:
    return [int(value) for value in _or_empty(values)]


def _set_shape(model: Any, random: np.random.Generator) -> None:
    tensor = _pick(random, model.subgraphs[0].tensors)
    shape = _indices(tensor.shape)
    way = random.integers(5)
    if way == 0 or not shape:
        shape = [int(size) for size in random.integers(0, 5, random.integers(0, 6))]
    elif way == 1:
        shape[int(random.integers(len(shape)))] = int(_pick(random, [0, 1, 2, 7, 255, 70_000, 2**31 - 1]))
    elif way == 2:
        shape = shape[::-1]
    elif way == 3:
        shape = shape[1:]
    else:
        shape = [1, *shape]
    tensor.shape = np.array(shape, np.int32)


def _set_signature(model: Any, random: np.random.Generator) -> None:
    tensor = _pick(random, model.subgraphs[0].tensors)
    tensor.shapeSignature = np.array([-1, *_indices(tensor.shape)[1:]], np.int32)


def _set_type(model: Any, random: np.random.Generator) -> None:
    _pick(random, model.subgraphs[0].tensors).type = _pick(random, _TYPES)


def _set_variable(model: Any, random: np.random.Generator) -> None:
    _pick(random, model.subgraphs[0].tensors).isVariable = True


def _set_buffer(model: Any, random: np.random.Generator) -> None:
    """Makes constants of activations, activations of constants, and gives one tensor the data of another."""
    _pick(random, model.subgraphs[0].tensors).buffer = int(random.integers(len(model.buffers))) if random.random() < 0.5 else 0


def _set_quantization(model: Any, random: np.random.Generator) -> None:
    tensor = _pick(random, model.subgraphs[0].tensors)
    way = random.integers(4)
    if way == 0 or tensor.quantization is None:
        tensor.quantization = None
        return
    scales = {1: [float(_pick(random, [0.0, -1.0, np.nan, np.inf, 1e-38, 3e38]))], 2: [0.5, 0.25, 0.125], 3: []}[int(way)]
    tensor.quantization.scale = np.array(scales, np.float32)
    tensor.quantization.zeroPoint = np.array([int(_pick(random, [0, -128, 127, 5]))] * len(scales), np.int64)
    tensor.quantization.quantizedDimension = int(random.integers(0, 3))


def _set_operands(model: Any, random: np.random.Generator) -> None:
    graph = model.subgraphs[0]
    if not graph.operators:
        return
    operator = _pick(random, graph.operators)
    name = _pick(random, ["inputs", "outputs"])
    operands = _indices(getattr(operator, name))
    way = random.integers(5)
    if way == 0 and operands:
        operands.pop(int(random.integers(len(operands))))
    elif way == 1:
        operands.append(int(random.integers(len(graph.tensors))))
    elif way == 2 and operands:
        operands[int(random.integers(len(operands)))] = int(random.integers(-1, len(graph.tensors)))
    elif way == 3:
        operands = [int(value) for value in random.permutation(operands)]
    else:
        operands = []
    setattr(operator, name, np.array(operands, np.int32))


def _set_operators(model: Any, random: np.random.Generator) -> None:
    """One twice, one away, two exchanged, or another code for one with the options of the first."""
    graph = model.subgraphs[0]
    operators, way = graph.operators, random.integers(4)
    if not operators:
        return
    if way == 0:
        operators.insert(int(random.integers(len(operators) + 1)), _pick(random, operators))
    elif way == 1:
        operators.pop(int(random.integers(len(operators))))
    elif way == 2:
        operators.reverse()
    else:
        code = _pick(random, model.operatorCodes)
        code.builtinCode = int(random.integers(0, 160))
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)


def _set_options(model: Any, random: np.random.Generator) -> None:
    graph = model.subgraphs[0]
    if not graph.operators:
        return
    operator = _pick(random, graph.operators)
    options = operator.builtinOptions
    if options is None or random.random() < 0.2:
        operator.builtinOptions, operator.builtinOptionsType = None, 0
        return
    names = [name for name, value in vars(options).items() if isinstance(value, (int, float, bool))]
    if names:
        name = _pick(random, names)
        setattr(options, name, type(getattr(options, name))(_pick(random, [-1, 0, 1, 2, 3, 100])))


def _set_ends(model: Any, random: np.random.Generator) -> None:
    """Inputs and outputs of the graph: none, one twice, an input among the outputs, any tensor."""
    graph = model.subgraphs[0]
    name = _pick(random, ["inputs", "outputs"])
    ends = _indices(getattr(graph, name))
    way = random.integers(4)
    if way == 0:
        ends = []
    elif way == 1 and ends:
        ends.append(ends[0])
    elif way == 2:
        ends += _indices(graph.inputs)
    else:
        ends.append(int(random.integers(len(graph.tensors))))
    setattr(graph, name, np.array(ends, np.int32))


_DAMAGES: tuple[Change, ...] = (
    *(_set_shape, _set_signature, _set_type, _set_variable, _set_buffer, _set_quantization),
    *(_set_operands, _set_operators, _set_options, _set_ends),
)
_VARIATIONS: tuple[Change, ...] = (_set_signature, _set_variable, _set_buffer, _set_operands, _set_operators, _set_ends)


def damaged(content: bytes, random: np.random.Generator) -> bytes | None:
    """A model with one to four changes of any kind; None where the result cannot be written down."""
    return _changed(content, random, _DAMAGES, 4)


def varied(content: bytes, random: np.random.Generator) -> bytes | None:
    """A model with one or two changes of what is connected with what, and what is constant or a variable."""
    return _changed(content, random, _VARIATIONS, 2)


def _changed(content: bytes, random: np.random.Generator, changes: tuple[Change, ...], most: int) -> bytes | None:
    model = unpacked(content)
    for _ in range(int(random.integers(1, most + 1))):
        _pick(random, changes)(model, random)
    try:
        return packed(model)
    except Exception:  # the packer's: a value that does not fit its field
        return None
