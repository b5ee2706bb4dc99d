"""The original float model in Keras, for accuracy.

Keras runs in the child process of `isolated`, where each runner has a model of its own under a number.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.runners.foreign_code import refuse_code
from mcu_toolkit.runners.isolated import BYTES, Codec, Reply, isolated
from mcu_toolkit.tensorflow_loader import load_keras_model, load_tensorflow, quiet

_BATCH = 256
_numbers = itertools.count()
_models: dict[int, Any] = {}
"""In the child: the Keras models by their runners' numbers."""
Arrays = tuple[npt.NDArray[Any], ...]


def _pack(arrays: Arrays) -> Reply:
    return {"arrays": [[list(array.shape), array.dtype.name] for array in arrays]}, b"".join(array.tobytes() for array in arrays)


def _unpack(facts: dict[str, Any], content: bytes) -> Arrays:
    arrays, position = [], 0
    for shape, dtype in facts["arrays"]:
        array = np.frombuffer(content, dtype, math.prod(shape), position).reshape(shape)
        arrays.append(array)
        position += array.nbytes
    return tuple(arrays)


_ARRAYS = Codec(_pack, _unpack)


class KerasRunner:
    """Runs a `.keras` file with TensorFlow, which takes seconds to start."""

    name = "keras"

    def __init__(self, path: Path) -> None:
        """Raises InputError where the file is missing or Keras cannot read it, ToolError where TensorFlow is missing or crashes."""
        self._path = path
        self._number = next(_numbers)
        _load(path, self._number)

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """Run every sample in order.

        `inputs`: one float32 array of real values a model input, each [samples, *shape without the batch]; integer
        arrays only where the model's own input is of integers.  The outputs are float32, each [samples, *shape].
        """
        return RunResult(self.name, _run(self._path, self._number, tuple(inputs)))

    def reset(self) -> None:
        """Return the state of stateful layers to its initial values."""
        _reset(self._path, self._number)

    def close(self) -> None:
        """Release the model."""
        _release(self._path, self._number)


@isolated(BYTES)
def _load(path: Path, number: int) -> bytes:
    if path.is_file():
        refuse_code(path)
    _models[number] = load_keras_model(path)
    return b""


@isolated(BYTES)
def _reset(path: Path, number: int) -> bytes:
    for layer in _models[number].layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()
    return b""


@isolated(BYTES)
def _release(path: Path, number: int) -> bytes:
    _models.pop(number, None)
    return b""


@isolated(_ARRAYS)
def _run(path: Path, number: int, inputs: Arrays) -> Arrays:
    model = _models[number]
    tensors = list(model.inputs)
    if len(tensors) != len(inputs):
        raise InputError(f"{len(inputs)} input arrays given", on=path, expected=f"{len(tensors)}, one for each model input")
    arrays = [_checked(path, index, array, tensor) for index, (array, tensor) in enumerate(zip(inputs, tensors, strict=True))]
    tensorflow = load_tensorflow()
    batches: list[list[npt.NDArray[Any]]] = []
    try:
        for first in range(0, len(arrays[0]), _BATCH):
            parts = [tensorflow.constant(array[first : first + _BATCH]) for array in arrays]
            with quiet():
                batches.append(_outputs(model, model(parts if len(parts) > 1 else parts[0], training=False)))
    except (ValueError, TypeError, RuntimeError, tensorflow.errors.OpError) as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ToolError(f"Keras failed: {reason}", on=path) from error
    return tuple(np.concatenate(parts) for parts in zip(*batches, strict=True))


def _checked(path: Path, number: int, array: npt.NDArray[Any], tensor: Any) -> npt.NDArray[Any]:
    """`array` in the dtype of the model's input and, where only dimensions of 1 differ, in its shape."""
    dtype = np.dtype(tensor.dtype)
    if dtype.kind == "f" and array.dtype.kind != "f":
        raise InputError(
            f"input {number} is {array.dtype}", on=path, expected=f"real values ({dtype}); quantized inputs belong to the int8 model"
        )
    wanted = tuple(tensor.shape)[1:]
    known = all(length is not None for length in wanted)
    if known and array.shape[1:] != wanted:
        if [n for n in array.shape[1:] if n != 1] != [n for n in wanted if n != 1]:
            raise InputError(f"input {number} has samples of shape {list(array.shape[1:])}", on=path, expected=str(list(wanted)))
        array = array.reshape(len(array), *wanted)
    return array.astype(dtype, copy=False)


def _outputs(model: Any, result: Any) -> list[npt.NDArray[Any]]:
    if isinstance(result, dict):  # in the order in which the model lists its outputs
        result = [result[name] for name in model.output_names]
    results = result if isinstance(result, (list, tuple)) else [result]
    return [np.asarray(value.numpy(), np.float32) for value in results]
