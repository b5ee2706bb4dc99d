"""What the kernels of MCU_GRU and MCU_SIMPLE_RNN for DSP and for Helium share: gates in the order of the kernels, and records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Struct
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.recurrent.gate_packing import (
    Int64,
    Scale,
    four_rows,
    largest_sums,
    mve_constants,
    mve_gate,
    scale_of,
)
from mcu_toolkit.runtimes.aot.ops.recurrent.own_layers import (
    Gate,
    Layout,
    gate_constants,
    gate_factors,
    sequence,
    state_factor,
)

_STATE_LIMIT = 1 << 15
"""Magnitude of a state of 16 bits."""


@dataclass(frozen=True, eq=False)
class Part:
    """A gate over the input or over the hidden state: weights [units, columns], what sums start with, the factor to steps of 2^-12."""

    name: str
    weights: npt.NDArray[np.int8]
    starts: Int64
    scale: Scale


@dataclass(frozen=True, eq=False)
class Plan:
    """All gates of a layer."""

    from_input: tuple[Part, ...]
    from_hidden: tuple[Part, ...]
    result: Scale
    """From fractions of 2^15 to the steps of the output."""


def plan(view: OpView, layout: Layout) -> Plan | None:
    """None where a factor is not exact."""
    sides = [_parts(view, gate) for gate in layout.gates]
    result = scale_of(state_factor(view), _STATE_LIMIT)
    found = [side for side in sides if side is not None]
    if result is None or len(found) < len(sides):
        return None
    return Plan(tuple(first for first, _ in found), tuple(second for _, second in found), result)


def _parts(view: OpView, gate: Gate) -> tuple[Part, Part] | None:
    weights, recurrent, bias, hidden = (constant.array for constant in gate_constants(view, gate))
    found = []
    for side, rows, starts, real in zip(("input", "hidden"), (weights, recurrent), (bias, hidden), gate_factors(view, gate), strict=True):
        wide = starts.astype(np.int64)
        scale = scale_of(real, largest_sums(rows, wide))
        if scale is None:
            return None
        found.append(Part(f"{gate.name}_{side}", rows, wide, scale))
    return found[0], found[1]


def packed(parts: Sequence[Part]) -> npt.NDArray[np.uint32] | None:
    """[4 units, words]: `parts` behind each other, as `aot_dsp_four_gates` reads them; None where byte pairs would not be exact."""
    words = [four_rows(part.weights, part.starts) for part in parts]
    exact = [one for one in words if one is not None]
    return np.concatenate(exact, axis=1) if len(exact) == len(words) else None


def constants_for_mve(planned: Plan) -> tuple[Constant, ...]:
    """Weights and starts of all gates."""
    parts = (*planned.from_input, *planned.from_hidden)
    made = [mve_constants(part.name, part.weights, part.starts, part.name.replace("_", " gate over the ")) for part in parts]
    return tuple(constant for pair in made for constant in pair)


def gates_for_mve(parts: Sequence[Part]) -> list[Struct]:
    """An `aot_mve_gate` each."""
    return [mve_gate(part.name, part.scale) for part in parts]


def fields(view: OpView) -> dict[str, Expression]:
    """The members that the layers' records have behind their gates."""
    return {"sequence": sequence(view), "zero_point": quantization(view.output).zero_point}


def lanes_bytes(count: int) -> int:
    """Of `count` elements as lanes of 16 bits, a multiple of 4 of them."""
    return -(-count // 4) * 8
