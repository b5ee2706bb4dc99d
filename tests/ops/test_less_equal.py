from __future__ import annotations

from tests.ops.binary import BROADCASTS
from tests.ops.comparing import comparisons
from tests.ops.harness import check_draws, draws


@draws
def test_equals_tflm(draws: int) -> None:
    kinds = comparisons("LESS_EQUAL", of_bool=False)
    check_draws(draws, *kinds, covering=[*BROADCASTS, "constant", "lowest zero point", "highest zero point"], rows=["LESS_EQUAL"])
