"""What kind of model a .tflite file holds, as far as a microcontroller is concerned."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.model.graph import DType, Graph, Model, Op, Tensor

_FLOAT = frozenset({DType.FLOAT16, DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16})
_BORDERS = frozenset({"QUANTIZE", "DEQUANTIZE"})
_QUANTIZED_WEIGHTS = frozenset({DType.INT8, DType.INT4, DType.UINT8})
_QUANTIZE = "mcu quantize MODEL.keras --data data.npz --scheme int8 -o model.tflite"


@dataclass(frozen=True)
class Kind:
    """A class of models: how it is called, what that means, what to do about it."""

    name: str
    label: str
    meaning: str
    runs_on_boards: bool
    remedy: str = ""


FLOAT = Kind("float32", "float", "weights and activations are 32-bit floats", False, _QUANTIZE)
FLOAT16 = Kind("float16", "float16", "weights are 16-bit floats, activations 32-bit floats", False, _QUANTIZE)
DYNAMIC = Kind("dynamic", "dynamic-range", "weights are int8, but activations are floats", False, _QUANTIZE)
MIXED = Kind("mixed", "mixed", "integers, but for operators that the converter left in floating point", True)
INT8 = Kind("int8", "full int8", "integers only", True)
INT8_FLOAT_IO = Kind("int8-float-io", "int8 with float inputs and outputs", "integers inside, floats at the borders", True)
INT16X8 = Kind("int16x8", "int16x8", "16-bit activations, 8-bit weights", True)
INTEGER = Kind("integer", "integer", "integers only, but not int8 throughout", True)


def kind_of(model: Model) -> Kind:
    """The kind of `model`, judged by the operators of all its graphs; QUANTIZE and DEQUANTIZE are borders, not operators."""
    pairs = [(graph, op) for graph in model.graphs for op in graph.ops if op.name not in _BORDERS]
    in_float = [pair for pair in pairs if _activation_types(*pair) & _FLOAT]
    if in_float and (_has_integer_activations(model) or len(in_float) < sum(1 for pair in pairs if _activation_types(*pair))):
        return MIXED
    if in_float or (not pairs and any(tensor.dtype in _FLOAT for tensor in model.main.tensors)):
        return _kind_of_float(model)
    return _kind_of_integer(model)


def float_fallbacks(model: Model) -> tuple[str, ...]:
    """The operators that read or write floats while the model runs, as `op 3 NEG 'minus'`; none in a model that is all float.

    QUANTIZE and DEQUANTIZE lie around them.  Converters leave an operator without an integer version so, without a message.
    """
    if kind_of(model) is not MIXED:
        return ()
    found = []
    for graph in model.graphs:
        for op in graph.ops:
            if op.name not in _BORDERS and _activation_types(graph, op) & _FLOAT:
                name = graph.tensors[op.outputs[0]].name if op.outputs else ""
                found.append(f"op {op.index} {op.custom_name or op.name} '{name}'")
    return tuple(found)


def _has_integer_activations(model: Model) -> bool:
    quantized = (DType.INT8, DType.INT16)
    return any(tensor.dtype in quantized and not tensor.is_constant for graph in model.graphs for tensor in graph.tensors)


def _kind_of_float(model: Model) -> Kind:
    constants = {tensor.dtype for graph in model.graphs for tensor in graph.tensors if tensor.is_constant and len(tensor.shape) > 1}
    if constants & _QUANTIZED_WEIGHTS:
        return DYNAMIC
    return FLOAT16 if DType.FLOAT16 in constants else FLOAT


def _kind_of_integer(model: Model) -> Kind:
    activations = {tensor.dtype for graph in model.graphs for tensor in _activations(graph)}
    if DType.INT16 in activations:
        return INT16X8
    if activations & _FLOAT:
        return INT8_FLOAT_IO
    return INT8 if DType.INT8 in activations else INTEGER


def _activations(graph: Graph) -> list[Tensor]:
    """Tensors that pass from operator to operator.  What an LSTM keeps has 16 bits in an int8 model too."""
    ends = {index for op in graph.ops for index in (*op.inputs, *op.outputs) if index >= 0} | {*graph.inputs, *graph.outputs}
    return [graph.tensors[index] for index in sorted(ends) if not graph.tensors[index].is_constant and not graph.tensors[index].is_variable]


def _activation_types(graph: Graph, op: Op) -> frozenset[DType]:
    """Element types of what the operator reads and writes at run time, handles of variables left out."""
    indices = [index for index in (*op.inputs, *op.outputs) if index >= 0]
    types = {graph.tensors[index].dtype for index in indices if not graph.tensors[index].is_constant}
    return frozenset(types - {DType.RESOURCE, DType.BOOL, DType.INT32, DType.INT64})
