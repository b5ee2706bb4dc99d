from __future__ import annotations

from tests.ops.harness import check_draws, draws
from tests.ops.resizing import FEATURES, resize


@draws
def test_equals_tflm(draws: int) -> None:
    cases = resize("RESIZE_NEAREST_NEIGHBOR", "int8", "int16", "float32", both_flags=True)
    check_draws(draws, *cases, covering=[*FEATURES, "both flags"], rows=["RESIZE_NEAREST_NEIGHBOR"])
