"""TFLM does not have it: LiteRT's reference kernels are the golden."""

from __future__ import annotations

from tests.ops.harness import by_litert, check_draws, draws
from tests.ops.reducing import FEATURES, reduction


@draws
def test_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(reduction("REDUCE_ANY", "bool")), covering=[*FEATURES[:4]], rows=["REDUCE_ANY"])
