"""Faults that no quantization mends: what is wrong with a model whatever its element types are."""

from __future__ import annotations

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.protocol_limits import check_ends
from mcu_toolkit.runtimes.tensor_order import check_order
from mcu_toolkit.runtimes.variable_constants import check_variable_constants


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
