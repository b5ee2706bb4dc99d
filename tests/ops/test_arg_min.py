from __future__ import annotations

from tests.ops.arg_extremes import arg_extreme
from tests.ops.harness import check_draws, draws


@draws
def test_equals_tflm(draws: int) -> None:
    features = ["axis from the end", "axis from the front", "1 dimensions", "4 dimensions"]
    check_draws(draws, *arg_extreme("ARG_MIN", "int8", "float32"), covering=features, rows=["ARG_MIN"])
