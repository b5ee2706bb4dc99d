from __future__ import annotations

from tests.ops.fractions import fractions
from tests.ops.harness import check_draws, draws
from tests.ops.unary import unary


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, unary("ROUND", "float32", values=fractions), rows=["ROUND"])
