from __future__ import annotations

from tests.ops.harness import check_draws, draws
from tests.ops.moving import MOVABLE
from tests.ops.padding import FEATURES, padding


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *padding("PAD", *MOVABLE), covering=FEATURES, rows=["PAD"])
