from __future__ import annotations

import numpy as np

from tests.ops.harness import check_draws, draws, litert_outputs
from tests.ops.test_rsqrt import not_negative, positive_and_tiny
from tests.ops.unary import unary


def root_scale(random: np.random.Generator, scale: float) -> float:
    return float(np.float32(2.0 ** random.integers(-3, 5) * random.uniform(0.5, 1) * np.sqrt(scale) * 0.1))


@draws
def test_int8_equals_litert(draws: int) -> None:
    check_draws(draws, unary("SQRT", "int8", values=not_negative, out_scale=root_scale, golden=litert_outputs))


@draws
def test_float_of_all_magnitudes_equals_tflm(draws: int) -> None:
    check_draws(draws, unary("SQRT", "float32", values=positive_and_tiny), rows=["SQRT"])
