"""Drawing models of operators that move elements: tensors of any type, and cases made from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, Sample, seeds

MOVABLE = ["int8", "int16", "int32", "float32"]
"""What TFLM's SPLIT, UNPACK, PAD and DYNAMIC_UPDATE_SLICE take."""

Make = Callable[[np.random.Generator, str], Case]


def drawn(make: Make, *dtypes: str) -> list[st.SearchStrategy[Case]]:
    """For each element type the cases that `make` makes of random numbers."""
    return [seeds.map(_maker(make, dtype)) for dtype in dtypes]


def _maker(make: Make, dtype: str) -> Callable[[int], Case]:
    return lambda seed: make(np.random.default_rng(seed), dtype)


def shape_of(random: np.random.Generator, ranks: Sequence[int] = (1, 2, 3, 4), most: int = 5) -> list[int]:
    """A shape; dimensions of 1 are more frequent than others, and so are channels that fill words."""
    shape = [int(random.choice([1, *range(1, most + 1)])) for _ in range(random.choice(ranks))]
    if shape and random.random() < 0.3:
        shape[-1] = int(random.choice([4, 8, 16, 16]))
    return shape


def tensor(
    builder: ModelBuilder, shape: Sequence[int], dtype: str, zero_point: int = -7, data: npt.ArrayLike | None = None, scale: float = 0.25
) -> int:
    """A tensor; int8 and int16 are quantized, int16 with a zero point of 0."""
    if dtype not in ("int8", "int16"):
        return builder.tensor(shape, dtype, data=data)
    return builder.tensor(shape, dtype, scale, zero_point if dtype == "int8" else 0, data=data)


def numbers(builder: ModelBuilder, values: Sequence[int], dtype: str = "int32") -> int:
    """A constant list of integers."""
    return builder.tensor([len(values)], dtype, data=list(values))


def values(random: np.random.Generator, shape: Sequence[int], dtype: str) -> npt.NDArray[np.generic]:
    """Constant data: small integers, which every type can hold."""
    return random.integers(0 if dtype in ("bool", "uint8") else -9, 2 if dtype == "bool" else 9, shape).astype(dtype)


def samples(*makers: Callable[[np.random.Generator], npt.NDArray[np.generic]]) -> Callable[[np.random.Generator], Sample]:
    """Samples whose inputs are made one by one."""
    return lambda random: [make(random) for make in makers]
