"""How far an error that is put into the otherwise exact float model moves its output."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import Model, Tensor, parse_model
from mcu_toolkit.quantize.probes import disturbed
from mcu_toolkit.runners import LiteRtRunner

Floats = npt.NDArray[np.float64]


class OutputEffects:
    """The float model with an input more for an error of each of `tensors`, run over the samples `x` [samples, *shape]."""

    def __init__(self, model: Model, tensors: Sequence[int], x: npt.NDArray[np.float32]) -> None:
        self._probe = parse_model(disturbed(model.content, tensors), "disturbed")
        self._runner = LiteRtRunner(self._probe, use_reference=True)
        self._entry = self._shaped(x, self._probe.inputs[0])
        self._none = [np.zeros((len(x), *sample_shape(tensor)), np.float32) for tensor in self._probe.inputs[1:]]
        self._exact = self._output(self._entry, self._none)

    def __enter__(self) -> OutputEffects:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._runner.close()

    def of_input(self, x: Floats) -> float:
        """Mean squared change of the output where the model reads `x` instead of the exact samples."""
        return self._change(self._shaped(x, self._probe.inputs[0]), self._none)

    def of(self, number: int, error: Floats) -> float:
        """Mean squared change of the output where `error` [samples, *shape] is added to the tensor with that number."""
        if not error.any():
            return 0.0
        given = list(self._none)
        given[number] = self._shaped(error, self._probe.inputs[number + 1])
        return self._change(self._entry, given)

    def _change(self, entry: npt.NDArray[np.float32], errors: Sequence[npt.NDArray[np.float32]]) -> float:
        return float(np.mean((self._output(entry, errors) - self._exact) ** 2))

    def _output(self, entry: npt.NDArray[np.float32], errors: Sequence[npt.NDArray[np.float32]]) -> Floats:
        return self._runner.run([entry, *errors]).outputs[0].astype(np.float64)

    @staticmethod
    def _shaped(values: npt.NDArray[np.floating], tensor: Tensor) -> npt.NDArray[np.float32]:
        return np.asarray(values, np.float32).reshape(len(values), *sample_shape(tensor))


def sample_shape(tensor: Tensor) -> tuple[int, ...]:
    """The shape of one sample, without a batch of 1."""
    return tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape
