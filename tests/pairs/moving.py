"""Operators that move elements: shapes, slices, paddings, repetitions."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.pairs.chain import EVERY, Chain, Form, Value, need, need_image

_MOVED = (*EVERY, "uint8")


def _reshape(at: Chain, x: Value) -> Value:
    y = at.like(x, (1, 1, x.shape[1] * x.shape[2], x.shape[3]) if len(x.shape) == 4 else (1, int(np.prod(x.shape))))
    at.builder.op("RESHAPE", [x.index, at.numbers(y.shape)], [y.index], new_shape=list(y.shape))
    return y


def _transpose(at: Chain, x: Value) -> Value:
    order = [0, *(1 + at.random.permutation(len(x.shape) - 1)).tolist()] if len(x.shape) > 1 else [0]
    y = at.like(x, [x.shape[axis] for axis in order])
    at.builder.op("TRANSPOSE", [x.index, at.numbers(order)], [y.index], version=2)
    return y


def _pad(name: str, **options: Any) -> Any:
    def add(at: Chain, x: Value) -> Value:
        amounts = [[0, 0], *([int(at.random.integers(0, min(2, size))), 0 if size == 1 else 1] for size in x.shape[1:])]
        y = at.like(x, [size + sum(amount) for size, amount in zip(x.shape, amounts, strict=True)])
        at.builder.op(name, [x.index, at.numbers(amounts)], [y.index], version=2, **options)
        return y

    return add


def _concatenation(at: Chain, x: Value) -> Value:
    shape = (*x.shape[:-1], int(at.random.integers(1, 8)))
    other = at.builder.tensor(shape, x.dtype, x.scale, x.point, at.values(shape, x.dtype))
    y = at.like(x, (*shape[:-1], shape[-1] + x.shape[-1]))
    at.builder.op("CONCATENATION", [other, x.index], [y.index], axis=-1, **_NONE)
    return y


def _concatenated_twice(at: Chain, x: Value) -> Value:
    y = at.like(x, (*x.shape[:-1], 2 * x.shape[-1]))
    at.builder.op("CONCATENATION", [x.index, x.index], [y.index], axis=len(x.shape) - 1, **_NONE)
    return y


def _slice(at: Chain, x: Value) -> Value:
    begin = [int(at.random.integers(0, size)) for size in x.shape]
    y = at.like(x, [int(at.random.integers(1, size - start + 1)) for size, start in zip(x.shape, begin, strict=True)])
    at.builder.op("SLICE", [x.index, at.numbers(begin), at.numbers(y.shape)], [y.index], version=2)
    return y


def _strided_slice(at: Chain, x: Value) -> Value:
    need(len(x.shape) <= 4, "takes up to 4 dimensions")
    y = at.like(x, [-(-size // 2) for size in x.shape])
    ends = at.numbers([0] * len(x.shape)), at.numbers(x.shape), at.numbers([2] * len(x.shape))
    at.builder.op("STRIDED_SLICE", [x.index, *ends], [y.index], version=2)
    return y


def _split(at: Chain, x: Value) -> Value:
    need(x.shape[-1] % 2 == 0, "an odd number of channels cannot be halved")
    halves = [at.like(x, (*x.shape[:-1], x.shape[-1] // 2)) for _ in range(2)]
    at.builder.op("SPLIT", [at.numbers(len(x.shape) - 1), x.index], [half.index for half in halves], version=2, num_splits=2)
    return halves[1]


def _pack(at: Chain, x: Value) -> Value:
    y = at.like(x, (*x.shape, 2))
    at.builder.op("PACK", [x.index, x.index], [y.index], version=2, axis=len(x.shape), values_count=2)
    return y


def _gather(at: Chain, x: Value) -> Value:
    where = at.random.integers(0, x.shape[-1], int(at.random.integers(1, 36)))
    y = at.like(x, (*x.shape[:-1], len(where)))
    at.builder.op("GATHER", [x.index, at.numbers(where)], [y.index], version=2, axis=len(x.shape) - 1)
    return y


def _resize(name: str) -> Any:
    def add(at: Chain, x: Value) -> Value:
        height, width, channels = need_image(x)
        size = [height * at.choice(1, 2), width + 1]
        y = at.like(x, (x.shape[0], *size, channels))
        at.builder.op(name, [x.index, at.numbers(size)], [y.index], version=3, half_pixel_centers=bool(at.random.random() < 0.5))
        return y

    return add


def _space_to_depth(at: Chain, x: Value) -> Value:
    height, width, channels = need_image(x)
    need(height % 2 == width % 2 == 0, "takes images of even sides")
    y = at.like(x, (x.shape[0], height // 2, width // 2, 4 * channels))
    at.builder.op("SPACE_TO_DEPTH", [x.index], [y.index], block_size=2)
    return y


def _reverse(at: Chain, x: Value) -> Value:
    y = at.like(x)
    at.builder.op("REVERSE_V2", [x.index, at.numbers([len(x.shape) - 1])], [y.index])
    return y


_NONE = {"fused_activation_function": "NONE"}
FORMS = (
    Form("RESHAPE", _MOVED, _reshape),
    Form("TRANSPOSE", ("int8", "int16", "float32"), _transpose),
    Form("PAD", ("int8", "int16", "int32", "float32"), _pad("PAD")),
    Form("MIRROR_PAD", ("int8", "float32"), _pad("MIRROR_PAD", mode="SYMMETRIC")),
    Form("CONCATENATION", EVERY, _concatenation),
    Form("CONCATENATION with itself", EVERY, _concatenated_twice),
    Form("SLICE", ("int8", "int16", "int32", "float32", "bool"), _slice),
    Form("STRIDED_SLICE", ("int8", "int16", "int32", "float32", "bool"), _strided_slice),
    Form("SPLIT", ("int8", "int16", "int32", "float32"), _split),
    Form("PACK", ("int8", "int16", "int32", "float32"), _pack, rank=3),
    Form("GATHER", ("int8", "float32"), _gather),
    Form("RESIZE_BILINEAR", ("int8", "float32"), _resize("RESIZE_BILINEAR")),
    Form("RESIZE_NEAREST_NEIGHBOR", ("int8", "int16", "float32"), _resize("RESIZE_NEAREST_NEIGHBOR")),
    Form("SPACE_TO_DEPTH", ("int8", "float32"), _space_to_depth),
    Form("REVERSE_V2", _MOVED, _reverse),
)
