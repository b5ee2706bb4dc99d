"""Tensors of a .tflite file: shape, type, quantization and constant data, each checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model.flatbuffer import Table
from mcu_toolkit.model.graph import DType, Quantization, Tensor

MAX_RANK = 16
"""TFLM's kernels stop at rank 5 or 6; the format itself has no limit."""
MAX_TENSOR_BYTES = 1 << 31
_MAX_CHANNELS = 1 << 20

_ZERO_POINT_RANGES = {DType.INT8: (-128, 127), DType.UINT8: (0, 255), DType.INT16: (-32768, 32767), DType.INT4: (-8, 7)}
_INT32 = (-(2**31), 2**31 - 1)
_EMPTY = np.zeros(0, np.uint8)


def read_tensor(table: Table, index: int, buffers: Sequence[npt.NDArray[np.uint8]]) -> Tensor:
    """The tensor `index` of a graph; `buffers` are the model's.

    Constants are read-only arrays in the tensor's shape that share the file's bytes.  A type that numpy has no word for
    (STRING, INT4, ...) keeps its raw bytes: uint8, [bytes].
    """
    name = table.text(3)
    where = f"tensor {index} '{name}'"
    dtype = _dtype(table, where)
    shape = _shape(table, dtype, where)
    _refuse_unsupported(table, where)
    number = table.scalar(2, "I")
    if number >= len(buffers) and number > 0:
        raise table.source.damaged(f"{where} uses buffer {number}, there are {len(buffers)}")
    # Buffer 0 marks an activation by convention; any other empty buffer may be the constant of a tensor without elements.
    buffer = _EMPTY if number == 0 else buffers[number]
    data = _empty(dtype, shape) if number and not buffer.size and 0 in shape else _data(table, buffer, dtype, shape, where)
    quantization = _quantization(table.table(4, "QuantizationParameters"), dtype, shape, where)
    signature = table.array(7, "<i4", max_elements=MAX_RANK)
    return Tensor(
        index, name, shape, dtype, quantization, data, table.scalar(5, "?", False), None if signature is None else tuple(signature.tolist())
    )


def _dtype(table: Table, where: str) -> DType:
    code = table.scalar(1, "b")
    try:
        return DType(code)
    except ValueError:
        raise UnsupportedModelError(f"{where} has the unknown element type {code}", on=table.source.on, hint="update the toolkit") from None


def _shape(table: Table, dtype: DType, where: str) -> tuple[int, ...]:
    array = table.array(0, "<i4", max_elements=MAX_RANK)
    shape: tuple[int, ...] = () if array is None else tuple(array.tolist())
    if any(length < 0 for length in shape):
        raise UnsupportedModelError(
            f"{where} has the shape {list(shape)}",
            on=table.source.on,
            expected="a fixed shape",
            hint="convert the model with a fixed batch of 1",
        )
    numpy_dtype = _numpy_dtype(dtype)
    if math.prod(shape) * (numpy_dtype.itemsize if numpy_dtype else 1) > MAX_TENSOR_BYTES:
        raise UnsupportedModelError(
            f"{where} has the shape {list(shape)}", on=table.source.on, expected=f"at most {MAX_TENSOR_BYTES:,} bytes"
        )
    return shape


def _refuse_unsupported(table: Table, where: str) -> None:
    if table.has(6):
        raise UnsupportedModelError(f"{where} is sparse", on=table.source.on, expected="dense weights", hint="convert without sparsity")
    if table.scalar(10, "I") != 0:
        raise UnsupportedModelError(f"{where} is stored in another file", on=table.source.on, expected="a single .tflite file")


def _data(table: Table, buffer: npt.NDArray[np.uint8], dtype: DType, shape: tuple[int, ...], where: str) -> npt.NDArray[Any] | None:
    numpy_dtype = _numpy_dtype(dtype)
    if not buffer.size:
        return None
    if numpy_dtype is None:
        return buffer
    needed = math.prod(shape) * numpy_dtype.itemsize
    if buffer.size != needed:
        raise table.source.damaged(f"{where} has {buffer.size:,} bytes of data, its shape needs {needed:,}")
    return buffer.view(numpy_dtype).reshape(shape)


def _empty(dtype: DType, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    array = np.zeros(shape, _numpy_dtype(dtype) or np.uint8)
    array.flags.writeable = False
    return array


def _numpy_dtype(dtype: DType) -> np.dtype[Any] | None:
    try:
        return dtype.numpy
    except KeyError:
        return None


def _quantization(table: Table | None, dtype: DType, shape: tuple[int, ...], where: str) -> Quantization | None:
    if table is None:
        return None
    if table.scalar(4, "B") != 0:
        raise UnsupportedModelError(
            f"{where} has custom or block-wise quantization", on=table.source.on, expected="a scale and a zero point per tensor or channel"
        )
    scales = table.array(2, "<f4", max_elements=_MAX_CHANNELS)
    if scales is None or not scales.size:
        return None
    if not np.all(np.isfinite(scales)) or np.any(scales < 0):
        raise table.source.damaged(f"{where} has a scale that is negative or not a number")
    zero_points = _zero_points(table, int(scales.size), dtype, where)
    axis = _axis(table, int(scales.size), shape, where)
    return Quantization(tuple(scales.tolist()), zero_points, axis)


def _zero_points(table: Table, count: int, dtype: DType, where: str) -> tuple[int, ...]:
    array = table.array(3, "<i8", max_elements=_MAX_CHANNELS)
    values: tuple[int, ...] = () if array is None else tuple(array.tolist())
    if len(values) <= 1:  # none stored means 0; one may stand for all channels
        values = (values or (0,)) * count
    if len(values) != count:
        raise table.source.damaged(f"{where} has {count} scales and {len(values)} zero points")
    lowest, highest = _ZERO_POINT_RANGES.get(dtype, _INT32)
    if min(values) < lowest or max(values) > highest:
        raise table.source.damaged(f"{where} has a zero point outside of {lowest}..{highest}")
    return values


def _axis(table: Table, scales: int, shape: tuple[int, ...], where: str) -> int:
    axis: int = table.scalar(6, "i")
    if scales == 1:
        return 0
    if len(shape) == 1:
        return 0  # TFLM's person_detect.tflite says axis 3 for biases of rank 1; TFLM runs it
    if not 0 <= axis < len(shape) or shape[axis] != scales:
        raise InputError(
            f"{where} has {scales} scales along axis {axis} of shape {list(shape)}",
            on=table.source.on,
            expected="one scale for each element of that axis",
        )
    return axis
