"""FULLY_CONNECTED on cores with the DSP extension: kernels/dsp/fully_connected.h."""

from __future__ import annotations

import dataclasses

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Call, Expression, Input, Kernel, Output, Record, Scratch, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import KernelVariant, Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import row_axes, window_axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.bytes import HEADERS as BYTES_HEADERS
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.bytes import byte_rest, lower_byte_rows
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.conv_2d import PIXELS, lower_matrix, plan_matrix
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.matrix_int16 import is_plain_int16, lower_int16, plan_requantization
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.rows import CHANNELS, Rows, plan_rows, row_constants, row_field
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import int8_dense, is_plain, weight_multipliers

HEADERS = ("dsp/fully_connected.h", "dsp/instructions.h")


_MOST_ROWS = 1.25
"""Rows that a matrix may compute for each that there is: beyond that a row at a time takes fewer instructions."""


_MOST_CALLS = 8
"""Rows that are a pair of calls each where channels are left over."""


def lower_rows(view: OpView, layer: Weighted, plan: Rows, *, rows: int) -> LoweredOperator:
    """One call for so many rows."""
    depth = layer.weights.shape[1]
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
            rows=rows,
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


def lower_rows_and_rest(view: OpView, layer: Weighted) -> LoweredOperator | None:
    """Rows whose channels are no multiple of 4: as many as there are by byte pairs, those left over by bytes as they lie.

    None where byte pairs are not exact, or there are many rows.
    """
    rows, depth = view.output.elements // layer.channels, layer.weights.shape[1]
    whole = layer.channels // CHANNELS * CHANNELS
    first, last = layer.part(slice(whole)), layer.part(slice(whole, None))
    plan = plan_rows(first) if whole and rows <= _MOST_CALLS else None
    if plan is None:
        return None
    step, (function, record, constants) = lower_rows(view, first, plan, rows=1), byte_rest(last)
    [one] = step.call
    assert isinstance(one, Call)
    pairs, _, _, *others = one.arguments
    calls = []
    for row in range(rows):
        source, target = _further(Input(), row * depth), row * layer.channels
        calls.append(call(one.function, pairs, source, _further(Output(), target), *others))
        calls.append(call(Kernel(function.name), Record("rest"), source, _further(Output(), target + whole)))
    return dataclasses.replace(
        step,
        call=tuple(calls),
        headers=tuple(sorted({*step.headers, *BYTES_HEADERS})),
        constants=(*step.constants, *constants),
        functions=(function,),
        records=(("rest", record),),
        macs=view.output.elements * depth,
        kernel=f"{step.kernel} and {last.channels} by bytes",
    )


def _further(tensor: Expression, elements: int) -> Expression:
    return Binary(tensor, "+", elements) if elements else tensor


def _lower_fully_connected_dsp(view: OpView, _target: Target) -> LoweredOperator | None:
    """A row of lanes times 4 channels at a time, where the packed sums and a short way of rounding are exact; three rows and more are a
    1x1 convolution; else bytes as they lie; 16-bit activations as a convolution."""
    if is_plain_int16(view) and is_plain(view):
        return _int16(view)
    layer = int8_dense(view)
    if layer is None:
        return None
    return _as_image(view, layer) or _by_rows(view, layer) or lower_byte_rows(view, layer, in_place=False)


def _as_image(view: OpView, layer: Weighted) -> LoweredOperator | None:
    """Rows as pixels; None where a matrix, which takes three at a time, would compute more than a quarter of them in vain."""
    rows = view.output.elements // layer.channels
    image = dataclasses.replace(layer, weights=layer.weights[:, None, None, :])
    matrix = plan_matrix(image) if PIXELS * -(-rows // PIXELS) <= _MOST_ROWS * rows else None
    return None if matrix is None else lower_matrix(view, image, matrix, *row_axes(rows))


def _by_rows(view: OpView, layer: Weighted) -> LoweredOperator | None:
    plan = plan_rows(layer)
    return lower_rows_and_rest(view, layer) if plan is None else lower_rows(view, layer, plan, rows=view.output.elements // layer.channels)


def _row_by_row(view: OpView, _target: Target) -> LoweredOperator | None:
    """A row at a time where the default is three: a third of the scratch memory."""
    layer = int8_dense(view)
    return None if layer is None or _as_image(view, layer) is None else _by_rows(view, layer)


def _bytes_instead(view: OpView, _target: Target) -> LoweredOperator | None:
    """Bytes as they lie where the default is byte pairs: no scratch memory."""
    layer = int8_dense(view)
    if layer is None or (_as_image(view, layer) is None and _by_rows(view, layer) is None):
        return None
    return lower_byte_rows(view, layer, in_place=False)


FULLY_CONNECTED_DSP = Operator(
    name="FULLY_CONNECTED",
    constraints=(),
    lower=_lower_fully_connected_dsp,
    instruction_set="dsp",
    variants=(KernelVariant("row by row", _row_by_row), KernelVariant("bytes", _bytes_instead)),
)
"""FULLY_CONNECTED on cores with the DSP extension, with one scale or one for each output channel."""


OPERATORS = (FULLY_CONNECTED_DSP,)
