from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.blocks import blocks
from tests.ops.harness import Case, by_litert, check_draws, draws, litert_outputs
from tests.ops.moving import drawn, numbers, tensor


def space_to_batch(random: np.random.Generator, dtype: str, *, border: bool = False) -> Case:
    made = blocks(random, border=border)
    builder = ModelBuilder()
    x, y = tensor(builder, made.space, dtype, -7), tensor(builder, made.batched, dtype, -7)
    pads = builder.tensor([len(made.block), 2], "int32", data=made.borders)
    builder.op("SPACE_TO_BATCH_ND", [x, numbers(builder, made.block), pads], [y])
    return Case(builder.build([x], [y]), f"{dtype} {made}", frozenset(made.features))


def padded(random: np.random.Generator, dtype: str) -> Case:
    """TFLM never sets the value of the border; LiteRT's is the zero point."""
    return replace(space_to_batch(random, dtype, border=True), golden=litert_outputs)


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(space_to_batch, "int8", "float32"), covering=["3 dimensions", "4 dimensions"], rows=["SPACE_TO_BATCH_ND"])


@draws
def test_with_padding_equals_litert(draws: int) -> None:
    check_draws(draws, *drawn(padded, "int8", "float32"), covering=["3 dimensions", "4 dimensions", "a border"])


@draws
def test_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(space_to_batch, "int16")))
