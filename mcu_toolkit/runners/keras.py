"""The original float model in Keras, for accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.tensorflow_loader import load_keras_model, load_tensorflow, quiet

_BATCH = 256


class KerasRunner:
    """Runs a `.keras` file with TensorFlow, which is imported here and takes seconds."""

    name = "keras"

    def __init__(self, path: Path) -> None:
        """Raises InputError where the file is missing or Keras cannot read it, ToolError where TensorFlow is missing."""
        self._path = path
        self._model: Any = load_keras_model(path)

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """Run every sample in order.

        `inputs`: one float32 array of real values a model input, each [samples, *shape without the batch]; integer
        arrays only where the model's own input is of integers.  The outputs are float32, each [samples, *shape].
        """
        arrays = [
            self._checked(number, array, tensor) for number, (array, tensor) in enumerate(zip(inputs, self._inputs(inputs), strict=True))
        ]
        tensorflow = load_tensorflow()
        batches: list[list[npt.NDArray[Any]]] = []
        try:
            for first in range(0, len(arrays[0]), _BATCH):
                parts = [tensorflow.constant(array[first : first + _BATCH]) for array in arrays]
                with quiet():
                    batches.append(self._outputs(self._model(parts if len(parts) > 1 else parts[0], training=False)))
        except (ValueError, TypeError, RuntimeError, tensorflow.errors.OpError) as error:
            reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise ToolError(f"Keras failed: {reason}", on=self._path) from error
        return RunResult(self.name, tuple(np.concatenate(parts) for parts in zip(*batches, strict=True)))

    def reset(self) -> None:
        """Return the state of stateful layers to its initial values."""
        for layer in self._model.layers:
            if getattr(layer, "stateful", False):
                layer.reset_state()

    def close(self) -> None:
        """Release the model."""
        self._model = None

    def _inputs(self, inputs: Sequence[npt.NDArray[Any]]) -> list[Any]:
        tensors = list(self._model.inputs)
        if len(tensors) != len(inputs):
            raise InputError(f"{len(inputs)} input arrays given", on=self._path, expected=f"{len(tensors)}, one for each model input")
        return tensors

    def _checked(self, number: int, array: npt.NDArray[Any], tensor: Any) -> npt.NDArray[Any]:
        """`array` in the dtype of the model's input and, where only dimensions of 1 differ, in its shape."""
        dtype = np.dtype(tensor.dtype)
        if dtype.kind == "f" and array.dtype.kind != "f":
            raise InputError(
                f"input {number} is {array.dtype}",
                on=self._path,
                expected=f"real values ({dtype}); quantized inputs belong to the int8 model",
            )
        wanted = tuple(tensor.shape)[1:]
        known = all(length is not None for length in wanted)
        if known and array.shape[1:] != wanted:
            if [n for n in array.shape[1:] if n != 1] != [n for n in wanted if n != 1]:
                raise InputError(f"input {number} has samples of shape {list(array.shape[1:])}", on=self._path, expected=str(list(wanted)))
            array = array.reshape(len(array), *wanted)
        return array.astype(dtype, copy=False)

    def _outputs(self, result: Any) -> list[npt.NDArray[Any]]:
        if isinstance(result, dict):  # in the order in which the model lists its outputs
            result = [result[name] for name in self._model.output_names]
        results = result if isinstance(result, (list, tuple)) else [result]
        return [np.asarray(value.numpy(), np.float32) for value in results]
