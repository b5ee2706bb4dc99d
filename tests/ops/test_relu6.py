from __future__ import annotations

from tests.ops.harness import check_draws, draws
from tests.ops.unary import unary


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *(unary("RELU6", dtype) for dtype in ("int8", "int16", "float32")), rows=["RELU6"])
