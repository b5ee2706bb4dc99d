"""Forms that TFLM refuses or leaves undefined, each refused in words that name what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder

Parameter = tuple[Sequence[int], Any]
"""Shape and data of a constant int32 input; no data: the input is computed."""


def model(operator: str, shape: list[int], result: list[int], *parameters: Parameter, **extra: Any) -> bytes:
    """One input of `dtype`, int32 parameters behind it, one output of `out_dtype` and scale `out_scale`."""
    dtype, out_dtype, out_scale = extra.pop("dtype", "int8"), extra.pop("out_dtype", None), extra.pop("out_scale", 0.5)
    builder = ModelBuilder()
    x = builder.tensor(shape, dtype, 0.5)
    others = [builder.tensor(list(each), "int32", data=data) for each, data in parameters]
    y = builder.tensor(result, out_dtype or dtype, out_scale)
    builder.op(operator, [x, *others], [y], **extra)
    computed = [tensor for tensor, (_, data) in zip(others, parameters, strict=True) if data is None]
    return builder.build([x, *computed], [y])


REFUSED = [
    (model("TRANSPOSE", [2, 3], [3, 2], ([2], [-1, 0])), r"the permutation \[-1, 0\]"),
    (model("TRANSPOSE", [2] * 6, [2] * 6, ([6], [5, 4, 3, 2, 1, 0])), "expected the input has 1 to 5 dimensions"),
    (model("TRANSPOSE", [2, 3], [3, 2], ([2], [1, 0]), dtype="int32"), "the input is INT32"),
    (model("PAD", [2, 3], [2, 3], ([2, 2], [[1, -1], [0, 0]])), "a negative padding"),
    (model("PAD", [2, 3], [4, 3], ([2, 2], None)), "the padding is computed while the model runs"),
    (model("PAD", [2, 3], [5, 3], ([2, 2], [[1, 1], [0, 0]])), r"the shape \[5, 3\] where \[4, 3\] is computed"),
    (model("MIRROR_PAD", [2, 3], [4, 3], ([2, 2], [[2, 0], [0, 0]]), mode="REFLECT"), "a padding of 2 on a dimension of 2"),
    (model("SLICE", [2, 3], [2, 2], ([2], [0, 2]), ([2], [2, 2])), "begin"),
    (model("SLICE", [2, 3], [2, 3], ([2], None), ([2], [-1, -1])), r"a size of \[-1, -1\]"),
    (model("STRIDED_SLICE", [2, 3], [2], ([1], [0]), ([1], [2]), ([1], [1])), "1 values for begin where 2 are needed"),
    (model("STRIDED_SLICE", [3], [], ([1], [1]), ([1], [2]), ([1], [-1]), shrink_axis_mask=1), "without an index"),
    (model("STRIDED_SLICE", [3], [3], ([1], [0]), ([1], [3]), ([1], [0])), "a stride of 0"),
    (model("REVERSE_V2", [2, 3, 4], [2, 3, 4], ([2], [0, 2])), r"the axes \[0, 2\]"),
    (model("GATHER", [2, 3], [2, 1], ([1], [3]), axis=1), "positions from 3 to 3"),
    (model("GATHER_ND", [2, 3], [1, 3], ([1, 1], [[2]])), "positions outside the input"),
    (model("SPACE_TO_DEPTH", [1, 3, 2, 1], [1, 1, 1, 4], block_size=2), "3x2 in blocks of 2"),
    (model("DEPTH_TO_SPACE", [1, 1, 1, 3], [1, 2, 2, 1], block_size=2), "3 channels in blocks of 2x2"),
    (model("BATCH_TO_SPACE_ND", [3, 1, 1, 1], [1, 2, 1, 1], ([2], [2, 1]), ([2, 2], 0)), "a batch of 3"),
    (model("SPACE_TO_BATCH_ND", [1, 3, 1, 1], [2, 2, 1, 1], ([2], [2, 1]), ([2, 2], 0)), "in blocks of"),
    (model("BROADCAST_TO", [2], [3], ([1], [3])), r"\[2\] to \[3\]"),
    (model("MEAN", [2, 3], [2, 1], ([1], None), keep_dims=True), "the list of axes is computed while the model runs"),
    (model("MEAN", [2, 3], [2], ([1], [2])), r"the axes \[2\] of 2 dimensions"),
    (model("SUM", [2, 3], [2], ([1], [1]), out_scale=1e-12), "a factor of 2"),
    (model("REDUCE_MAX", [2, 3], [2], ([1], [1]), out_scale=0.25), "scale and zero point"),
    (model("ARG_MAX", [2, 3], [2], ([], 2), out_dtype="int32"), r"the axis \[2\]"),
    (model("CUMSUM", [2, 3], [2, 3], ([], 1), out_scale=0.5 / 2**19), "scales that differ"),
    (model("RESIZE_NEAREST_NEIGHBOR", [1, 2, 2, 1], [1, 4, 4, 1], ([2], None)), "the size is computed while the model runs"),
    (
        model("RESIZE_BILINEAR", [1, 2, 2, 1], [1, 4, 4, 1], ([2], [4, 4]), align_corners=True, half_pixel_centers=True),
        "not both set",
    ),
    (model("SHAPE", [2, 3], [2], out_dtype="int64", out_type="INT64"), "the output is INT64"),
    (model("DYNAMIC_UPDATE_SLICE", [2], [2], ([1], 0), ([1], 0)), "an update of INT32 in INT8"),
    (model("UNPACK", [2, 3], [3], num=2), "num = 2, 1 outputs and 2 slices"),
    (model("MAX_POOL_2D", [1, 2, 2, 1], [1, 1, 1, 1], filter_height=2, filter_width=2, stride_h=1, stride_w=1, dtype="uint8"), "UINT8"),
]


@pytest.mark.parametrize(("content", "words"), REFUSED, ids=[f"{number}-{words}" for number, (_, words) in enumerate(REFUSED)])
def test_is_refused_with_words(content: bytes, words: str) -> None:
    with pytest.raises(UnsupportedModelError, match=words):
        compile_model(parse_model(content, "odd"), Target())
