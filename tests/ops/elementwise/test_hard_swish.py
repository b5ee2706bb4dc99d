from __future__ import annotations

import numpy as np

from tests.ops.elementwise.unary import unary
from tests.ops.harness import check_draws, draws


def near(random: np.random.Generator, scale: float) -> float:
    return float(np.float32(scale * 10 ** random.uniform(-2, 1.5)))


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, unary("HARD_SWISH", "int8", out_scale=near), unary("HARD_SWISH", "float32"), rows=["HARD_SWISH"])
