from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_batch, check_draws, draws
from tests.ops.moving import MOVABLE, drawn, numbers, shape_of, tensor


def shape(random: np.random.Generator, dtype: str) -> Case:
    found = shape_of(random)
    builder = ModelBuilder()
    x, y = tensor(builder, found, dtype), builder.tensor([len(found)], "int32")
    builder.op("SHAPE", [x], [y], out_type="INT32")
    return Case(builder.build([x], [y]), f"{dtype} {found}")


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(shape, *MOVABLE, "int64", "bool", "uint8"), rows=["SHAPE"])


def test_arithmetic_on_shapes_that_converters_leave_behind() -> None:
    """reshape(x, [x.shape[0], -1]): SHAPE, STRIDED_SLICE, PACK and a RESHAPE whose shape is computed."""
    builder = ModelBuilder()
    x, whole = builder.tensor([1, 3, 4], "int8", 0.5), builder.tensor([3], "int32")
    batch, pair, y = builder.tensor([], "int32"), builder.tensor([2], "int32"), builder.tensor([1, 12], "int8", 0.5)
    builder.op("SHAPE", [x], [whole], out_type="INT32")
    builder.op("STRIDED_SLICE", [whole, *(numbers(builder, [n]) for n in (0, 1, 1))], [batch], shrink_axis_mask=1)
    builder.op("PACK", [batch, builder.tensor([], "int32", data=12)], [pair], values_count=2, axis=0)
    builder.op("RESHAPE", [x, pair], [y])
    check_batch([Case(builder.build([x], [y, pair]), "flatten")])
