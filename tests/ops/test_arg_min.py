from __future__ import annotations

from tests.ops.arg_extremes import arg_extreme
from tests.ops.harness import by_litert, check_draws, draws


@draws
def test_equals_tflm(draws: int) -> None:
    features = ["axis from the end", "axis from the front", "1 dimensions", "4 dimensions"]
    check_draws(draws, *arg_extreme("ARG_MIN", "int8", "float32"), covering=features, rows=["ARG_MIN"])


@draws
def test_int64_outputs_equal_litert(draws: int) -> None:
    check_draws(draws, *by_litert(arg_extreme("ARG_MIN", "int8", "float32", result="int64")))
