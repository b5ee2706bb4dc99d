from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tests.ops.binary import ACTIVATIONS, BROADCASTS, EXTREMES, binary
from tests.ops.harness import check_draws, draws, random_input


def quotient_scale(random: np.random.Generator, a: float, b: float) -> float:
    return float(np.float32(a / b * 2.0 ** random.integers(-8, 9) * random.uniform(0.5, 1)))


def integers(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], position: int) -> npt.NDArray[Any]:
    """Neither 0 as a divisor, which is an error in TFLM, nor the one overflow, which ends its process."""
    drawn = random_input(random, shape, dtype)
    return drawn if position == 0 else np.where((drawn == 0) | (drawn == -1), 3, drawn).astype(dtype)


@draws
def test_equals_tflm(draws: int) -> None:
    """In 8 bits with divisors of zero among the others."""
    kinds = [binary("DIV", "int8", out_scale=quotient_scale), binary("DIV", "int32", samples=integers), binary("DIV", "float32")]
    check_draws(draws, *kinds, covering=[*ACTIVATIONS, *BROADCASTS, *EXTREMES, "constant"], rows=["DIV"])
