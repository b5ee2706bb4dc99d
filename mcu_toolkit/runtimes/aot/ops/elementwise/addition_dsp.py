"""An ADD whose sum is found before compilation: the step of kernels/dsp/add.h and of kernels/mve/add.h."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.operator import LayerRecord, OpView, SharedFunction, Step
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import output_range
from mcu_toolkit.runtimes.aot.ops.elementwise.linear_add import Factors, Scaled, find_factors
from mcu_toolkit.runtimes.aot.ops.elementwise.sums import EXTRA_BITS


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


def sum_record(view: OpView, factors: Factors, instruction_set: str = "dsp") -> LayerRecord:
    """`factors` as an aot_dsp_add_factors (or aot_mve_add_factors)."""
    low, high = output_range(view)
    fields = {"start": factors.start, "factor1": factors.factor1, "factor2": factors.factor2, "minimum": low, "maximum": high}
    return LayerRecord(f"aot_{instruction_set}_add_factors", tuple((name, str(value)) for name, value in fields.items()))


def addition_step(view: OpView, instruction_set: str, headers: tuple[str, ...]) -> Step | None:
    """The ADD with kernels/dsp/add.h or kernels/mve/add.h, which are among `headers`.

    None where its 65,536 sums are not exact in the short arithmetic.
    """
    factors = plan_sum(view)
    if factors is None:
        return None
    clamped = is_clamped(view)
    kernel = f"{instruction_set} add{' clamped' if clamped else ''}"
    name = f"add_{instruction_set}{'_clamped' if clamped else ''}"
    arguments = "const int8_t *input1, const int8_t *input2, int8_t *output, int32_t count"
    function = SharedFunction(
        name,
        f"static void ${{prefix}}_{name}(const aot_{instruction_set}_add_factors *factors, {arguments}) {{\n"
        f"    aot_{instruction_set}_add(factors, input1, input2, output, count, /* clamped */ {int(clamped)});\n"
        "}",
    )
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"${{prefix}}_{name}(&${{layer}}, ${{in0}}, ${{in1}}, ${{out0}}, {view.output.elements});",
        headers=headers,
        functions=(function,),
        layer=sum_record(view, factors, instruction_set),
        in_place=tuple(i for i in (0, 1) if not view.input(i).is_constant),
        kernel=kernel,
    )
