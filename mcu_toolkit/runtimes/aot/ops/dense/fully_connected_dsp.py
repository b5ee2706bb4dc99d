"""FULLY_CONNECTED on cores with the DSP extension: kernels/dsp/fully_connected.h."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import KernelVariant, Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import window_axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.bytes import lower_byte_rows
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.matrix_int16 import is_plain_int16, lower_int16, plan_requantization
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.rows import Rows, plan_rows, row_constants, row_field
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import int8_dense, is_plain, weight_multipliers

HEADERS = ("dsp/fully_connected.h", "dsp/instructions.h")


def lower_rows(view: OpView, layer: Weighted, plan: Rows) -> LoweredOperator:
    """One call for all rows."""
    channels, depth = layer.weights.shape
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("aot_dsp_fully_connected", Record(), Input(), Output(), cast_pointer("aot_uint32 *", Scratch()), plan.function),),
        headers=HEADERS,
        constants=row_constants(plan),
        layer=records.record(
            "aot_dsp_fully_connected_layer",
            row=row_field(layer, plan),
            rows=view.output.elements // channels,
            depth=depth,
        ),
        scratch_bytes=4 * plan.words,
        macs=view.output.elements * depth,
        kernel=f"dsp fully_connected {plan.kind}{' per channel' if plan.per_channel else ''}",
    )


def _int16(view: OpView) -> LoweredOperator | None:
    """As a convolution of images of one pixel."""
    weights = view.input(1).data
    assert weights is not None
    requantization = plan_requantization(view, weights, weight_multipliers(view))
    channels, depth = weights.shape
    images, point = view.output.elements // channels, window_axis(1, 1, 1, 1, "VALID")
    return None if requantization is None else lower_int16(view, weights, requantization, point, point, images=images, depth=depth)


def _lower_fully_connected_dsp(view: OpView, _target: Target) -> LoweredOperator | None:
    """A row of lanes times 4 channels at a time, where the packed sums and a short way of rounding are exact and few channels have to
    be filled up; else bytes as they lie; 16-bit activations as a convolution."""
    if is_plain_int16(view) and is_plain(view):
        return _int16(view)
    layer = int8_dense(view)
    if layer is None:
        return None
    rows = plan_rows(layer)
    return lower_byte_rows(view, layer, in_place=False) if rows is None else lower_rows(view, layer, rows)


def _bytes_instead(view: OpView, _target: Target) -> LoweredOperator | None:
    """Bytes as they lie where the default is byte pairs: no scratch memory."""
    layer = int8_dense(view)
    return None if layer is None or plan_rows(layer) is None else lower_byte_rows(view, layer, in_place=False)


FULLY_CONNECTED_DSP = Operator(
    name="FULLY_CONNECTED",
    constraints=(),
    lower=_lower_fully_connected_dsp,
    instruction_set="dsp",
    variants=(KernelVariant("bytes", _bytes_instead),),
)
"""FULLY_CONNECTED on cores with the DSP extension, with one scale or one for each output channel."""


OPERATORS = (FULLY_CONNECTED_DSP,)
