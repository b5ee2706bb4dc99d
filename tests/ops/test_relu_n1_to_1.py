from __future__ import annotations

from tests.ops.harness import check_draws, draws, litert_outputs
from tests.ops.unary import unary


@draws
def test_equals_litert(draws: int) -> None:
    check_draws(draws, *(unary("RELU_N1_TO_1", dtype, golden=litert_outputs) for dtype in ("int8", "float32")), rows=["RELU_N1_TO_1"])
