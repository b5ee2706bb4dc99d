"""BROADCAST_TO and TILE.

TILE: TFLM does not have it: LiteRT's reference kernels are the golden.
"""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import MOVABLE, drawn, numbers, shape_of, tensor
from tests.ops.harness import Case, by_litert, check_draws, draws


def broadcast_to(random: np.random.Generator, dtype: str) -> Case:
    result = shape_of(random, (1, 2, 3, 4, 5), most=4)
    shape = [1 if random.random() < 0.4 else size for size in result][int(random.integers(0, len(result))) :]
    wide = "int64" if random.random() < 0.3 else "int32"
    builder = ModelBuilder()
    x, y = tensor(builder, shape, dtype), tensor(builder, result, dtype)
    builder.op("BROADCAST_TO", [x, numbers(builder, result, wide)], [y])
    features = {wide, "more dimensions" if len(result) > len(shape) else "as many dimensions", f"{len(result)} dimensions"}
    return Case(builder.build([x], [y]), f"{dtype} {shape} to {result}", frozenset(features))


@draws
def test_equals_tflm(draws: int) -> None:
    features = ["int32", "int64", "more dimensions", "as many dimensions", "5 dimensions"]
    check_draws(draws, *drawn(broadcast_to, *MOVABLE, "int64", "bool", "uint8"), covering=features, rows=["BROADCAST_TO"])


def tiled(shape: list[int], counts: list[int], dtype: str, wide: str = "int32") -> bytes:
    builder = ModelBuilder()
    x, y = tensor(builder, shape, dtype), tensor(builder, [size * count for size, count in zip(shape, counts, strict=True)], dtype)
    builder.op("TILE", [x, numbers(builder, counts, wide)], [y])
    return builder.build([x], [y])


def tile(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random, most=4)
    counts = [int(random.choice([1, 1, 2, 3])) for _ in shape]
    repeated = [axis for axis, count in enumerate(counts) if count > 1]
    for axis in repeated[2:]:
        counts[axis] = 1  # three repeated dimensions may need more loops than there are
    wide = "int64" if random.random() < 0.3 else "int32"
    features = {wide, f"{min(len(repeated), 2)} repeated"}
    return Case(tiled(shape, counts, dtype, wide), f"{dtype} {shape} {counts}", frozenset(features))


@draws
def test_equals_litert(draws: int) -> None:
    kinds = by_litert(drawn(tile, *MOVABLE, "int64", "bool", "uint8"))
    check_draws(draws, *kinds, covering=["int32", "int64", "0 repeated", "1 repeated", "2 repeated"], rows=["TILE"])


def test_more_loops_than_there_are_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match=r"\[2, 3, 2, 3\] times \[2, 2, 2, 2\]"):
        compile_model(parse_model(tiled([2, 3, 2, 3], [2, 2, 2, 2], "int8"), "many"), Target())
