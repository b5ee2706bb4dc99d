"""The sum of kernels/dsp/add.h for an ADD, and its record in C."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot import numerics
from mcu_toolkit.runtimes.aot.arithmetic import output_range
from mcu_toolkit.runtimes.aot.dsp.linear_add import Factors, Scaled, find_factors
from mcu_toolkit.runtimes.aot.operator import LayerRecord, OpView
from mcu_toolkit.runtimes.aot.sums import EXTRA_BITS
from mcu_toolkit.runtimes.aot.typed import quantization


def plan_sum(view: OpView) -> Factors | None:
    """The constants for an ADD of two int8 tensors of one shape; None where its 65,536 sums are not exact in the short arithmetic."""
    tensors = (view.input(0), view.input(1), view.output)
    if any(tensor.dtype is not DType.INT8 or tensor.elements != view.output.elements for tensor in tensors):
        return None
    first, second, result = (quantization(tensor) for tensor in tensors)
    twice_largest = 2 * max(first.scale, second.scale)
    one, two = (Scaled(q.zero_point, *numerics.quantize_multiplier(q.scale / twice_largest)) for q in (first, second))
    factor = twice_largest / ((1 << EXTRA_BITS[DType.INT8]) * result.scale)
    return find_factors(one, two, Scaled(result.zero_point, *numerics.quantize_multiplier(factor)), *output_range(view))


def is_clamped(view: OpView) -> bool:
    """True where the fused activation ends inside the 8-bit range."""
    return output_range(view) != (-128, 127)


def sum_record(view: OpView, factors: Factors) -> LayerRecord:
    """`factors` as an aot_dsp_add_factors."""
    low, high = output_range(view)
    fields = {"start": factors.start, "factor1": factors.factor1, "factor2": factors.factor2, "minimum": low, "maximum": high}
    return LayerRecord("aot_dsp_add_factors", tuple((name, str(value)) for name, value in fields.items()))
