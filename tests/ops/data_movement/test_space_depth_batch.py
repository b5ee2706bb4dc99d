"""SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.blocks import blocks
from tests.ops.data_movement.drawn import drawn, numbers, tensor
from tests.ops.harness import Case, by_litert, check_draws, draws, litert_outputs


def space_and_depth(operator: str, random: np.random.Generator, dtype: str) -> Case:
    block = int(random.choice([1, 2, 3]))
    batch, height, width, channels = (int(random.integers(1, 4)) for _ in range(4))
    space, depth = [batch, height * block, width * block, channels], [batch, height, width, channels * block * block]
    source, result = (space, depth) if operator == "SPACE_TO_DEPTH" else (depth, space)
    builder = ModelBuilder()
    x, y = tensor(builder, source, dtype), tensor(builder, result, dtype)
    builder.op(operator, [x], [y], block_size=block)
    return Case(builder.build([x], [y]), f"{dtype} {source} {block}", frozenset({f"block {block}"}))


@pytest.mark.parametrize("operator", ["SPACE_TO_DEPTH", "DEPTH_TO_SPACE"])
@draws
def test_space_and_depth_equal_tflm(operator: str, draws: int) -> None:
    kinds = drawn(functools.partial(space_and_depth, operator), "int8", "float32")
    check_draws(draws, *kinds, covering=["block 1", "block 2", "block 3"], rows=[operator])


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
def test_space_to_batch_nd_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(space_to_batch, "int8", "float32"), covering=["3 dimensions", "4 dimensions"], rows=["SPACE_TO_BATCH_ND"])


@draws
def test_with_padding_equals_litert(draws: int) -> None:
    check_draws(draws, *drawn(padded, "int8", "float32"), covering=["3 dimensions", "4 dimensions", "a border"])


@draws
def test_space_to_batch_nd_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(space_to_batch, "int16")))


def batch_to_space(random: np.random.Generator, dtype: str) -> Case:
    made = blocks(random, border=bool(random.random() < 0.7))
    builder = ModelBuilder()
    x, y = tensor(builder, made.batched, dtype), tensor(builder, made.space, dtype)
    crops = builder.tensor([len(made.block), 2], "int32", data=made.borders)
    builder.op("BATCH_TO_SPACE_ND", [x, numbers(builder, made.block), crops], [y])
    return Case(builder.build([x], [y]), f"{dtype} {made}", frozenset(made.features))


@draws
def test_batch_to_space_nd_equals_tflm(draws: int) -> None:
    features = ["3 dimensions", "4 dimensions", "a border", "no border"]
    check_draws(draws, *drawn(batch_to_space, "int8", "float32"), covering=features, rows=["BATCH_TO_SPACE_ND"])


@draws
def test_batch_to_space_nd_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(batch_to_space, "int16")))
