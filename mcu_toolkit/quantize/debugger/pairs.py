"""Which operator of an integer model is which of the float model: both come from one source, so they differ in borders only."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import DType, Graph, Model, Op

_BORDERS = ("QUANTIZE", "DEQUANTIZE")
_STATE = ("VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE", "WHILE", "IF")


@dataclass(frozen=True)
class Pair:
    """An operator of the float model and the one that replaces it."""

    float_op: Op
    integer_op: Op


def pair_operators(float_model: Model, integer_model: Model) -> tuple[Pair, ...]:
    """Every operator with a float result, with its twin; raises UnsupportedModelError where the graphs are too different, or keep state."""
    left, right = _operators(float_model.main), _operators(integer_model.main)
    for model in (float_model, integer_model):
        if any(op.name in _STATE for op in model.main.ops) or any(tensor.is_variable for tensor in model.main.tensors):
            raise UnsupportedModelError("keeps state from inference to inference", on=model.name, expected="a model without state or loops")
    if [op.name for op in left] == [op.name for op in right]:
        found = list(zip(left, right, strict=True))
    else:
        by_name = {integer_model.main.tensors[op.outputs[0]].name: op for op in right}
        names = [(op, by_name.get(float_model.main.tensors[op.outputs[0]].name)) for op in left]
        found = [(op, twin) for op, twin in names if twin is not None and twin.name == op.name]
        if 2 * len(found) < len(left):
            raise UnsupportedModelError("the float and the integer model have different operators", on=integer_model.name)
    return tuple(Pair(a, b) for a, b in found if _is_float_result(float_model.main, a) and len(a.inputs) <= len(b.inputs))


def _operators(graph: Graph) -> list[Op]:
    return [op for op in graph.ops if op.name not in _BORDERS]


def _is_float_result(graph: Graph, op: Op) -> bool:
    return len(op.outputs) == 1 and graph.tensors[op.outputs[0]].dtype == DType.FLOAT32
