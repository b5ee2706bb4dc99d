"""A graph, tensor by tensor and operator by operator, with weights that follow from their names alone."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType, Graph, Model, Op, OptionValue, Quantization, Tensor, parse_model
from mcu_toolkit.model.write import write_model

SCALE: Final = 0.05
"""Of activations, which are int8 with zero point 0: values from -6.4 to 6.35."""
_SPREAD: Final = 73.6
"""Standard deviation of uniform integers from -127 to 127, as random inputs and our weights are."""
_WANTED_SPREAD: Final = 48.0
"""Of outputs: hardly any is clamped, so that a wrong sum is seen."""


def weights(name: str, shape: Sequence[int], dtype: DType = DType.INT8) -> npt.NDArray[Any]:
    """Integers that look random, int8 or int16 of `shape`, the same with every version of every library: SHAKE-256 of `name`."""
    count = math.prod(shape)
    raw = np.frombuffer(hashlib.shake_256(name.encode()).digest(count * dtype.itemsize_bytes), dtype.numpy)
    symmetric: npt.NDArray[Any] = np.maximum(raw, -np.iinfo(dtype.numpy).max)
    return symmetric.reshape(shape)


def weight_scale(products: int) -> float:
    """The scale of weights in sums of `products`, so that outputs of SCALE spread as wanted."""
    return _WANTED_SPREAD / (_SPREAD * _SPREAD * math.sqrt(products))


class GraphBuilder:
    """One graph with one input tensor or more; `model` makes the model of it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tensors: list[Tensor] = []
        self._ops: list[Op] = []

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: DType = DType.INT8,
        scale: float = SCALE,
        zero_point: int = 0,
        *,
        data: npt.NDArray[Any] | None = None,
        is_variable: bool = False,
    ) -> int:
        """A new tensor with one scale, a constant where there is `data`; returns its number."""
        index = len(self._tensors)
        quantization = Quantization((float(np.float32(scale)),), (zero_point,))
        self._tensors.append(Tensor(index, name, tuple(shape), dtype, quantization, data, is_variable))
        return index

    def constant(self, name: str, shape: Sequence[int], scale: float, dtype: DType = DType.INT8) -> int:
        """Weights."""
        return self.tensor(name, shape, dtype, scale, data=weights(f"{self._name} {name}", shape, dtype))

    def bias(self, count: int, scale: float, dtype: DType = DType.INT32) -> int:
        """Biases from -1 to 1 in real values."""
        values = weights(f"{self._name} bias", (count,)) / 127 / scale
        return self.tensor("bias", (count,), dtype, scale, data=values.astype(dtype.numpy))

    def operator(self, name: str, inputs: Sequence[int], outputs: Sequence[int], *, version: int = 1, **options: OptionValue) -> None:
        """A new operator; `options` by the schema's names."""
        given: Mapping[str, OptionValue] = MappingProxyType(options)
        self._ops.append(Op(len(self._ops), name, tuple(inputs), tuple(outputs), given, version))

    def model(self, inputs: Sequence[int], outputs: Sequence[int]) -> Model:
        """The model, read back from its bytes."""
        graph = Graph("main", tuple(self._tensors), tuple(self._ops), tuple(inputs), tuple(outputs))
        return parse_model(write_model(graph, "made by mcu boards check"), self._name)
