"""From sums to outputs on cores with Helium: which way of kernels/mve/requantize.h is exact, and its constants."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Struct, Table
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

Kind = Literal["one_sided", "two_sided", "clamped"]

_GROUP = 8
"""Channels whose constants lie together."""
_GROUP_COMMENT = "[8 channels]: biases (even channels, then odd ones), multipliers, exponents; see kernels/mve/requantize.h"
_BIAS_COMMENT = "[8 channels]: biases, even channels, then odd ones"


def choose_kind(layer: Weighted) -> Kind | None:
    """The cheapest exact way; None where there is none.

    It is exact by construction: VQRDMULH and VRSHL are TFLM's two roundings, but for halves below zero.
    """
    shifts = layer.rescaling.shifts
    whole_range = (layer.minimum, layer.maximum) == (-128, 127)
    if np.any(shifts > 0):
        return None  # TFLM shifts the sum to the left before it multiplies
    if whole_range and layer.output_zero_point == -128:
        return "one_sided"  # what lies below the zero point becomes -128 however it is rounded
    if np.any(shifts == 0):
        return None  # without a shift nothing is rounded, so the sign must not be added
    return "two_sided" if whole_range else "clamped"


def _even_then_odd(values: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """[channels] as [groups of 8, 8] with even channels first, filled up with zeros."""
    padded = np.concatenate([values, np.zeros(-len(values) % _GROUP, values.dtype)]).reshape(-1, _GROUP)
    return np.concatenate([padded[:, 0::2], padded[:, 1::2]], axis=1)


def channel_groups(layer: Weighted) -> Constant:
    """int32 [groups of 8 channels, 18]: aot_mve_factors.groups for channels with factors of their own."""
    shape = (layer.channels,)
    multipliers = np.broadcast_to(layer.rescaling.multipliers, shape).astype(np.int32)
    shifts = np.broadcast_to(layer.rescaling.shifts, shape).astype(np.int32)
    bytes_ = np.ascontiguousarray(_even_then_odd(shifts).astype(np.int8)).view("<i4").astype(np.int32)
    columns = [_even_then_odd(layer.effective_bias), _even_then_odd(multipliers), bytes_]
    return Constant("groups", np.concatenate(columns, axis=1), _GROUP_COMMENT)


def bias_groups(layer: Weighted) -> Constant:
    """int32 [groups of 8 channels, 8]: aot_mve_factors.groups for a single factor."""
    return Constant("groups", _even_then_odd(layer.effective_bias), _BIAS_COMMENT)


_GROUPS = Table("groups")


def factors_initialiser(layer: Weighted, groups: Expression = _GROUPS) -> Struct:
    """The C initialiser of an aot_mve_factors."""
    factor = records.factor(int(layer.rescaling.multipliers[0]), int(layer.rescaling.shifts[0]))
    return records.initialiser(groups=groups, factor=factor, output=records.output(*layer.ends))
