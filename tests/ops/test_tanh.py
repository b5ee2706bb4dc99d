from __future__ import annotations

import numpy as np

from tests.ops.binary import scales
from tests.ops.harness import check_draws, draws
from tests.ops.unary import unary


def powers_of_two(random: np.random.Generator) -> float:
    return float(2.0 ** random.integers(-14, -8))


def wide(random: np.random.Generator) -> float:
    return scales(random, -13, 8)


def fine(random: np.random.Generator) -> float:
    return scales(random, -13, 0)


@draws
def test_equals_tflm(draws: int) -> None:
    kinds = [
        unary("TANH", "int8", out_scale=lambda _random, _scale: 1 / 128, out_point=0, in_scale=wide),
        unary("TANH", "int8"),  # another output scale is not looked at
        unary("TANH", "int16", out_scale=lambda _random, _scale: 2.0**-15, symmetric=True, in_scale=fine),
        unary("TANH", "int16", out_scale=lambda _random, _scale: 2.0**-15, symmetric=True, in_scale=powers_of_two),
    ]
    check_draws(draws, *kinds, rows=["TANH"])
