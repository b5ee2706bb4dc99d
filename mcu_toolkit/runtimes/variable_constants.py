"""Tensors that are both: constants with data in the file, and variables.  No two runtimes agree about what those hold."""

from __future__ import annotations

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.model import Model


def check_variable_constants(model: Model) -> list[Incompatibility]:
    """A finding for every tensor with data that is marked as a variable, whatever reads it.

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
