"""The one place that knows how samples are laid out in the arrays that runners take and return.

A tensor whose first dimension is 1 holds one sample; the 1 is left out of the arrays, which put the samples there
instead: a tensor [1, 49, 10, 1] is an array [samples, 49, 10, 1].  Any other tensor is one sample as it is: a tensor
[3, 2] is an array [samples, 3, 2], a scalar an array [samples].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import Model, Tensor

_CHUNK_BYTES = 4 << 20
"""Inputs and outputs in flight; larger runs go in several messages."""


def sample_shape(tensor: Tensor) -> tuple[int, ...]:
    """The shape of one sample of `tensor`: its shape without a leading batch of 1."""
    return tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape


def numpy_dtype(tensor: Tensor) -> np.dtype[Any]:
    """The numpy dtype of `tensor`; raises UnsupportedModelError where numpy has none (STRING, RESOURCE, INT4 ...)."""
    try:
        return tensor.dtype.numpy
    except KeyError:
        raise UnsupportedModelError(
            f"tensor {tensor.index} '{tensor.name}' has elements of type {tensor.dtype.name}", expected="numbers or bool"
        ) from None


def checked_inputs(model: Model, inputs: Sequence[npt.NDArray[Any]]) -> tuple[npt.NDArray[Any], ...]:
    """`inputs` as contiguous arrays, one a model input, each [samples, *sample_shape] in the input's dtype.

    Raises InputError naming the input, what it is and what was expected.
    """
    if len(inputs) != len(model.inputs):
        raise InputError(f"{len(inputs)} input arrays given", on=model.name, expected=f"{len(model.inputs)}, one for each model input")
    for number, (array, tensor) in enumerate(zip(inputs, model.inputs, strict=True)):
        dtype, shape = numpy_dtype(tensor), sample_shape(tensor)
        if array.dtype != dtype or array.shape[1:] != shape or array.ndim != len(shape) + 1:
            raise InputError(
                f"input {number} '{tensor.name}' is {array.dtype} {list(array.shape)}",
                on=model.name,
                expected=f"{dtype} [samples{''.join(f', {length}' for length in shape)}]",
            )
    if len({len(array) for array in inputs}) > 1:
        raise InputError(f"the inputs hold {[len(array) for array in inputs]} samples", on=model.name, expected="equally many in each")
    return tuple(np.ascontiguousarray(array) for array in inputs)


def empty_outputs(model: Model, samples: int) -> tuple[npt.NDArray[Any], ...]:
    """Arrays for the outputs of `samples` inferences: one a model output, each [samples, *sample_shape], zeros."""
    return tuple(np.zeros((samples, *sample_shape(tensor)), numpy_dtype(tensor)) for tensor in model.outputs)


def run_in_chunks(model: Model, inputs: Sequence[npt.NDArray[Any]], compute: Callable[[int, bytes], bytes]) -> tuple[npt.NDArray[Any], ...]:
    """The outputs of every sample of `inputs`, in order, from a process that gets some of them at a time.

    `compute` takes how many samples there are and their inputs one after another, and gives their outputs likewise.
    """
    arrays = checked_inputs(model, inputs)
    outputs = empty_outputs(model, len(arrays[0]) if arrays else 1)
    samples = len(outputs[0]) if outputs else 0
    per_sample_bytes = sum(tensor.size_bytes for tensor in (*model.inputs, *model.outputs))
    chunk = max(1, _CHUNK_BYTES // max(1, per_sample_bytes))
    for first in range(0, samples, chunk):
        last = min(first + chunk, samples)
        data = b"".join(array[sample].tobytes() for sample in range(first, last) for array in arrays)
        _store(model, compute(last - first, data), [array[first:last] for array in outputs])
    return outputs


def _store(model: Model, content: bytes, outputs: Sequence[npt.NDArray[Any]]) -> None:
    """Cut `content`, each sample's outputs one after another, into `outputs`."""
    position = 0
    for sample in range(len(outputs[0])):
        for array, tensor in zip(outputs, model.outputs, strict=True):
            values = np.frombuffer(content, array.dtype, tensor.elements, position)
            array[sample] = values.reshape(sample_shape(tensor))
            position += values.nbytes
