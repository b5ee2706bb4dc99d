"""Constants of gates for kernels/dsp/gates.h and kernels/mve/lstm.h: weights in their order, factors, and when both are exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Struct

Int64 = npt.NDArray[np.int64]
PAIRED_LIMIT = 1 << 23
"""Sums of a high gate: 256 times as much has to fit 32 bits."""
SHIFTED_LIMIT = 1 << 30
"""Sums after the shift to the left."""
PRODUCT_LIMIT = SHIFTED_LIMIT
"""Magnitude of a product of two gates, or of a gate and a cell state, of 16 bits: below it."""
_GROUP = 4
_LANES = ((0, 2), (1, 3))
"""Inputs of a group whose lanes share a word."""


@dataclass(frozen=True)
class Scale:
    """A factor as the vector and DSP kernels take it."""

    left: int
    multiplier: int
    right: int


def scale_of(real: float, largest_sum: int) -> Scale | None:
    """The factor `real` for sums up to `largest_sum`; None where these would leave 31 bits."""
    multiplier, shift = numerics.quantize_multiplier(real)
    left, right = max(shift, 0), max(-shift, 0)
    return None if largest_sum << left >= SHIFTED_LIMIT else Scale(left, multiplier, right)


def dsp_scale(scale: Scale) -> Struct:
    """An `aot_dsp_scale`."""
    half = 1 << (scale.right - 1) if scale.right else 0
    sign = -1 if scale.right else 0
    return records.initialiser(left=scale.left + 1, multiplier=scale.multiplier, round=half, sign=sign, right=scale.right)


def mve_scale(scale: Scale) -> Struct:
    """An `aot_mve_scale`: shifts to the left are above zero."""
    sign = -1 if scale.right else 0
    return records.initialiser(left=scale.left, multiplier=scale.multiplier, sign=sign, right=-scale.right)


def filled_up(rows: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """`rows` with rows of zeros behind them, to a multiple of 4."""
    return np.pad(rows, ((0, -len(rows) % _GROUP), *(((0, 0),) * (rows.ndim - 1))))


def largest_sums(weights: npt.NDArray[np.int8], bias: Int64) -> int:
    """Magnitude of the sums of a gate, weights [units, inputs], over any inputs."""
    return int((np.abs(weights.astype(np.int64)).sum(axis=1) * 128 + np.abs(bias)).max())


def byte_pairs(gates: list[npt.NDArray[np.int8]], biases: list[Int64]) -> npt.NDArray[np.uint32]:
    """[unit, words]: starts and weights of four gates (low, high, low, high), as `aot_dsp_four_gates` reads them."""
    units, inputs = gates[0].shape
    padded = -(-inputs // _GROUP) * _GROUP
    wide = [np.pad(gate.astype(np.int64), ((0, 0), (0, padded - inputs))) for gate in gates]
    halves = [wide[low] + 256 * wide[low + 1] for low in (0, 2)]
    columns = [column for low in (0, 2) for column in (biases[low], biases[low] + 256 * biases[low + 1])]
    for start in range(0, padded, _GROUP):
        for first, second in _LANES:
            columns += [(half[:, start + first] & 0xFFFF) + ((half[:, start + second] & 0xFFFF) << 16) for half in halves]
    words = np.stack(columns, axis=1) % 2**32
    assert words.shape == (units, 4 + padded)
    return words.astype(np.uint32)


def pairs_fit(gates: list[npt.NDArray[np.int8]]) -> bool:
    """True where high * 256 + low fits 16 bits for all weights."""
    return all(int(gates[high].min()) > -128 for high in (1, 3))
