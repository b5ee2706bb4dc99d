"""ADD of two int8 tensors of one shape, on cores with the DSP extension."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot import numerics
from mcu_toolkit.runtimes.aot.arithmetic import output_range
from mcu_toolkit.runtimes.aot.dsp.linear_add import Factors, Scaled, find_factors
from mcu_toolkit.runtimes.aot.operator import LayerRecord, Operator, OpView, SharedFunction, Step
from mcu_toolkit.runtimes.aot.sums import EXTRA_BITS
from mcu_toolkit.runtimes.aot.target import Target
from mcu_toolkit.runtimes.aot.typed import quantization


def _factors(view: OpView) -> Factors | None:
    tensors = (view.input(0), view.input(1), view.output)
    if any(tensor.dtype is not DType.INT8 or tensor.elements != view.output.elements for tensor in tensors):
        return None
    first, second, result = (quantization(tensor) for tensor in tensors)
    twice_largest = 2 * max(first.scale, second.scale)
    one, two = (Scaled(q.zero_point, *numerics.quantize_multiplier(q.scale / twice_largest)) for q in (first, second))
    factor = twice_largest / ((1 << EXTRA_BITS[DType.INT8]) * result.scale)
    return find_factors(one, two, Scaled(result.zero_point, *numerics.quantize_multiplier(factor)), *output_range(view))


def applies(view: OpView, _target: Target) -> bool:
    """True for equal shapes whose 65,536 sums are exact in the short arithmetic."""
    return _factors(view) is not None


def lower(view: OpView, _target: Target) -> Step:
    """4 elements at a time."""
    factors = _factors(view)
    assert factors is not None
    low, high = output_range(view)
    clamped = (low, high) != (-128, 127)
    name = "add_dsp" + ("_clamped" if clamped else "")
    arguments = "const int8_t *input1, const int8_t *input2, int8_t *output, int32_t count"
    function = SharedFunction(
        name,
        f"static void ${{prefix}}_{name}(const aot_dsp_add_factors *factors, {arguments}) {{\n"
        f"    aot_dsp_add(factors, input1, input2, output, count, /* clamped */ {int(clamped)});\n"
        "}",
    )
    fields = {"start": factors.start, "factor1": factors.factor1, "factor2": factors.factor2, "minimum": low, "maximum": high}
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"${{prefix}}_{name}(&${{layer}}, ${{in0}}, ${{in1}}, ${{out0}}, {view.output.elements});",
        headers=("dsp/add.h", "dsp/instructions.h"),
        functions=(function,),
        layer=LayerRecord("aot_dsp_add_factors", tuple((name, str(value)) for name, value in fields.items())),
        in_place=tuple(i for i in (0, 1) if not view.input(i).is_constant),
        kernel="dsp add" + (" clamped" if clamped else ""),
    )


OPERATOR = Operator(name="ADD", constraints=(), lower=lower, instruction_set="dsp", applies=applies)
