from __future__ import annotations

import numpy as np

from tests.ops.binary import ACTIVATIONS, BROADCASTS, EXTREMES, binary, scales
from tests.ops.harness import check_draws, draws


def sum_scale(random: np.random.Generator, a: float, b: float) -> float:
    return float(np.float32(max(a, b) * scales(random) * 100))


@draws
def test_equals_tflm(draws: int) -> None:
    quantized = [binary("SUB", dtype, out_scale=sum_scale) for dtype in ("int8", "int16")]
    numbers = [binary("SUB", dtype) for dtype in ("int32", "float32")]
    check_draws(draws, *quantized, *numbers, covering=[*ACTIVATIONS, *BROADCASTS, *EXTREMES, "constant"], rows=["SUB"])
