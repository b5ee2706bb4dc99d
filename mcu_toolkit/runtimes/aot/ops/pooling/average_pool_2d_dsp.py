"""AVERAGE_POOL_2D over whole images, on cores with the DSP extension."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.operator import LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.pooling.pooling import axes


def lower(view: OpView, _target: Target) -> Step | None:
    """4 channels at a time, where the window is the image."""
    if view.input(0).dtype is not DType.INT8 or any(axis.output != 1 or axis.kernel != axis.input for axis in axes(view)):
        return None
    batches, height, width, channels = view.input(0).shape
    result = view.output.quantization
    assert result is not None
    low, high = numerics.activation_range(view.option("fused_activation_function"), result.scale, result.zero_point)
    fields = {"batches": batches, "pixels": height * width, "channels": channels, "minimum": low, "maximum": high}
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call="aot_dsp_average_pool_whole(&${layer}, ${in0}, ${out0});",
        headers=("dsp/average_pool_2d.h", "dsp/instructions.h"),
        layer=LayerRecord("aot_dsp_average_pool_whole_layer", tuple((name, str(value)) for name, value in fields.items())),
        kernel="dsp average_pool_2d whole image",
    )


OPERATOR = Operator(name="AVERAGE_POOL_2D", constraints=(), lower=lower, instruction_set="dsp")
