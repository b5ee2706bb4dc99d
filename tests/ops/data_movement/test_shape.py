"""SHAPE and BROADCAST_ARGS."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import MOVABLE, drawn, numbers, shape_of, tensor
from tests.ops.harness import Case, Sample, check_batch, check_draws, draws


def shape(random: np.random.Generator, dtype: str) -> Case:
    found = shape_of(random)
    builder = ModelBuilder()
    x, y = tensor(builder, found, dtype), builder.tensor([len(found)], "int32")
    builder.op("SHAPE", [x], [y], out_type="INT32")
    return Case(builder.build([x], [y]), f"{dtype} {found}")


@draws
def test_shape_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(shape, *MOVABLE, "int64", "bool", "uint8"), rows=["SHAPE"])


def test_arithmetic_on_shapes_that_converters_leave_behind() -> None:
    """reshape(x, [x.shape[0], -1]): SHAPE, STRIDED_SLICE, PACK and a RESHAPE whose shape is computed."""
    builder = ModelBuilder()
    x, whole = builder.tensor([1, 3, 4], "int8", 0.5), builder.tensor([3], "int32")
    batch, pair, y = builder.tensor([], "int32"), builder.tensor([2], "int32"), builder.tensor([1, 12], "int8", 0.5)
    builder.op("SHAPE", [x], [whole], out_type="INT32")
    builder.op("STRIDED_SLICE", [whole, *(numbers(builder, [n]) for n in (0, 1, 1))], [batch], shrink_axis_mask=1)
    builder.op("PACK", [batch, builder.tensor([], "int32", data=12)], [pair], values_count=2, axis=0)
    builder.op("RESHAPE", [x, pair], [y])
    check_batch([Case(builder.build([x], [y, pair]), "flatten")])


def two_shapes(random: np.random.Generator, ranks: tuple[int, int], dtype: str) -> list[npt.NDArray[np.generic]]:
    """Two lists that broadcast."""
    common = random.integers(1, 6, max(ranks))
    return [np.where(random.random(rank) < 0.4, 1, common[max(ranks) - rank :]).astype(dtype) for rank in ranks]


def broadcast_args(random: np.random.Generator, dtype: str) -> Case:
    ranks = (int(random.integers(1, 5)), int(random.integers(1, 5)))
    constant = two_shapes(random, ranks, dtype)[1] if random.random() < 0.3 else None
    builder = ModelBuilder()
    first, second = builder.tensor([ranks[0]], dtype), builder.tensor([ranks[1]], dtype, data=constant)
    y = builder.tensor([max(ranks)], dtype)
    builder.op("BROADCAST_ARGS", [first, second], [y])

    def sample(rng: np.random.Generator) -> Sample:
        if constant is None:
            return two_shapes(rng, ranks, dtype)
        tail = np.concatenate([np.ones(max(0, ranks[0] - ranks[1]), dtype), constant])[-ranks[0] :]
        return [np.where(rng.random(ranks[0]) < 0.4, 1, tail).astype(dtype)]

    features = {"a constant" if constant is not None else "both computed", "as long" if ranks[0] == ranks[1] else "of two lengths"}
    inputs = [first] if constant is not None else [first, second]
    return Case(builder.build(inputs, [y]), f"{dtype} {ranks} {constant}", frozenset(features), sample)


@draws
def test_broadcast_args_equals_tflm(draws: int) -> None:
    features = ["a constant", "both computed", "as long", "of two lengths"]
    check_draws(draws, *drawn(broadcast_args, "int32", "int64"), covering=features, rows=["BROADCAST_ARGS"])
