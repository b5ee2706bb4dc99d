"""Layers of INT16 activations and INT8 weights: constants, and how their sums become outputs (kernels/wide.h)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView

INT16_RANGE = (-(2**15), 2**15 - 1)
_INT16_REACH = 2**15


@dataclass(frozen=True, eq=False)
class Requantization16:
    """Factors from sums to outputs, one a channel or one for all, and the class of the sums."""

    sums: str
    """`AOT_SUMS_64`; `AOT_SUMS_FIT_32`: all products of a sum fit 32 bits; `AOT_SUMS_WRAP_32`: TFLM's sums of 32 bits."""
    multipliers: npt.NDArray[np.int32]
    shifts: npt.NDArray[np.int8]

    @property
    def suffix(self) -> str:
        """What the class of the sums adds to the name of a kernel class."""
        return {"AOT_SUMS_64": "_64", "AOT_SUMS_FIT_32": "", "AOT_SUMS_WRAP_32": "_32"}[self.sums]

    @property
    def constants(self) -> tuple[Constant, ...]:
        """`multiplier` and `shift`."""
        if self.sums == "AOT_SUMS_WRAP_32":
            what = "significand of the factor from sums to outputs, / 2^31", "its exponent; negative: to the right"
        else:
            what = "16-bit significand of the factor from sums to outputs", "bits to the right"
        return Constant("multiplier", self.multipliers, f"[channel]: {what[0]}"), Constant("shift", self.shifts, f"[channel]: {what[1]}")

    @property
    def bias_dtype(self) -> npt.DTypeLike:
        """Element type of biases."""
        return np.int32 if self.sums == "AOT_SUMS_WRAP_32" else np.int64


def requantization_16(real_multipliers: list[float], *, bias_is_32_bits: bool, weights: npt.NDArray[np.int8] | None) -> Requantization16:
    """`weights`: int8 [channels, ...], None where they are computed at run time."""
    if bias_is_32_bits:
        rescaling = numerics.rescaling(real_multipliers)
        return Requantization16("AOT_SUMS_WRAP_32", rescaling.multipliers, rescaling.shifts)
    factors = [numerics.wide_multiplier(real) for real in real_multipliers]
    multipliers, shifts = np.array([m for m, _ in factors], np.int32), np.array([s for _, s in factors], np.int8)
    magnitudes = None if weights is None else np.abs(weights.reshape(len(weights), -1).astype(np.int64)).sum(axis=1)
    fits = magnitudes is not None and int(magnitudes.max()) * _INT16_REACH < 2**31
    return Requantization16("AOT_SUMS_FIT_32" if fits else "AOT_SUMS_64", multipliers, shifts)


def rescaling_16_finding(real_multipliers: list[float], view: OpView, *, bias_is_32_bits: bool) -> Finding | None:
    """The finding for factors that leave no bit to shift to the right (64-bit sums), or need too large a left shift (32-bit sums)."""
    largest = max(numerics.quantize_multiplier(real)[1] for real in real_multipliers)
    if largest <= (numerics.MAX_LEFT_SHIFT if bias_is_32_bits else numerics.MAX_WIDE_SHIFT):
        return None
    return Finding(f"a factor of 2^{largest} between sums and outputs", "look for a layer whose output range is close to zero", view.output)


def has_int32_bias(view: OpView, position: int = 2) -> bool:
    """The bias makes TFLM sum in 32 bits (CONV_2D: also the option that says so where there is none)."""
    bias = view.optional_input(position)
    if bias is None:
        return view.op.name == "CONV_2D" and bool(view.option("quantized_bias_type") == "INT32")
    return bias.dtype is DType.INT32


def activation_range_16(view: OpView) -> tuple[int, int]:
    """Bounds of the output after the fused activation."""
    result = view.output.quantization
    assert result is not None
    return numerics.activation_range(view.option("fused_activation_function"), result.scale, result.zero_point, *INT16_RANGE)


def bias_array(view: OpView, dtype: npt.DTypeLike, position: int = 2) -> npt.NDArray[Any] | None:
    """The model's constant bias, None where it has none."""
    bias = view.optional_input(position)
    return None if bias is None or bias.data is None else bias.data.reshape(-1).astype(dtype)
