from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, by_litert, check_draws, draws, random_input
from tests.ops.moving import drawn, samples, shape_of, tensor


def gather_nd(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random, (1, 2, 3, 4, 5), most=4)
    depth = int(random.integers(1, len(shape) + 1))
    front = shape_of(random, (0, 1, 2), most=4)

    def positions(rng: np.random.Generator) -> npt.NDArray[np.generic]:
        return np.stack([rng.integers(0, size, front) for size in shape[:depth]], axis=-1).astype(np.int32)

    constant = positions(random) if random.random() < 0.5 else None
    builder = ModelBuilder()
    x, at = tensor(builder, shape, dtype), builder.tensor([*front, depth], "int32", data=constant)
    y = tensor(builder, [*front, *shape[depth:]], dtype)
    builder.op("GATHER_ND", [x, at], [y])
    features = {"constant" if constant is not None else "computed", "elements" if depth == len(shape) else "slices"}
    draw = samples(lambda rng: random_input(rng, tuple(shape), np.dtype(dtype)), *([positions] if constant is None else []))
    return Case(builder.build([x, at] if constant is None else [x], [y]), f"{dtype} {shape} {front} {depth}", frozenset(features), draw)


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(gather_nd, "int8", "float32"), covering=["constant", "computed", "elements", "slices"], rows=["GATHER_ND"])


@draws
def test_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(gather_nd, "int16", "int32", "int64", "bool")))
