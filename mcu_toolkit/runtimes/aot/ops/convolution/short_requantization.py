"""How kernels/im2col.h brings sums to outputs: records of channels, and the proof that the short way is exact."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Struct, Table, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant
from mcu_toolkit.runtimes.aot.ops.convolution.sums import CACHED_LAYERS, Int64, Sums, constant_channels, is_exact, sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

FRACTION_BITS = 14
"""AOT_IM2COL_FRACTION_BITS."""
_LARGEST_SHIFT = 24
_LIMIT = 1 << 31
_CONSTANT = (1 << 30, 2)
"""Multiplier and t that make an output of a sum that counts in 2^-FRACTION_BITS outputs."""
_INPUT_OFFSET = 128
"""Buffers of im2col hold inputs as unsigned bytes."""


@dataclass(frozen=True, eq=False)
class HighPart:
    """Constants of a layer."""

    weights: npt.NDArray[np.int8]
    """As the layer's; zeros in channels whose output is the same for every input."""
    channels: npt.NDArray[np.int32]
    """[channels, 2]: aot_im2col_channel."""
    shifts: npt.NDArray[np.int8]
    kind: tuple[str, ...]
    """The flags of the class constant `kind`."""
    suffix: str
    """What the kind adds to the name of a kernel class."""

    @property
    def constants(self) -> tuple[Constant, ...]:
        """What `requantization_field` points to."""
        return (
            Constant("channels", self.channels, "[channel]: start of the sum, multiplier"),
            Constant("shifts", self.shifts, "[channel]"),
        )


def plan_requantization(layer: Weighted, input_offset: int = _INPUT_OFFSET) -> HighPart:
    """The shortest way that is exact for every sum that `layer` can have; at last TFLM's two roundings.

    `input_offset`: what the kernel adds to inputs before it multiplies them.
    """
    whole = (layer.minimum, layer.maximum) == (-128, 127)
    # What is equal before an activation narrows it is equal after, so the activation is left out.
    sums = replace(sums_of(layer), minimum=-128, maximum=127)
    for signed in (False, True):
        short = _short(sums, signed=signed)
        if short is not None:
            constant = constant_channels(sums)
            weights = np.where(constant.reshape(-1, *[1] * (layer.weights.ndim - 1)), np.int8(0), layer.weights)
            levels = (sums.outputs(sums.lowest[:, None])[:, 0] - sums.zero_point) << FRACTION_BITS
            starts = np.where(constant, levels, _starts(layer, input_offset))
            kind = ["AOT_IM2COL_SHORT", *(["AOT_IM2COL_SIGNED"] if signed else []), *(["AOT_IM2COL_WHOLE_RANGE"] if whole else [])]
            suffix = ("_signed" if signed else "") + ("" if whole else "_clamped")
            return HighPart(weights, _records(starts, short[0]), short[1].astype(np.int8), tuple(kind), suffix)
    starts = _starts(layer, input_offset)
    return HighPart(layer.weights, _records(starts, sums.multiplier), sums.shift.astype(np.int8), ("AOT_IM2COL_EXACT",), "_exact")


def _starts(layer: Weighted, input_offset: int) -> Int64:
    sums: Int64 = layer.weights.reshape(layer.channels, -1).sum(axis=1, dtype=np.int64)
    return layer.effective_bias.astype(np.int64) - input_offset * sums


@functools.lru_cache(maxsize=CACHED_LAYERS)
def _short(sums: Sums, *, signed: bool) -> tuple[Int64, Int64] | None:
    """Multipliers and shifts t (int64 [channels]) of AOT_IM2COL_SHORT, with AOT_IM2COL_SIGNED if `signed`; None where it is not exact."""
    constant = constant_channels(sums)
    nominal = 1 + FRACTION_BITS + sums.shift
    shift = np.where(constant, _CONSTANT[1], np.maximum(nominal, 1))
    # Factors below 2^-14: bits of the multiplier go; so few steps are left that they rarely matter.
    dropped = np.clip(shift - nominal, 0, 31)
    multiplier = np.where(constant, _CONSTANT[0], (sums.multiplier + ((1 << dropped) >> 1)) >> dropped)
    level = (sums.zero_point << FRACTION_BITS) + (1 << (FRACTION_BITS - 1)) + ((1 << shift) >> 2)
    largest = np.where(constant, 0, np.maximum(-sums.lowest, sums.highest))
    if np.any(shift > _LARGEST_SHIFT) or np.any(largest << shift >= _LIMIT):
        return None

    def outputs(value: Int64) -> Int64:
        high = ((value << shift[:, None]) * multiplier[:, None]) >> 32
        unit = (1 << (shift - 1))[:, None] if signed else 0
        result: Int64 = np.clip((high + level[:, None] - np.where(value < 0, unit, 0)) >> FRACTION_BITS, -128, 127)
        return result

    return (multiplier, shift) if is_exact(sums, outputs, constant) else None


def _records(starts: Int64, multipliers: Int64) -> npt.NDArray[np.int32]:
    values = np.stack([starts, multipliers], axis=1) & 0xFFFFFFFF
    return np.ascontiguousarray(values.astype(np.uint32)).view(np.int32)


def requantization_field(layer: Weighted) -> Struct:
    """The C initialiser of an aot_im2col_requantization."""
    channels = cast_pointer("const aot_im2col_channel *", Table("channels"))
    return records.initialiser(channels=channels, shifts=Table("shifts"), output=records.output(*layer.ends))
