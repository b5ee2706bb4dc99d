from __future__ import annotations

from tests.ops.harness import by_litert, check_draws, draws
from tests.ops.reducing import FEATURES, reduction


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *reduction("REDUCE_MAX", "int8", "float32", one_scale=True), covering=FEATURES, rows=["REDUCE_MAX"])


@draws
def test_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(reduction("REDUCE_MAX", "int16", one_scale=True, symmetric=True)))
