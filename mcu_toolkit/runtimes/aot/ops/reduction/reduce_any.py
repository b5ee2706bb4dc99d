"""REDUCE_ANY: whether any element over any dimensions is true: the largest of 0 and 1.  TFLM does not have it, LiteRT is the golden."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import data_is
from mcu_toolkit.runtimes.aot.ir.operator import LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.reduction.reducing import AXES, REDUCTION, loop_fields, reduce_step


def lower(view: OpView, _target: Target) -> Step:
    """The kernel of REDUCE_MAX."""
    return reduce_step(view, "reduce_max_int8", LayerRecord("aot_reduce_layer", loop_fields(view)))


OPERATOR = Operator(name="REDUCE_ANY", constraints=(*REDUCTION, data_is(0, DType.BOOL), *AXES), lower=lower)
