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
    for model in (integer_model, float_model):
        found = dict.fromkeys(op.custom_name or op.name for op in model.main.ops if _remembers(model.main, op))
        if found:
            raise UnsupportedModelError(
                f"has layers with state or loops: {', '.join(found)}",
                on=model.name,
                expected="a model without, whose float and integer operators can be compared one by one",
                hint="mcu validate --keras compares the whole model with the float one",
            )
    if [op.name for op in left] == [op.name for op in right]:
        pairs = list(zip(left, right, strict=True))
    else:
        by_name = {integer_model.main.tensors[op.outputs[0]].name: op for op in right}
        names = [(op, by_name.get(float_model.main.tensors[op.outputs[0]].name)) for op in left]
        pairs = [(op, twin) for op, twin in names if twin is not None and twin.name == op.name]
        if 2 * len(pairs) < len(left):
            raise UnsupportedModelError("the float and the integer model have different operators", on=integer_model.name)
    return tuple(Pair(a, b) for a, b in pairs if _is_float_result(float_model.main, a) and len(a.inputs) <= len(b.inputs))


def _remembers(graph: Graph, op: Op) -> bool:
    return op.name in _STATE or any(index >= 0 and graph.tensors[index].is_variable for index in (*op.inputs, *op.outputs))


def _operators(graph: Graph) -> list[Op]:
    return [op for op in graph.ops if op.name not in _BORDERS]


def _is_float_result(graph: Graph, op: Op) -> bool:
    return len(op.outputs) == 1 and graph.tensors[op.outputs[0]].dtype == DType.FLOAT32
