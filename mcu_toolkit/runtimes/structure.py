"""Faults that no quantization mends: what is wrong with a model whatever its element types are, constants that are variables included."""

from __future__ import annotations

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.protocol_limits import check_ends
from mcu_toolkit.runtimes.tensor_order import check_order


def check_structure(model: Model) -> list[Incompatibility]:
    """Findings for missing inputs, outputs and operators, tensors that nobody makes, and constants that are variables.

    For models that no board takes as they are: one of integers without operators passes on what it gets, and is deployed.
    """
    order = check_order(model.main, lambda op: op.custom_name is None)
    return [*check_ends(model), *check_variable_constants(model), *order, *_check_operators(model)]


def _check_operators(model: Model) -> list[Incompatibility]:
    if model.main.ops:
        return []
    return [Incompatibility("model", "no operators", "a model that computes something", "convert the model again")]


def check_variable_constants(model: Model) -> list[Incompatibility]:
    """A finding for every tensor with data that is marked as a variable, whatever reads it: no two runtimes agree about what it holds.

    TFLM gives every variable memory of its own and fills that with zeros, so the data is never seen; LiteRT refuses such a model.
    """
    return [
        Incompatibility(
            f"tensor {tensor.index} '{tensor.name}'",
            "constant data that is marked as a variable, which TFLM would fill with zeros",
            "constants that are not marked, and variables without data",
            "convert the model again, or clear is_variable of this tensor",
        )
        for graph in model.graphs
        for tensor in graph.tensors
        if tensor.is_variable and tensor.data is not None
    ]
