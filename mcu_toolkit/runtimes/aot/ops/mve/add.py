"""ADD of two int8 tensors of one shape, on cores with Helium."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.dsp.addition import is_clamped, plan_sum, sum_record
from mcu_toolkit.runtimes.aot.operator import LayerRecord, Operator, OpView, SharedFunction, Step
from mcu_toolkit.runtimes.aot.target import Target


def applies(view: OpView, _target: Target) -> bool:
    """True for equal shapes whose 65,536 sums are exact in the short arithmetic."""
    return plan_sum(view) is not None


def lower(view: OpView, _target: Target) -> Step:
    """16 elements at a time."""
    factors = plan_sum(view)
    assert factors is not None
    clamped = is_clamped(view)
    name = "add_mve" + ("_clamped" if clamped else "")
    arguments = "const int8_t *input1, const int8_t *input2, int8_t *output, int32_t count"
    function = SharedFunction(
        name,
        f"static void ${{prefix}}_{name}(const aot_mve_add_factors *factors, {arguments}) {{\n"
        f"    aot_mve_add(factors, input1, input2, output, count, /* clamped */ {int(clamped)});\n"
        "}",
    )
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"${{prefix}}_{name}(&${{layer}}, ${{in0}}, ${{in1}}, ${{out0}}, {view.output.elements});",
        headers=("mve/add.h", "mve/instructions.h"),
        functions=(function,),
        layer=LayerRecord("aot_mve_add_factors", sum_record(view, factors).fields),
        in_place=tuple(i for i in (0, 1) if not view.input(i).is_constant),
        kernel="mve add" + (" clamped" if clamped else ""),
    )


OPERATOR = Operator(name="ADD", constraints=(), lower=lower, instruction_set="mve", applies=applies)
