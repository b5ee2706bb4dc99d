"""The steps of kernels/dsp/bytes.h: CONV_2D and FULLY_CONNECTED with any weights and factors, and next to no scratch memory."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import (
    Cast,
    Expression,
    Input,
    Kernel,
    Labelled,
    Output,
    Record,
    Scratch,
    Struct,
    Table,
    call,
    flags,
)
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.short_requantization import HighPart, plan_requantization, requantization_field
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

HEADERS = ("dsp/bytes.h", "dsp/instructions.h", "dsp/window.h", "im2col.h", "windows.h")
_CHANNELS = 4
"""At a time; those that are left over go together."""
_STEP = 4
"""Inputs at a time."""


def lower_byte_rows(view: OpView, layer: Weighted, *, in_place: bool) -> LoweredOperator:
    """A dense layer, or a convolution 1x1 with stride 1; `in_place`: by copies of rows, so that the output may replace the input."""
    rows = view.output.elements // layer.channels
    scratch = (Cast("int8_t *", Scratch()),) if in_place else ()
    backwards = in_place and layer.channels > layer.weights[0].size
    record = records.record("aot_dsp_bytes_rows_layer", bytes=_bytes(layer), rows=rows, backwards=int(backwards))
    walk = "aot_dsp_bytes_rows_in_place" if in_place else "aot_dsp_bytes_rows"
    step = _step(view, layer, walk, scratch, record)
    if not in_place:
        return step
    return dataclasses.replace(step, kernel=f"{step.kernel} in place", scratch_bytes=padded_depth(layer), in_place=(0,), may_grow=True)


def lower_byte_windows(view: OpView, layer: Weighted, rows: Axis, columns: Axis) -> LoweredOperator:
    """Any convolution without groups, one window at a time."""
    window_bytes = 0 if rows.kernel == columns.kernel == 1 else padded_depth(layer)
    batches, _, _, channels = view.input(0).shape
    record = records.record(
        "aot_dsp_bytes_windows_layer",
        bytes=_bytes(layer),
        windows=records.windows(rows, columns, batches=batches, channels=(channels, layer.channels)),
        input_zero_point=layer.input_zero_point,
        window_bytes=window_bytes,
    )
    scratch = Cast("int8_t *", Scratch()) if window_bytes else 0
    step = _step(view, layer, "aot_dsp_bytes_windows", (scratch,), record)
    return dataclasses.replace(step, kernel=f"{step.kernel} {rows.kernel}x{columns.kernel}", scratch_bytes=window_bytes)


def byte_rest(layer: Weighted) -> tuple[SharedFunction, LayerRecord, tuple[Constant, ...]]:
    """The function of fewer than 4 channels of a row, its aot_dsp_bytes and what that points to: beside a kernel that takes 4 at a time."""
    requantization = plan_requantization(layer, input_offset=0)
    record = LayerRecord("aot_dsp_bytes", _bytes(layer).fields)
    weights = Constant("weights", words(layer, requantization.weights), "[4 inputs][channel]: those left over; see kernels/dsp/bytes.h")
    return _function(requantization, rest=layer.channels), record, (weights, *requantization.constants)


def padded_depth(layer: Weighted) -> int:
    """Inputs of a window, rounded up to whole words."""
    return -(-int(layer.weights[0].size) // _STEP) * _STEP


def words(layer: Weighted, weights: npt.NDArray[np.int8]) -> npt.NDArray[np.uint32]:
    """`weights` (int8 [channels, ...]) in the order of aot_dsp_bytes.weights: uint32 [channels * words of a window], little-endian."""
    flat = weights.reshape(layer.channels, -1)
    filled = np.pad(flat, ((0, 0), (0, padded_depth(layer) - flat.shape[1])))
    quads = np.ascontiguousarray(filled).view("<u4")
    whole = layer.channels // _CHANNELS * _CHANNELS
    blocks = quads[:whole].reshape(-1, _CHANNELS, quads.shape[1]).transpose(0, 2, 1)
    return np.concatenate([blocks.reshape(-1), quads[whole:].T.reshape(-1)]).astype(np.uint32)


def _bytes(layer: Weighted) -> Struct:
    return records.initialiser(
        weights=Table("weights"), depth=layer.weights[0].size, channels=layer.channels, requantize=requantization_field(layer)
    )


def _step(view: OpView, layer: Weighted, walk: str, scratch: tuple[Expression, ...], record: LayerRecord) -> LoweredOperator:
    requantization = plan_requantization(layer, input_offset=0)
    function = _function(requantization, rest=layer.channels % _CHANNELS)
    weights = Constant("weights", words(layer, requantization.weights), "[4 channels][4 inputs][channel]; see kernels/dsp/bytes.h")
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(walk, Record(), Input(), Output(), *scratch, Kernel(function.name)),),
        headers=HEADERS,
        constants=(weights, *requantization.constants),
        functions=(function,),
        layer=record,
        macs=view.output.elements * layer.weights[0].size,
        kernel=f"dsp bytes{requantization.suffix.replace('_', ' ')}",
    )


def _function(requantization: HighPart, *, rest: int) -> SharedFunction:
    name = f"bytes{f'_rest_{rest}' if rest else ''}{requantization.suffix}"
    parameters = ("const aot_dsp_bytes *bytes", "const int8_t *window", "int8_t *output")
    constants = (flags(*requantization.kind), Labelled("rest", rest))
    return SharedFunction(name, parameters, (call("aot_dsp_bytes_multiply", "bytes", "window", "output", *constants),))
