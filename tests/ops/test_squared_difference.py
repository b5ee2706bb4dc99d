from __future__ import annotations

import numpy as np

from tests.ops.binary import BROADCASTS, EXTREMES, binary
from tests.ops.harness import check_draws, draws


def square_scale(random: np.random.Generator, a: float, b: float) -> float:
    return float(np.float32(max(a, b) ** 2 * 2.0 ** random.integers(-4, 15) * random.uniform(0.5, 1)))


@draws
def test_equals_tflm(draws: int) -> None:
    quantized = [binary("SQUARED_DIFFERENCE", dtype, fused=None, out_scale=square_scale, symmetric=True) for dtype in ("int8", "int16")]
    numbers = [binary("SQUARED_DIFFERENCE", dtype, fused=None) for dtype in ("int32", "float32")]
    check_draws(draws, *quantized, *numbers, covering=[*BROADCASTS, *EXTREMES, "constant"], rows=["SQUARED_DIFFERENCE"])
