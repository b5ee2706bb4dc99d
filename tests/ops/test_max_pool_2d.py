from __future__ import annotations

import hypothesis

from tests.ops.harness import Case, batch_of, batches, check_batch
from tests.ops.pooling import pooling


@batches
@hypothesis.given(batch_of(pooling("MAX_POOL_2D")))
def test_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)
