"""Operators that work along one axis, which a constant scalar names: ARG_MAX, ARG_MIN, CUMSUM.

TFLM has ARG_MAX and ARG_MIN without int64 outputs, which the converter emits by default; LiteRT is the golden there.
"""

from __future__ import annotations

import math

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Input, Labelled, Output, Record, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    known_axis,
    output_shape_is,
    parameter,
    positive_axis,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_is, output_is
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.reduction.sums import tensors_are_quantized

_AXIS = 1


def axis_exists(view: OpView) -> Finding | None:
    """the axis is one dimension of the input"""
    axes, rank = constant_values(view, _AXIS), len(view.input(0).shape)
    if len(axes) == 1 and positive_axis(axes[0], rank) is not None:
        return None
    return Finding(f"the axis {list(axes)} of {rank} dimensions", RECONVERT, view.input(_AXIS))


INPUTS = (has_tensors((2,)), *COMMON)
"""What comes before the element types."""
AXIS = (*parameter(_AXIS, "axis"), axis_exists)
"""What comes after them."""


def axis_of(view: OpView) -> int:
    """The axis, counted from the front."""
    return known_axis(constant_values(view, _AXIS)[0], len(view.input(0).shape))


def line_record(view: OpView, c_type: str, **more: Expression) -> LayerRecord:
    """A record of elements in front of the axis, along it and behind it, and `more`."""
    shape, axis = view.input(0).shape, axis_of(view)
    return records.record(c_type, outer=math.prod(shape[:axis]), axis=shape[axis], inner=math.prod(shape[axis + 1 :]), **more)


def arg_extremes_shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape without the axis"""
    shape, axis = view.input(0).shape, axis_of(view)
    return output_shape_is(view, (*shape[:axis], *shape[axis + 1 :]))


CONSTRAINTS = (
    *INPUTS,
    input_is(0, "input", DType.INT8, DType.FLOAT32),
    output_is(DType.INT32, DType.INT64),
    *AXIS,
    arg_extremes_shapes_agree,
)


def _arg_operator(name: str, *, largest: bool) -> Operator:
    def lower(view: OpView, _target: Target) -> LoweredOperator:
        """Values are compared as they are stored."""
        dtype = view.input(0).dtype.name.lower()
        constants = (Labelled("int64", int(view.output.dtype is DType.INT64)), Labelled("largest", int(largest)))
        return LoweredOperator(
            op=view.op,
            inputs=view.op.inputs[:1],
            outputs=view.op.outputs,
            call=(call(f"aot_arg_{dtype}", Record(), Input(), Output(), *constants),),
            headers=("arg_extreme.h",),
            layer=line_record(view, "aot_arg_layer"),
            kernel=f"{name.lower()}_{dtype}",
        )

    return Operator(name=name, constraints=CONSTRAINTS, lower=lower)


ARG_MAX = _arg_operator("ARG_MAX", largest=True)
"""ARG_MAX: where the largest element along an axis is, the first one of equals."""


ARG_MIN = _arg_operator("ARG_MIN", largest=False)
"""ARG_MIN: where the smallest element along an axis is, the first one of equals."""


_EXTRA_BITS = 20
"""Bits that TFLM shifts centred inputs to the left by, before it takes half of them."""


def _factor(view: OpView) -> float:
    source, result = view.input(0).quantization, view.output.quantization
    assert source is not None
    assert result is not None
    return 2 * source.scale / ((1 << _EXTRA_BITS) * result.scale)


def factor_is_below_one(view: OpView) -> Finding | None:
    """in int8 the input's scale is less than 2^19 times the output's"""
    # TFLM stops at factors from 1 on; one just below rounds up to it.
    if view.input(0).dtype is DType.FLOAT32 or (_factor(view) < 1.0 and numerics.quantize_multiplier(_factor(view))[1] <= 0):
        return None
    return Finding(f"scales that differ by a factor of {_factor(view) * 2**19:g}", RECONVERT, view.output)


def cumsum_shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape"""
    return output_shape_is(view, view.input(0).shape)


def _lower_cumsum(view: OpView, _target: Target) -> LoweredOperator:
    """May work in place: an element is read before it is written, and never again."""
    dtype = view.input(0).dtype
    more: tuple[Expression, ...] = ()
    if dtype is DType.INT8:
        source, result = view.input(0).quantization, view.output.quantization
        assert source is not None
        assert result is not None
        multiplier, shift = numerics.quantize_multiplier(_factor(view))
        factor = (Labelled("multiplier", multiplier), shift)
        more = (Labelled("zero point", source.zero_point), *factor, Labelled("zero point", result.zero_point))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(f"aot_cumsum_{dtype.name.lower()}", Record(), Input(), Output(), *more),),
        headers=("cumsum.h",),
        layer=line_record(view, "aot_cumsum_layer", exclusive=int(view.option("exclusive")), reverse=int(view.option("reverse"))),
        in_place=(0,),
        kernel="cumsum",
    )


CUMSUM = Operator(
    name="CUMSUM",
    constraints=(*INPUTS, data_is(0, DType.INT8, DType.FLOAT32), *AXIS, cumsum_shapes_agree, tensors_are_quantized, factor_is_below_one),
    lower=_lower_cumsum,
)
"""CUMSUM: running sums along an axis."""


OPERATORS = (ARG_MAX, ARG_MIN, CUMSUM)
