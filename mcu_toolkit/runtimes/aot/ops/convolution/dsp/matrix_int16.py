"""The step of kernels/dsp/conv_2d_int16.h: convolutions and fully connected layers of 16-bit activations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.packed_weights import pad_to_even
from mcu_toolkit.runtimes.aot.ops.convolution.weights_int16 import INT16_RANGE, activation_range_16, bias_array, has_int32_bias

HEADERS = ("dsp/conv_2d_int16.h", "dsp/expand.h", "dsp/instructions.h", "windows.h")
PIXELS = 3
"""AOT_DSP_MATRIX_PIXELS of kernels/dsp/expand.h."""
_REACH = 2**15
"""Largest magnitude of an activation."""


@dataclass(frozen=True, eq=False)
class Requantization16:
    """Starts and factors of a layer's channels: int64 [channels]."""

    start: npt.NDArray[np.int64]
    factor: npt.NDArray[np.int64]
    """M of SMMULR(sum, M)."""


def is_plain_int16(view: OpView) -> bool:
    """INT16 with constant INT8 weights, sums of 64 bits in TFLM, and no zero points."""
    source, result, bias = view.input(0).quantization, view.output.quantization, view.optional_input(2)
    constant = view.input(1).is_constant and view.input(1).dtype is DType.INT8 and (bias is None or bias.is_constant)
    symmetric = source is not None and result is not None and source.zero_point == result.zero_point == 0
    return view.input(0).dtype is DType.INT16 and constant and symmetric and not has_int32_bias(view)


def plan_requantization(view: OpView, weights: npt.NDArray[np.int8], multipliers: list[float]) -> Requantization16 | None:
    """How the sums of `weights` (int8 [channels, depth]) become outputs; None where a sum can leave 32 bits or a factor does not fit."""
    factors = [numerics.wide_multiplier(real) for real in np.broadcast_to(multipliers, len(weights))]
    if any(not 17 <= right <= 31 for m, right in factors if m):
        return None
    bias = bias_array(view, np.int64)
    start = np.zeros(len(weights), np.int64) if bias is None else bias
    reach = np.abs(weights.astype(np.int64)).sum(axis=1) * _REACH + np.abs(start)
    if int(reach.max()) >= 2**31:
        return None
    return Requantization16(start, np.array([m << (32 - right) if m else 0 for m, right in factors], np.int64))


def packed_int16(weights: npt.NDArray[np.int8], requantization: Requantization16) -> npt.NDArray[np.uint32]:
    """uint32 [channel pairs, words + 4] in the order of aot_dsp_conv_2d_int16_layer.packed; `weights`: int8 [channels, depth]."""
    even = pad_to_even(weights)
    if even.shape[1] % 2:
        even = np.concatenate([even, np.zeros((len(even), 1), np.int8)], axis=1)
    # [pair][channel][word][input] -> [pair][word][input][channel]: the bytes of a word
    quads = even.reshape(len(even) // 2, 2, -1, 2).transpose(0, 2, 3, 1)
    words = np.ascontiguousarray(quads).reshape(len(quads), -1).view("<u4").astype(np.int64)
    start, factor = pad_to_even(requantization.start), pad_to_even(requantization.factor)
    columns = [start.reshape(-1, 2), words, factor.reshape(-1, 2)]
    return (np.concatenate(columns, axis=1) & 0xFFFFFFFF).astype(np.uint32)


def lower_int16(
    view: OpView, weights: npt.NDArray[np.int8], requantization: Requantization16, rows: Axis, columns: Axis, *, images: int, depth: int
) -> LoweredOperator:
    """One call.  `weights`: int8 [channels, kernel height * kernel width * depth]; `images` of `depth` channels."""
    low, high = activation_range_16(view)
    clamped = (low, high) != INT16_RANGE
    words = (weights.shape[1] + 1) // 2
    function = f"aot_dsp_conv_2d_int16_{'clamped' if clamped else 'whole'}"
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(function, Record(), Input(), Output(), cast_pointer("aot_uint32 *", Scratch())),),
        headers=HEADERS,
        constants=(
            Constant(
                "packed",
                packed_int16(weights, requantization),
                "[channel pair]: starts, weights, factors; see kernels/dsp/conv_2d_int16.h",
                weights_bytes=2 * words * (len(weights) + len(weights) % 2),
            ),
        ),
        layer=records.record(
            "aot_dsp_conv_2d_int16_layer",
            windows=records.windows(rows, columns, batches=images, channels=(depth, len(weights))),
            inside=records.inside(rows, columns),
            packed=Table("packed"),
            words=words,
            range=records.value_range(low, high),
        ),
        scratch_bytes=4 * PIXELS * words,
        macs=view.output.elements * weights.shape[1],
        kernel=f"dsp {view.op.name.lower()} int16 {rows.kernel}x{columns.kernel}{' clamped' if clamped else ''}",
    )
