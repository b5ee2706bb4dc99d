from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws
from tests.ops.moving import drawn, shape_of, tensor


def zeros_like(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    builder = ModelBuilder()
    x, y = tensor(builder, shape, dtype), tensor(builder, shape, dtype)
    builder.op("ZEROS_LIKE", [x], [y])
    return Case(builder.build([x], [y]), f"{dtype} {shape}")


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(zeros_like, "int8", "int32", "int64", "float32"), rows=["ZEROS_LIKE"])
