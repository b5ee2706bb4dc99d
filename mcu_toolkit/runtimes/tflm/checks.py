"""What TFLM itself, of whatever age, cannot run."""

from __future__ import annotations

from collections.abc import Iterator

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.model import DType, Graph, Model, Op
from mcu_toolkit.runtimes.custom_operators import custom_operator
from mcu_toolkit.runtimes.protocol_limits import check_protocol_limits
from mcu_toolkit.runtimes.structure import check_variable_constants
from mcu_toolkit.runtimes.tensor_order import check_order
from mcu_toolkit.runtimes.tflm.operators import entry_of
from mcu_toolkit.runtimes.tflm.rules import place

_WEIGHTED = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"})
_MOST_CONCATENATED = 10
"""`kMaxInputNum` of TFLM's concatenation kernels (2021 to 2026-08): with more the model is refused at start-up."""
_QUANTIZE = "quantize the model in full: mcu quantize --scheme int8"


def check_model(model: Model) -> list[Incompatibility]:
    """Operators that TFLM has no kernel for, and combinations of types that no kernel of its takes."""
    unsupported = [finding for graph in model.graphs for op in graph.ops for finding in _check_op(graph, op)]
    order = check_order(model.main, lambda op: entry_of(op) is not None)
    return [*check_protocol_limits(model), *check_variable_constants(model), *order, *unsupported]


def _check_op(graph: Graph, op: Op) -> Iterator[Incompatibility]:
    where = place(graph, op)
    if entry_of(op) is None:
        yield Incompatibility(where, _unknown(op), "an operator of TensorFlow Lite Micro", _remedy(op))
    elif op.name == "CONCATENATION" and len(op.inputs) > _MOST_CONCATENATED:
        found, expected = f"{len(op.inputs)} inputs, which TFLM refuses at start-up", f"at most {_MOST_CONCATENATED}"
        yield Incompatibility(where, found, expected, "concatenate in two steps")
    elif op.name in _WEIGHTED and len(op.inputs) > 1:
        data, weights = _data_and_weights(graph, op)
        if data == DType.FLOAT32 and weights != DType.FLOAT32:
            found = f"hybrid: float activations with {weights.name} weights"
            yield Incompatibility(where, found, "activations and weights both integers, or both floats", _QUANTIZE)
        elif DType.UINT8 in (data, weights):
            yield Incompatibility(where, "uint8 quantization, which TFLM dropped in 2021", "int8", f"convert again, or {_QUANTIZE}")


def _data_and_weights(graph: Graph, op: Op) -> tuple[DType, DType]:
    data = op.inputs[2] if op.name == "TRANSPOSE_CONV" and len(op.inputs) > 2 else op.inputs[0]
    return graph.tensors[data].dtype, graph.tensors[op.inputs[1]].dtype


def _unknown(op: Op) -> str:
    return "TFLM has no such operator" if op.custom_name is None else custom_operator(op.custom_name).what


def _remedy(op: Op) -> str:
    return "replace the layer by others" if op.custom_name is None else custom_operator(op.custom_name).remedy
