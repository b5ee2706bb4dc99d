from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.blocks import blocks
from tests.ops.harness import Case, by_litert, check_draws, draws
from tests.ops.moving import drawn, numbers, tensor


def batch_to_space(random: np.random.Generator, dtype: str) -> Case:
    made = blocks(random, border=bool(random.random() < 0.7))
    builder = ModelBuilder()
    x, y = tensor(builder, made.batched, dtype), tensor(builder, made.space, dtype)
    crops = builder.tensor([len(made.block), 2], "int32", data=made.borders)
    builder.op("BATCH_TO_SPACE_ND", [x, numbers(builder, made.block), crops], [y])
    return Case(builder.build([x], [y]), f"{dtype} {made}", frozenset(made.features))


@draws
def test_equals_tflm(draws: int) -> None:
    features = ["3 dimensions", "4 dimensions", "a border", "no border"]
    check_draws(draws, *drawn(batch_to_space, "int8", "float32"), covering=features, rows=["BATCH_TO_SPACE_ND"])


@draws
def test_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(batch_to_space, "int16")))
