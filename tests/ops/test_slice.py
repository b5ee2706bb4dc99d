from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, compile_library, draws, random_input
from tests.ops.moving import MOVABLE, drawn, samples, shape_of, tensor


def slice_of(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random, (1, 2, 3, 4, 5))
    sizes = [int(random.integers(1, size + 1)) for size in shape]
    last = [size - part for size, part in zip(shape, sizes, strict=True)]
    computed, to_the_end = random.random() < 0.4, random.random() < 0.3
    wide = "int64" if random.random() < 0.3 else "int32"
    begins = last if to_the_end else [int(random.integers(0, limit + 1)) for limit in last]
    builder = ModelBuilder()
    x = tensor(builder, shape, dtype)
    begin = builder.tensor([len(shape)], wide, data=None if computed else begins)
    stated = [-1] * len(shape) if to_the_end and not computed else sizes
    y = tensor(builder, sizes, dtype)
    builder.op("SLICE", [x, begin, builder.tensor([len(shape)], wide, data=stated)], [y])
    features = {"a computed begin" if computed else "a constant begin", wide, f"{len(shape)} dimensions"}
    features |= {"sizes of -1"} if -1 in stated else set()
    what = f"{dtype} {shape} {begins} {stated} {computed=}"
    draw = samples(lambda rng: random_input(rng, tuple(shape), np.dtype(dtype)), lambda rng: positions(rng, last, wide))
    return Case(builder.build([x, begin] if computed else [x], [y]), what, frozenset(features), draw if computed else None)


def positions(random: np.random.Generator, last: Sequence[int], dtype: str) -> npt.NDArray[np.generic]:
    return np.array([random.integers(0, limit + 1) for limit in last], dtype)


def test_a_begin_outside_is_moved_inside(tmp_path: Path) -> None:
    """TFLM reads whatever lies there; we never leave the tensor."""
    builder = ModelBuilder()
    x, at, y = builder.tensor([1, 3, 4], "int8", 0.5), builder.tensor([3], "int64"), builder.tensor([1, 2, 2], "int8", 0.5)
    builder.op("SLICE", [x, at, builder.tensor([3], "int64", data=[1, 2, 2])], [y])
    model = parse_model(builder.build([x, at], [y]), "outside")
    data = np.arange(12, dtype=np.int8).reshape(1, 3, 4)
    runner = AotHostRunner(compile_library([model], tmp_path), model)
    beyond, before = (runner.run([data, np.array([at], np.int64)]).outputs[0].tolist() for at in ([2**40, 9, 3], [-1, -(2**40), -5]))
    assert beyond == data[:, 1:3, 2:4].tolist()
    assert before == data[:, 0:2, 0:2].tolist()


@draws
def test_equals_tflm(draws: int) -> None:
    features = ["a computed begin", "a constant begin", "sizes of -1", "int32", "int64", "1 dimensions", "5 dimensions"]
    check_draws(draws, *drawn(slice_of, *MOVABLE, "bool"), covering=features, rows=["SLICE"])
