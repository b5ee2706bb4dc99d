"""Constants of gates for kernels/dsp/gates.h and kernels/mve/lstm.h: weights in their order, factors, and when both are exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Struct, Table
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant

Int64 = npt.NDArray[np.int64]
PAIRED_LIMIT = 1 << 23
"""Sums of a high gate: 256 times as much has to fit 32 bits."""
SHIFTED_LIMIT = 1 << 30
"""Sums after the shift to the left."""
PRODUCT_LIMIT = SHIFTED_LIMIT
"""Magnitude of a product of two gates, or of a gate and a cell state, of 16 bits: below it."""
_WIDE_LIMIT = 1 << 31
"""Sums over activations of 16 bits."""
_LEAST_WIDE_SHIFT, _LARGEST_WIDE_SHIFT = 17, 46
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


def wide_scale_of(real: float, largest_sum: int) -> Scale | None:
    """The factor `real` for sums over activations of 16 bits, as aot_dsp_scaled_wide and aot_mve_wide_gate_part take it.

    None where sums leave 32 bits, or the factor is so large that they could not drop the lower half of the products.
    """
    multiplier, shift = numerics.wide_multiplier(real)
    if largest_sum >= _WIDE_LIMIT or not _LEAST_WIDE_SHIFT <= shift <= _LARGEST_WIDE_SHIFT:
        return None
    return Scale(0, multiplier << 16, shift - 16)


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


def mve_gate(table: str, scale: Scale) -> Struct:
    """An `aot_mve_gate`, whose constants are `table` and `table`_starts (see `mve_constants`)."""
    return records.initialiser(weights=Table(table), starts=Table(f"{table}_starts"), scale=mve_scale(scale))


def mve_constants(table: str, weights: npt.NDArray[np.int8], starts: Int64, what: str) -> tuple[Constant, Constant]:
    """Weights [units, columns] and what their sums start with, for kernels/mve/gates.h."""
    return (
        Constant(table, filled_up(weights), f"{what}: [unit, rounded up to 4][column]"),
        Constant(f"{table}_starts", filled_up(starts.astype(np.int32)), f"{what}: [unit, rounded up to 4]"),
    )


def largest_sums(weights: npt.NDArray[np.int8], bias: Int64, *, magnitude: int = 128) -> int:
    """Magnitude of the sums of a gate, weights [units, inputs], over any inputs of up to `magnitude`."""
    return int((np.abs(weights.astype(np.int64)).sum(axis=1) * magnitude + np.abs(bias)).max())


def byte_pairs(gates: list[npt.NDArray[np.int8]], biases: list[Int64]) -> npt.NDArray[np.uint32]:
    """[unit, words]: starts and weights of four gates (low, high, low, high), as `aot_dsp_four_gates` reads them."""
    wide = _padded(gates)
    halves = [wide[low] + 256 * wide[low + 1] for low in (0, 2)]
    columns = [column for low in (0, 2) for column in (biases[low], biases[low] + 256 * biases[low + 1])]
    for start in range(0, wide[0].shape[1], _GROUP):
        for first, second in _LANES:
            columns += [(half[:, start + first] & 0xFFFF) + ((half[:, start + second] & 0xFFFF) << 16) for half in halves]
    return _words(columns)


def separate_bytes(gates: list[npt.NDArray[np.int8]], biases: list[Int64]) -> npt.NDArray[np.uint32]:
    """[unit, words]: starts and weights of four gates as `aot_dsp_four_wide_gates` reads them, words of two gates and two inputs."""
    wide = [gate & 0xFF for gate in _padded(gates)]
    columns = list(biases)
    for start in range(0, wide[0].shape[1], 2):
        for low in (0, 2):
            parts = [wide[gate][:, start + i] for i in (0, 1) for gate in (low, low + 1)]
            columns.append(np.asarray(sum(part << (8 * place) for place, part in enumerate(parts))))
    return _words(columns)


def _padded(gates: list[npt.NDArray[np.int8]]) -> list[Int64]:
    """Weights [units, inputs] with zeros behind the last input, to a multiple of 4."""
    return [np.pad(gate.astype(np.int64), ((0, 0), (0, -gate.shape[1] % _GROUP))) for gate in gates]


def _words(columns: list[Int64]) -> npt.NDArray[np.uint32]:
    return (np.stack(columns, axis=1) % 2**32).astype(np.uint32)


def four_rows(weights: npt.NDArray[np.int8], starts: Int64) -> npt.NDArray[np.uint32] | None:
    """[4 rows, words]: four rows of [rows, inputs] at a time as four gates of byte pairs; None where these would not be exact."""
    fours = [filled_up(weights)[i::_GROUP].astype(np.int8) for i in range(_GROUP)]
    if largest_sums(weights, starts) >= PAIRED_LIMIT or not pairs_fit(fours):
        return None
    return byte_pairs(fours, [filled_up(starts)[i::_GROUP].astype(np.int64) for i in range(_GROUP)])


def pairs_fit(gates: list[npt.NDArray[np.int8]]) -> bool:
    """True where high * 256 + low fits 16 bits for all weights."""
    return all(int(gates[high].min()) > -128 for high in (1, 3))
