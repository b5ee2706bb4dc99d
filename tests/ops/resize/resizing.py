"""Drawing RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import drawn, numbers, tensor
from tests.ops.harness import Case

FEATURES = ["larger", "smaller", "same size", "twice", "plain", "align_corners", "half_pixel_centers"]


def resize(operator: str, *dtypes: str, both_flags: bool) -> list[st.SearchStrategy[Case]]:
    """`both_flags`: the operator takes align_corners and half_pixel_centers at the same time."""

    def make(random: np.random.Generator, dtype: str) -> Case:
        batch, height, width, channels = (int(random.integers(1, most)) for most in (3, 10, 10, 5))
        channels = 16 if random.random() < 0.15 else channels
        how = str(random.choice(["larger", "smaller", "same size", "twice"]))
        sizes = [_resized(random, size, how) for size in (height, width)]
        choices = [(False, False), (True, False), (False, True), *([(True, True)] if both_flags else [])]
        corners, centers = choices[random.integers(len(choices))]
        builder = ModelBuilder()
        x, y = tensor(builder, [batch, height, width, channels], dtype), tensor(builder, [batch, *sizes, channels], dtype)
        builder.op(operator, [x, numbers(builder, sizes)], [y], align_corners=corners, half_pixel_centers=centers)
        flags = {("align_corners", corners), ("half_pixel_centers", centers)}
        features = {how, *(name for name, is_set in flags if is_set)} | (set() if corners or centers else {"plain"})
        features |= {"both flags"} if corners and centers else set()
        return Case(builder.build([x], [y]), f"{operator} {dtype} {height}x{width} to {sizes} {corners=} {centers=}", frozenset(features))

    return drawn(make, *dtypes)


def _resized(random: np.random.Generator, size: int, how: str) -> int:
    larger, smaller = size + int(random.integers(1, 12)), int(random.integers(1, size + 1))
    return {"larger": larger, "smaller": smaller, "same size": size, "twice": 2 * size}[how]
