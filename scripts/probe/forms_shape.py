"""Probe forms of operators that move elements about or make them."""

from __future__ import annotations

from typing import Any

import numpy as np

from scripts.probe.case import Form, Spec, constant

EVERY = ("int8", "int16", "int32", "int64", "float32", "bool", "uint8")
X = Spec((1, 4, 6, 4))


def _form(
    operator: str, name: str, inputs: tuple[Spec, ...], *shapes: tuple[int, ...], dtypes: tuple[str, ...] = EVERY, **options: Any
) -> Form:
    return Form(operator, name, inputs, tuple(Spec(shape) for shape in shapes), options, dtypes)


def padding() -> list[Form]:
    """PAD, PADV2, MIRROR_PAD."""
    space, deep = constant([[0, 0], [1, 2], [0, 1], [0, 0]]), constant([[1, 0], [0, 0], [0, 0], [0, 3]])
    five = Spec((1, 2, 1, 2, 2))
    forms = [
        _form("PAD", "height and width", (X, space), (1, 7, 7, 4)),
        _form("PAD", "batch and channels", (X, deep), (2, 4, 6, 7)),
        _form("PAD", "5 dimensions", (five, constant([[1, 1]] * 5)), (3, 4, 3, 4, 4)),
        _form("PAD", "int64 paddings", (X, constant([[0, 0], [1, 2], [0, 1], [0, 0]], "int64")), (1, 7, 7, 4), dtypes=("int8", "float32")),
        _form("PAD", "paddings are an input", (X, Spec((4, 2), "int32", sample=0)), (1, 4, 6, 4), dtypes=("int8", "float32")),
        _form("PADV2", "height and width", (X, space, Spec((1,), data=[2])), (1, 7, 7, 4)),
        _form("PADV2", "value a scalar", (X, space, Spec((), data=2)), (1, 7, 7, 4)),
        _form("PADV2", "value is an input", (X, space, Spec((1,))), (1, 7, 7, 4), dtypes=("int8", "int16", "float32")),
        _form("PADV2", "value of another scale", (X, space, Spec((1,), data=[2], scale=0.3)), (1, 7, 7, 4), dtypes=("int8", "int16")),
    ]
    for mode in ("REFLECT", "SYMMETRIC"):
        forms.append(_form("MIRROR_PAD", mode, (X, space), (1, 7, 7, 4), mode=mode))
    return forms


def joining() -> list[Form]:
    """CONCATENATION, SPLIT, SPLIT_V, PACK, UNPACK."""
    half = Spec((1, 4, 6, 2))
    eleven = tuple(Spec((1, 2)) for _ in range(11))
    return [
        _form("CONCATENATION", "last axis", (half, Spec((1, 4, 6, 3))), (1, 4, 6, 5), axis=3),
        _form("CONCATENATION", "axis -1, 3 inputs", (half, Spec((1, 4, 6, 3)), Spec((1, 4, 6, 1))), (1, 4, 6, 6), axis=-1),
        _form("CONCATENATION", "axis 0", (half, Spec((2, 4, 6, 2))), (3, 4, 6, 2), axis=0),
        _form("CONCATENATION", "10 inputs", eleven[:10], (1, 20), axis=1, dtypes=("int8", "int16", "float32")),
        _form("CONCATENATION", "11 inputs", eleven, (1, 22), axis=1, dtypes=("int8", "int16", "float32")),
        _form("CONCATENATION", "different scales", (half, Spec((1, 4, 6, 2), scale=0.3)), (1, 4, 6, 4), axis=3, dtypes=("int8", "int16")),
        _form(
            "CONCATENATION", "fused RELU", (half, half), (1, 4, 6, 4), axis=3, fused_activation_function="RELU", dtypes=("int8", "float32")
        ),
        _form("CONCATENATION", "one input constant", (half, Spec((1, 4, 6, 1), data=np.ones((1, 4, 6, 1)))), (1, 4, 6, 3), axis=3),
        _form("SPLIT", "2 parts", (constant([3]), X), (1, 4, 6, 2), (1, 4, 6, 2), num_splits=2),
        _form("SPLIT", "axis -2, scalar", (constant(-2), X), *[(1, 4, 2, 4)] * 3, num_splits=3),
        _form(
            "SPLIT", "axis is an input", (Spec((1,), "int32", sample=3), X), *[(1, 4, 6, 2)] * 2, num_splits=2, dtypes=("int8", "float32")
        ),
        _form("SPLIT_V", "1 and 3", (X, constant([1, 3]), constant([3])), (1, 4, 6, 1), (1, 4, 6, 3), num_splits=2),
        _form("SPLIT_V", "with -1", (X, constant([1, -1]), constant([3])), (1, 4, 6, 1), (1, 4, 6, 3), num_splits=2),
        _form("PACK", "axis 0", (Spec((2, 3)), Spec((2, 3))), (2, 2, 3), axis=0, values_count=2),
        _form("PACK", "axis -1", (Spec((2, 3)), Spec((2, 3))), (2, 3, 2), axis=-1, values_count=2),
        _form("UNPACK", "axis 0", (Spec((2, 3)),), (3,), (3,), axis=0, num=2),
        _form("UNPACK", "axis -1", (Spec((2, 3)),), (2,), (2,), (2,), axis=-1, num=3),
    ]


def slicing() -> list[Form]:
    """SLICE."""
    five = Spec((1, 2, 2, 3, 2))
    start = Spec((4,), "int32", sample=(0, 1, 2, 0))
    return [
        _form("SLICE", "constant bounds", (X, constant([0, 1, 2, 0]), constant([1, 2, 3, 4])), (1, 2, 3, 4)),
        _form("SLICE", "size -1", (X, constant([0, 1, 2, 0]), constant([1, 2, -1, 4])), (1, 2, 4, 4)),
        _form("SLICE", "begin is an input", (X, start, constant([1, 2, 3, 4])), (1, 2, 3, 4)),
        _form("SLICE", "5 dimensions", (five, constant([0] * 5), constant([1] * 5)), (1, 1, 1, 1, 1)),
        _form("SLICE", "int64 bounds", (X, constant([0, 1, 2, 0], "int64"), constant([1, 2, 3, 4], "int64")), (1, 2, 3, 4)),
    ]


def striding() -> list[Form]:
    """STRIDED_SLICE."""
    strided = {"begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 0}
    bounds = constant([0, 1, 0, 0]), constant([1, 4, 6, 4]), constant([1, 2, 1, 1])
    three = constant([0, 0, 0]), constant([1, 2, 6]), constant([1, 1, 1])
    backwards = constant([0, 3, 0, 0]), constant([1, -5, 6, 4]), constant([1, -1, 1, 1])
    five = Spec((1, 2, 2, 3, 2))
    start = Spec((4,), "int32", sample=(0, 1, 2, 0))
    return [
        _form("STRIDED_SLICE", "stride 2", (X, *bounds), (1, 2, 6, 4), **strided),
        _form("STRIDED_SLICE", "masks", (X, *bounds), (1, 2, 6, 4), **{**strided, "begin_mask": 1, "end_mask": 14}),
        _form("STRIDED_SLICE", "backwards", (X, *backwards), (1, 4, 6, 4), **strided),
        _form(
            "STRIDED_SLICE",
            "shrink axis",
            (X, constant([0] * 4), constant([1, 4, 6, 4]), constant([1] * 4)),
            (4, 6, 4),
            **{**strided, "shrink_axis_mask": 1},
        ),
        _form("STRIDED_SLICE", "new axis", (Spec((2, 6)), *three), (1, 2, 6), **{**strided, "new_axis_mask": 1}),
        _form(
            "STRIDED_SLICE",
            "ellipsis",
            (X, constant([0, 1]), constant([0, 3]), constant([1, 1])),
            (1, 4, 6, 2),
            **{**strided, "ellipsis_mask": 1},
        ),
        _form("STRIDED_SLICE", "5 dimensions", (five, constant([0] * 5), constant([1] * 5), constant([1] * 5)), (1, 1, 1, 1, 1), **strided),
        _form(
            "STRIDED_SLICE",
            "fewer bounds than dimensions",
            (X, constant([0, 1]), constant([1, 3]), constant([1, 1])),
            (1, 2, 6, 4),
            **strided,
        ),
        _form("STRIDED_SLICE", "begin is an input", (X, start, *bounds[1:]), (1, 2, 6, 4), dtypes=("int8", "float32"), **strided),
    ]


def picking() -> list[Form]:
    """DYNAMIC_UPDATE_SLICE, GATHER, GATHER_ND."""
    return [
        _form("DYNAMIC_UPDATE_SLICE", "int32 start", (X, Spec((1, 2, 3, 4)), Spec((4,), "int32", sample=(0, 1, 2, 0))), (1, 4, 6, 4)),
        _form("DYNAMIC_UPDATE_SLICE", "int64 start", (X, Spec((1, 2, 3, 4)), Spec((4,), "int64", sample=(0, 1, 2, 0))), (1, 4, 6, 4)),
        _form("GATHER", "axis 1", (X, constant([2, 0, 3])), (1, 3, 6, 4), axis=1, batch_dims=0),
        _form("GATHER", "scalar position", (X, constant(2)), (1, 6, 4), axis=1, batch_dims=0),
        _form("GATHER", "axis -1", (X, constant([2, 0, 3])), (1, 4, 6, 3), axis=-1, batch_dims=0),
        _form("GATHER", "batch_dims 1", (Spec((2, 3)), constant([[2, 0], [1, 1]])), (2, 2), axis=1, batch_dims=1),
        _form("GATHER", "positions are an input", (X, Spec((2,), "int32", sample=1)), (1, 2, 6, 4), axis=1, batch_dims=0),
        _form("GATHER", "int64 positions", (X, constant([2, 0], "int64")), (1, 2, 6, 4), axis=1, batch_dims=0),
        _form("GATHER_ND", "slices", (X, constant([[0, 2], [0, 1]])), (2, 6, 4)),
        _form("GATHER_ND", "elements", (X, constant([[0, 2, 1, 3]])), (1,)),
        _form("GATHER_ND", "int64 indices", (X, constant([[0, 2]], "int64")), (1, 6, 4)),
        _form("GATHER_ND", "indices are an input", (X, Spec((1, 2), "int32", sample=0)), (1, 6, 4)),
    ]


def rearranging() -> list[Form]:
    """Everything that keeps all elements."""
    blocks, none = constant([2, 2]), constant([[0, 0], [0, 0]])
    return [
        _form("RESHAPE", "shape input", (X, constant([1, 96])), (1, 96), new_shape=[1, 96]),
        _form("RESHAPE", "shape option", (X,), (1, 96), new_shape=[1, 96]),
        _form("RESHAPE", "shape with -1", (X, constant([1, -1])), (1, 96)),
        _form("RESHAPE", "shape is an input", (X, Spec((2,), "int32", sample=(1, 96))), (1, 96), dtypes=("int8", "float32")),
        _form("SQUEEZE", "one axis", (X,), (4, 6, 4), squeeze_dims=[0]),
        _form("SQUEEZE", "every axis of 1", (Spec((1, 4, 1, 4)),), (4, 4), squeeze_dims=[]),
        _form("EXPAND_DIMS", "axis 1", (Spec((2, 3)), constant([1])), (2, 1, 3)),
        _form("EXPAND_DIMS", "axis -1, scalar", (Spec((2, 3)), constant(-1)), (2, 3, 1)),
        _form("TRANSPOSE", "4 dimensions", (X, constant([0, 3, 1, 2])), (1, 4, 4, 6)),
        _form("TRANSPOSE", "2 dimensions", (Spec((2, 3)), constant([1, 0])), (3, 2)),
        _form("TRANSPOSE", "5 dimensions", (Spec((1, 2, 3, 2, 2)), constant([4, 3, 2, 1, 0])), (2, 2, 3, 2, 1)),
        _form("TRANSPOSE", "6 dimensions", (Spec((1, 2, 1, 3, 2, 2)), constant([5, 4, 3, 2, 1, 0])), (2, 2, 3, 1, 2, 1)),
        _form("TRANSPOSE", "negative axis", (Spec((2, 3)), constant([-1, 0])), (3, 2)),
        _form("REVERSE_SEQUENCE", "constant lengths", (X, constant([3, 1, 0, 4])), (1, 4, 6, 4), seq_dim=2, batch_dim=1),
        _form("REVERSE_SEQUENCE", "lengths are an input", (X, Spec((4,), "int64", sample=2)), (1, 4, 6, 4), seq_dim=2, batch_dim=3),
        _form("REVERSE_V2", "one axis", (X, constant([2])), (1, 4, 6, 4)),
        _form("REVERSE_V2", "axes 1 and 2", (X, constant([1, 2])), (1, 4, 6, 4)),
        _form("REVERSE_V2", "axes 1 and 3", (X, constant([1, 3])), (1, 4, 6, 4)),
        _form("SPACE_TO_DEPTH", "block 2", (X,), (1, 2, 3, 16), block_size=2),
        _form("DEPTH_TO_SPACE", "block 2", (X,), (1, 8, 12, 1), block_size=2),
        _form("SPACE_TO_BATCH_ND", "no padding", (X, blocks, none), (4, 2, 3, 4)),
        _form("SPACE_TO_BATCH_ND", "padding", (X, blocks, constant([[0, 0], [2, 0]])), (4, 2, 4, 4)),
        _form("SPACE_TO_BATCH_ND", "3 dimensions", (Spec((1, 4, 3)), constant([2]), constant([[0, 0]])), (2, 2, 3)),
        _form("BATCH_TO_SPACE_ND", "no crops", (Spec((4, 2, 3, 4)), blocks, none), (1, 4, 6, 4)),
        _form("BATCH_TO_SPACE_ND", "crops", (Spec((4, 2, 3, 4)), blocks, constant([[1, 0], [0, 1]])), (1, 3, 5, 4)),
        _form("TILE", "2 dimensions", (Spec((2, 3)), constant([2, 1])), (4, 3)),
    ]


def making() -> list[Form]:
    """Tensors from shapes and conditions."""
    forms = [
        Form("FILL", "constant shape", (constant([2, 3]), Spec((), quantized=False)), (Spec((2, 3), quantized=False),), {}, EVERY),
        Form("FILL", "shape is an input", (Spec((2,), "int32", sample=(2, 3)), Spec(())), (Spec((2, 3)),), {}, ("int8", "float32")),
        Form("SHAPE", "int32 output", (X,), (Spec((4,), "int32"),), {"out_type": "INT32"}, EVERY),
        Form("SHAPE", "int64 output", (X,), (Spec((4,), "int64"),), {"out_type": "INT64"}, ("int8", "float32")),
        Form(
            "BROADCAST_ARGS", "two shapes", (Spec((3,), sample=(1, 2, 1)), Spec((2,), sample=(1, 4))), (Spec((3,)),), {}, ("int32", "int64")
        ),
        _form("BROADCAST_TO", "3 dimensions", (Spec((2, 1, 3)), constant([2, 4, 3])), (2, 4, 3), version=2),
        _form("BROADCAST_TO", "more dimensions", (Spec((3,)), constant([2, 4, 3])), (2, 4, 3), version=2),
        _form("BROADCAST_TO", "6 dimensions", (Spec((1, 1, 1, 1, 1, 2)), constant([2, 1, 2, 1, 2, 2])), (2, 1, 2, 1, 2, 2), version=2),
        _form(
            "BROADCAST_TO",
            "shape is an input",
            (Spec((3,)), Spec((2,), "int32", sample=(2, 3))),
            (2, 3),
            dtypes=("int8", "float32"),
            version=2,
        ),
    ]
    for operator in ("SELECT_V2", "SELECT"):
        for name, condition, left, right, result in (
            ("same shape", (2, 3), (2, 3), (2, 3), (2, 3)),
            ("condition broadcast", (2, 1), (2, 3), (2, 3), (2, 3)),
            ("values broadcast", (2, 3), (3,), (), (2, 3)),
        ):
            forms.append(Form(operator, name, (Spec(condition, "bool"), Spec(left), Spec(right)), (Spec(result),), {}, EVERY))
    table = Spec((5, 4), data=np.arange(20).reshape(5, 4))
    forms.append(
        Form("EMBEDDING_LOOKUP", "constant table", (Spec((2,), "int32", sample=3), table), (Spec((2, 4)),), {}, ("int8", "float32"))
    )
    rows = Spec((5, 4), "int8", data=np.arange(20).reshape(5, 4))
    forms.append(Form("EMBEDDING_LOOKUP", "int8 table", (Spec((2,), "int32", sample=3), rows), (Spec((2, 4)),), {}, ("float32",)))
    return forms


FORMS: tuple[Form, ...] = (*padding(), *joining(), *slicing(), *striding(), *picking(), *rearranging(), *making())
