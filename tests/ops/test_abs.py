from __future__ import annotations

import numpy as np

from tests.ops.binary import scales
from tests.ops.harness import check_draws, draws
from tests.ops.unary import unary


def often_the_same(random: np.random.Generator, scale: float) -> float:
    return scale if random.random() < 0.3 else scales(random)


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(
        draws, *(unary("ABS", dtype, out_scale=often_the_same, symmetric=True) for dtype in ("int8", "int16", "float32")), rows=["ABS"]
    )
