"""ARG_MAX and ARG_MIN.  TFLM does not have int64 outputs, which the converter emits by default; LiteRT is the golden there."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import output_shape_is
from mcu_toolkit.runtimes.aot.ir.constraints import input_is, output_is
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, OpView, Step
from mcu_toolkit.runtimes.aot.ops.reduction.lines import AXIS, INPUTS, axis_of, line_fields


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape without the axis"""
    shape, axis = view.input(0).shape, axis_of(view)
    return output_shape_is(view, (*shape[:axis], *shape[axis + 1 :]))


CONSTRAINTS = (*INPUTS, input_is(0, "input", DType.INT8, DType.FLOAT32), output_is(DType.INT32, DType.INT64), *AXIS, shapes_agree)


def arg_step(view: OpView, name: str) -> Step:
    """A call of `aot_<name>_<type>`."""
    dtype = view.input(0).dtype.name.lower()
    kernel = f"{name}_{dtype}"
    wide, largest = int(view.output.dtype is DType.INT64), int(name == "arg_max")
    return Step(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=f"aot_arg_{dtype}(&${{layer}}, ${{in0}}, ${{out0}}, /* int64 */ {wide}, /* largest */ {largest});",
        headers=("arg_extreme.h",),
        layer=LayerRecord("aot_arg_layer", line_fields(view)),
        kernel=kernel,
    )
