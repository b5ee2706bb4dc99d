from __future__ import annotations

import numpy as np

from tests.ops.binary import scales
from tests.ops.harness import check_draws, draws, litert_outputs
from tests.ops.unary import unary


@draws
def test_int8_equals_litert(draws: int) -> None:
    check_draws(draws, unary("EXP", "int8", golden=litert_outputs), rows=["EXP"])


def input_scale(random: np.random.Generator) -> float:
    """Inputs up to 72: above 88 exp() is infinite, which is refused."""
    return float(np.float32(2.0 ** random.uniform(-15, -9.5)))


def output_scale(random: np.random.Generator, _scale: float) -> float:
    """From far too small, where the table's neighbours are further apart than 16 bits hold, to fitting."""
    return 0.001 * scales(random)


@draws
def test_int16_equals_litert(draws: int) -> None:
    check_draws(draws, unary("EXP", "int16", golden=litert_outputs, symmetric=True, in_scale=input_scale, out_scale=output_scale))
