from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, by_litert, check_draws, draws
from tests.ops.moving import MOVABLE, drawn, numbers, shape_of, tensor

MASKS = ["begin_mask", "end_mask", "shrink_axis_mask"]


def strided_slice(random: np.random.Generator, dtype: str, ranks: Sequence[int] = (1, 2, 3, 4)) -> Case:
    """Bounds by chance, within and beyond the tensor, until the slice is not empty; numpy says how large it is."""
    shape = shape_of(random, ranks, most=6)
    rank = len(shape)
    while True:
        masks = {name: int(random.integers(1 << rank)) if random.random() < 0.5 else 0 for name in MASKS}
        begins, ends = ([int(random.integers(-size - 2, size + 3)) for size in shape] for _ in range(2))
        steps = [int(random.choice([1, 1, 1, 2, 3, -1, -2])) for _ in shape]
        key: list[slice | int] = []
        for axis, size in enumerate(shape):
            bit = 1 << axis
            if masks["shrink_axis_mask"] & bit:
                begins[axis], steps[axis] = begins[axis] % size, 1
                masks["begin_mask"] &= ~bit
                key.append(begins[axis])
            else:
                begin = None if masks["begin_mask"] & bit else begins[axis]
                key.append(slice(begin, None if masks["end_mask"] & bit else ends[axis], steps[axis]))
        result = np.zeros(shape)[tuple(key)]
        if result.size:
            break
    builder = ModelBuilder()
    x, y = tensor(builder, shape, dtype), tensor(builder, result.shape, dtype)
    builder.op("STRIDED_SLICE", [x, *(numbers(builder, each) for each in (begins, ends, steps))], [y], **masks)
    features = {name for name, mask in masks.items() if mask} | ({"backwards"} if min(steps) < 0 else set())
    features |= {"from the end"} if min(begins) < 0 else set()
    features |= {"every other"} if max(steps) > 1 else set()
    return Case(builder.build([x], [y]), f"{dtype} {shape} {begins} {ends} {steps} {masks}", frozenset(features))


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(
        draws,
        *drawn(strided_slice, *MOVABLE, "bool"),
        covering=[*MASKS, "backwards", "from the end", "every other"],
        rows=["STRIDED_SLICE"],
    )


@pytest.mark.parametrize("mask", ["ellipsis_mask", "new_axis_mask"])
def test_masks_that_tflm_does_not_apply_are_refused(mask: str) -> None:
    builder = ModelBuilder()
    x, y = builder.tensor([2, 3], "int8", 0.1), builder.tensor([2, 3], "int8", 0.1)
    builder.op("STRIDED_SLICE", [x, *(numbers(builder, each) for each in ([0, 0], [2, 3], [1, 1]))], [y], **{mask: 1})
    with pytest.raises(UnsupportedModelError, match=f"{mask} = 1"):
        compile_model(parse_model(builder.build([x], [y]), "odd"), Target())


def of_5_dimensions(random: np.random.Generator, dtype: str) -> Case:
    return strided_slice(random, dtype, (5,))


@draws
def test_5_dimensions_equal_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(of_5_dimensions, "int8", "int16")))
