"""REDUCE_MAX and REDUCE_MIN.  TFLM does not have int16, which the converter emits; LiteRT is the golden there."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, scales_finding
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, OpView, Step
from mcu_toolkit.runtimes.aot.ops.reduction.reducing import AXES, REDUCTION, loop_fields, reduce_step


def quantizations_agree(view: OpView) -> Finding | None:
    """int8 and int16 input and output have the same scale and zero point, which is 0 for int16"""
    source, result = view.input(0).quantization, view.output.quantization
    if view.input(0).dtype is DType.INT16 and (source is None or source != result or source.zero_point != 0):
        return Finding("different scales, or a zero point", RECONVERT, view.output)
    return scales_finding(view.input(0), view.output)


CONSTRAINTS = (*REDUCTION, data_is(0, DType.INT8, DType.INT16, DType.FLOAT32), *AXES, quantizations_agree)


def extreme_step(view: OpView, name: str) -> Step:
    """A call of `aot_<name>_<type>`."""
    return reduce_step(view, f"{name}_{view.input(0).dtype.name.lower()}", LayerRecord("aot_reduce_layer", loop_fields(view)))
