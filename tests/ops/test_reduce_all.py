from __future__ import annotations

from tests.ops.harness import check_draws, draws
from tests.ops.reducing import FEATURES, reduction


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *reduction("REDUCE_ALL", "bool"), covering=[*FEATURES[:4]], rows=["REDUCE_ALL"])
