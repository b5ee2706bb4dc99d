from __future__ import annotations

import numpy as np

from tests.ops.harness import check_draws, draws
from tests.ops.unary import unary


def mantissas(random: np.random.Generator) -> float:
    """All 24 bits of a float32: products with differences of 9 or 17 bits need rounding."""
    return float(random.integers(2**23, 2**24) * 2.0 ** random.integers(-100, 80))


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(
        draws,
        *(unary("DEQUANTIZE", dtype, output="float32", in_scale=mantissas) for dtype in ("int8", "uint8", "int16")),
        rows=["DEQUANTIZE"],
    )
