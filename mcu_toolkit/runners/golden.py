"""The interpreter that is the golden runner of a model: TFLM's, with a Python reference for operators of the toolkit's own."""

from __future__ import annotations

from mcu_toolkit.model import Model
from mcu_toolkit.model.own_operators import has_own_operators
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.reference.runner import ReferenceRunner
from mcu_toolkit.runners.tflm import TflmRunner


def golden_interpreter(model: Model) -> TflmRunner | ReferenceRunner:
    """The runner, started; raises what the two classes raise.  Both need the package tflite_micro."""
    return ReferenceRunner(model) if has_own_operators(model) else TflmRunner(model)


def golden_interpreter_name(model: Model) -> str:
    """Its name in results."""
    return roles.REFERENCE if has_own_operators(model) else roles.GOLDEN
