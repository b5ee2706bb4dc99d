"""Drawing comparisons: values that are often equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from tests.ops.elementwise.binary import binary
from tests.ops.harness import Case, random_input


def close(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], _position: int) -> npt.NDArray[Any]:
    """Small integers, also as floats, or anything."""
    if dtype.kind == "b" or random.random() < 0.3:
        return random_input(random, shape, dtype)
    return random.integers(-3, 4, shape).astype(dtype)


def comparisons(operator: str, *, of_bool: bool) -> list[st.SearchStrategy[Case]]:
    """One strategy an element type, and one for inputs of one quantization: there, near values meet."""
    dtypes = ["int8", "int32", "int64", "float32", *(["bool"] if of_bool else [])]
    kinds = [binary(operator, dtype, output="bool", fused=None, samples=close, input_scale=below_one) for dtype in dtypes]
    return [*kinds, binary(operator, "int8", output="bool", fused=None, samples=close, input_scale=below_one, one_quantization=True)]


def below_one(random: np.random.Generator) -> float:
    """Small ones too, which bring different values so close together that they are equal."""
    return float(np.float32(10.0 ** random.uniform(-4, -0.01)))
