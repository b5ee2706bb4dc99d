"""SLICE, STRIDED_SLICE and DYNAMIC_UPDATE_SLICE."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import MOVABLE, drawn, numbers, samples, shape_of, tensor, values
from tests.ops.harness import Case, by_litert, check_batch, check_draws, compile_library, draws, random_input


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
def test_slice_equals_tflm(draws: int) -> None:
    features = ["a computed begin", "a constant begin", "sizes of -1", "int32", "int64", "1 dimensions", "5 dimensions"]
    check_draws(draws, *drawn(slice_of, *MOVABLE, "bool"), covering=features, rows=["SLICE"])


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
def test_strided_slice_equals_tflm(draws: int) -> None:
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


def dynamic_update_slice(random: np.random.Generator, dtype: str) -> Case:
    """Start positions reach beyond the tensor on both sides: they are moved inside."""
    shape = shape_of(random, (1, 2, 3, 4, 5))
    part = [int(random.integers(1, size + 1)) for size in shape] if random.random() < 0.9 else shape
    wide = "int64" if random.random() < 0.3 else "int32"
    builder = ModelBuilder()
    x, computed = tensor(builder, shape, dtype), random.random() < 0.7
    start = random.integers(-2, max(shape) + 2, len(shape))
    constant = random.random() < 0.3
    update = tensor(builder, part, dtype, data=values(random, part, dtype) if constant else None)
    at = builder.tensor([len(shape)], wide, data=None if computed else start)
    y = tensor(builder, shape, dtype)
    builder.op("DYNAMIC_UPDATE_SLICE", [x, update, at], [y])
    inputs = [x, *([] if constant else [update]), *([at] if computed else [])]
    features = {wide, "a computed start" if computed else "a constant start", "a constant update" if constant else "an update"}
    features |= {"all of it"} if part == shape else set()
    makers = [lambda rng: random_input(rng, tuple(shape), np.dtype(dtype))]
    makers += [] if constant else [lambda rng: random_input(rng, tuple(part), np.dtype(dtype))]
    makers += [lambda rng: rng.integers(-2, max(shape) + 2, len(shape)).astype(wide)] if computed else []
    what = f"{dtype} {shape} {part} {start} {computed=} {constant=}"
    return Case(builder.build(inputs, [y]), what, frozenset(features), samples(*makers))


@draws
def test_dynamic_update_slice_equals_tflm(draws: int) -> None:
    features = ["int32", "int64", "a computed start", "a constant start", "a constant update", "an update", "all of it"]
    check_draws(draws, *drawn(dynamic_update_slice, *MOVABLE), covering=features, rows=["DYNAMIC_UPDATE_SLICE"])


def test_in_place_and_not() -> None:
    """The operand is a layer's output: once it dies here, once it is an output of the model too."""
    cases = []
    for keep in (False, True):
        builder = ModelBuilder()
        x, update = builder.tensor([1, 8], "int8", 0.1), builder.tensor([1, 3], "int8", 1 / 256, -128)
        a, y = builder.tensor([1, 8], "int8", 1 / 256, -128), builder.tensor([1, 8], "int8", 1 / 256, -128)
        builder.op("SOFTMAX", [x], [a], beta=1.0)
        builder.op("DYNAMIC_UPDATE_SLICE", [a, update, numbers(builder, [0, 4])], [y])
        cases.append(Case(builder.build([x, update], [y, a] if keep else [y]), f"{keep=}"))
    check_batch(cases)
