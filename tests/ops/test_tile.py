"""TFLM does not have it: LiteRT's reference kernels are the golden."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, by_litert, check_draws, draws
from tests.ops.moving import MOVABLE, drawn, numbers, shape_of, tensor


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
