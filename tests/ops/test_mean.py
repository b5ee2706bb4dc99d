from __future__ import annotations

from tests.ops.harness import check_draws, draws
from tests.ops.reducing import FEATURES, reduction


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(
        draws,
        *reduction("MEAN", "int8", "int16", "float32"),
        covering=[*FEATURES, "lowest zero point", "highest zero point"],
        rows=["MEAN"],
    )
