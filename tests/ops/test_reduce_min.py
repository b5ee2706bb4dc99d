from __future__ import annotations

from tests.ops.harness import by_litert, check_draws, draws
from tests.ops.reducing import FEATURES, reduction


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *reduction("REDUCE_MIN", "int8", "float32", one_scale=True), covering=FEATURES, rows=["REDUCE_MIN"])


@draws
def test_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(reduction("REDUCE_MIN", "int16", one_scale=True, symmetric=True)))
