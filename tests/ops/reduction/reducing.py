"""Drawing reductions."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import drawn, shape_of
from tests.ops.harness import Case

FEATURES = ["keep_dims", "dropped dimensions", "all axes", "one axis", "an axis twice", "axis from the end", "a scalar axis"]


def reduction(operator: str, *dtypes: str, one_scale: bool = False, symmetric: bool = False) -> list[st.SearchStrategy[Case]]:
    """`one_scale`: input and output have one scale and zero point; `symmetric`: which is 0.  Axes in any order, some of them twice."""

    def make(random: np.random.Generator, dtype: str) -> Case:
        shape = shape_of(random, (1, 2, 3, 4, 5), most=7)
        axes = random.choice(len(shape), random.integers(1, min(len(shape), 4) + 1), replace=False).tolist()
        stated = [axis - len(shape) if random.random() < 0.3 else axis for axis in axes]
        stated += stated[:1] if len(stated) < 4 and random.random() < 0.2 else []
        keep = bool(random.random() < 0.5)
        result = [1 if axis in axes else size for axis, size in enumerate(shape) if keep or axis not in axes]
        quantized = dtype in ("int8", "int16")
        limits = np.iinfo(dtype if quantized else "int8")
        points = [int(random.choice([0, limits.min, limits.max, random.integers(limits.min, limits.max)])) for _ in range(2)]
        points = [0, 0] if symmetric else points
        scales = [float(np.float32(0.01 * random.uniform(0.5, 2) * 2.0 ** random.integers(-4, 5))) for _ in range(2)]
        builder = ModelBuilder()
        x = builder.tensor(shape, dtype, *((scales[0], points[0]) if quantized else ()))
        y = builder.tensor(result, dtype, *((scales[1 - one_scale], points[1 - one_scale]) if quantized else ()))
        scalar = len(stated) == 1 and random.random() < 0.5
        builder.op(operator, [x, builder.tensor([] if scalar else [len(stated)], "int32", data=stated)], [y], keep_dims=keep)
        features = {"keep_dims" if keep else "dropped dimensions", "all axes" if len(axes) == len(shape) else "some axes"}
        features |= {"one axis"} if len(axes) == 1 else set()
        features |= {"an axis twice"} if len(stated) > len(axes) else set()
        features |= {"axis from the end"} if min(stated) < 0 else set()
        features |= {"a scalar axis"} if scalar else set()
        features |= {"lowest zero point"} if points[0] == limits.min else {"highest zero point"} if points[0] == limits.max else set()
        return Case(builder.build([x], [y]), f"{operator} {dtype} {shape} {stated} {keep=} {scales} {points}", frozenset(features))

    return drawn(make, *dtypes)
