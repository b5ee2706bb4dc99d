from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.harness import check_draws, draws
from tests.ops.unary import unary


def slopes(random: np.random.Generator) -> dict[str, Any]:
    return {"alpha": float(np.float32(random.choice([0.1, 0.01, -0.3, 0.5, 1.5, 0.0, random.uniform(-1, 2)])))}


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *(unary("LEAKY_RELU", dtype, options=slopes) for dtype in ("int8", "int16", "float32")), rows=["LEAKY_RELU"])
