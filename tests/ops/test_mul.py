from __future__ import annotations

import numpy as np

from tests.ops.binary import ACTIVATIONS, BROADCASTS, EXTREMES, binary
from tests.ops.harness import check_draws, draws


def product_scale(random: np.random.Generator, a: float, b: float) -> float:
    return float(np.float32(a * b * 2.0 ** random.integers(-4, 13) * random.uniform(0.5, 1)))


@draws
def test_equals_tflm(draws: int) -> None:
    quantized = [binary("MUL", dtype, out_scale=product_scale, symmetric=True) for dtype in ("int8", "int16")]
    numbers = [binary("MUL", dtype) for dtype in ("int32", "float32")]
    check_draws(draws, *quantized, *numbers, covering=[*ACTIVATIONS, *BROADCASTS, *EXTREMES, "constant"], rows=["MUL"])
