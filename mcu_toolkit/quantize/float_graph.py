"""The float model as TensorFlow runs it: what its first layers make of samples, and what they remember of their training.

Read from the graph of the SavedModel that every source becomes, so a Keras file, a SavedModel and an ONNX file are judged alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.quantize.signatures import SIGNATURE
from mcu_toolkit.quantize.source import SourceModel
from mcu_toolkit.tensorflow_loader import load_frozen_signature, load_tensorflow, quiet

Values = Callable[[npt.NDArray[Any]], npt.NDArray[np.float64]]
"""From real samples [samples, *shape] to what a tensor holds for them, a row each place, a column each channel."""

_WEIGHTED = frozenset({"Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2"})
_MOVES = frozenset({"Reshape", "Squeeze", "ExpandDims", "Identity", "BatchToSpaceND", "Transpose"})
_ARITHMETIC = frozenset({"Mul", "Sub", "AddV2", "RealDiv"})
_BENDS = frozenset({"Relu", "Relu6", "LeakyRelu"})


@dataclass(frozen=True)
class Normalisation:
    """The model's first normalisation layer: what it is given, and the statistics of what it was given in training."""

    values: Values
    mean: npt.NDArray[np.float64]
    std: npt.NDArray[np.float64]
    epsilon: float
    """Added to variances."""


@dataclass(frozen=True)
class FirstWeights:
    """The model's first layer with weights and a bias: its products before the bias is added."""

    products: Values
    bias: npt.NDArray[np.float64]
    bends: bool
    """A rectifier follows."""


@dataclass(frozen=True)
class FloatGraph:
    """A float model of one input."""

    outputs: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
    normalisation: Normalisation | None
    first_weights: FirstWeights | None
    rescales: bool
    """There is arithmetic between the input and the first weights: the model brings raw values into range by itself."""


def read_float_graph(source: SourceModel) -> FloatGraph | None:
    """The graph of a source with one float input and one output; None for others, and where TensorFlow cannot freeze it."""
    if source.is_tflite or len(source.inputs) != 1 or source.inputs[0].dtype != "float32":
        return None
    function = load_frozen_signature(source.saved_model, SIGNATURE)
    if function is None or len(function.outputs) != 1:
        return None
    reader = _Reader(function)
    return FloatGraph(reader.runner(function.outputs[0]), reader.normalisation(), reader.first_weights(), reader.rescales())


class _Reader:
    """Finds layers among the operators of a frozen function."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self._ops: list[Any] = function.graph.get_operations()
        self._fed = {function.inputs[0].name}
        for op in self._ops:  # in an order in which inputs come first
            if any(tensor.name in self._fed for tensor in op.inputs):
                self._fed.update(tensor.name for tensor in op.outputs)

    def runner(self, tensor: Any, *, whole: bool = False) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        """What `tensor` is for samples, [samples, *shape]; `whole`: for the first of them, as it is."""
        tensorflow = load_tensorflow()
        pruned = self._function.prune(feeds=[self._function.inputs[0]], fetches=[tensor])

        def one(row: Any) -> Any:
            value = tensorflow.convert_to_tensor(pruned(row[tensorflow.newaxis])[0])
            return value if whole else value[0]

        # The model's batch is 1; a loop inside TensorFlow takes a tenth of the time of one around it.
        several = tensorflow.function(lambda x: tensorflow.map_fn(one, x, fn_output_signature=tensor.dtype))

        def run(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
            with quiet():
                found: npt.NDArray[Any] = several(tensorflow.constant(x, tensorflow.float32)).numpy()
            return found[0] if whole else found

        return run

    def normalisation(self) -> Normalisation | None:
        """The first normalisation layer whose statistics are not those it started from."""
        for op in self._ops:
            found = self._fused(op) or self._written_out(op) or self._standardising(op)
            if found is not None:
                tensor, mean, variance, epsilon, axis = found
                untrained = bool(np.all(mean == 0.0) and np.all(variance == 1.0))
                if not untrained and mean.size == variance.size > 0:
                    return Normalisation(self._table(tensor, axis, mean.size), mean, np.sqrt(variance + epsilon), epsilon)
        return None

    def first_weights(self) -> FirstWeights | None:
        """The first layer with weights; None where it has no bias, or one of zeros only."""
        op = next((op for op in self._ops if op.type in _WEIGHTED and self._fed_operand(op) is not None), None)
        if op is None:
            return None
        tensor = op.outputs[0]
        for user in self._users(tensor, through=_MOVES):
            constant = self._constant_operand(user) if user.type in ("BiasAdd", "AddV2") else None
            if constant is not None and constant.size == tensor.shape[-1] and np.any(constant != 0.0):
                bends = any(after.type in _BENDS for after in self._users(user.outputs[0], through=_MOVES))
                return FirstWeights(self._table(tensor, -1, constant.size), constant.ravel(), bends)
        return None

    def rescales(self) -> bool:
        """True for arithmetic before the first weights."""
        for op in self._ops:
            if self._fed_operand(op) is not None and op.type in _WEIGHTED:
                return False
            if self._fed_operand(op) is not None and op.type in _ARITHMETIC:
                return True
        return False

    def _fused(self, op: Any) -> tuple[Any, npt.NDArray[np.float64], npt.NDArray[np.float64], float, int] | None:
        """FusedBatchNorm, as TensorFlow 2 writes batch normalisation."""
        if not op.type.startswith("FusedBatchNorm") or op.inputs[0].name not in self._fed:
            return None
        axis = 1 if op.get_attr("data_format") == b"NCHW" else -1
        return op.inputs[0], self._value(op.inputs[3]), self._value(op.inputs[4]), float(op.get_attr("epsilon")), axis

    def _written_out(self, op: Any) -> tuple[Any, npt.NDArray[np.float64], npt.NDArray[np.float64], float, int] | None:
        """x * inv + (offset - mean * inv) with inv = rsqrt(variance + epsilon) [* scale], as Keras 3 writes it."""
        if op.type != "Rsqrt" or op.inputs[0].name in self._fed or op.inputs[0].op.type not in ("AddV2", "Add"):
            return None
        variance, epsilon = sorted((self._value(tensor) for tensor in op.inputs[0].op.inputs), key=lambda value: -value.size)
        x, mean = self._multiplied_by(op.outputs[0])
        if x is None or mean is None:
            return None
        value = self._value(mean)
        axis = next((i for i, size in enumerate(value.shape) if size > 1), -1) if value.ndim > 1 else -1
        return x, value.ravel(), variance.ravel(), float(epsilon.ravel()[0]), axis

    def _multiplied_by(self, inverse: Any) -> tuple[Any, Any]:
        """(what depends on the input, what does not) of the products with `inverse`, or with `inverse` times a constant."""
        users = [user for user in inverse.consumers() if user.type == "Mul"]
        constants = [user for user in users if user.outputs[0].name not in self._fed]
        scaled = [user for user in constants if any(one.type == "Mul" for one in user.outputs[0].consumers())]
        products = [(user, inverse.name) for user in users if user not in scaled]
        products += [(user, one.outputs[0].name) for one in scaled for user in one.outputs[0].consumers() if user.type == "Mul"]
        x, mean = None, None
        for user, multiplier in products:
            other = next((tensor for tensor in user.inputs if tensor.name != multiplier), None)
            if other is not None and other.name in self._fed:
                x = other
            else:
                mean = other
        return x, mean

    def _standardising(self, op: Any) -> tuple[Any, npt.NDArray[np.float64], npt.NDArray[np.float64], float, int] | None:
        """(x - mean) / std with constants: Keras' Normalization layer."""
        if op.type != "RealDiv" or op.inputs[0].name not in self._fed or op.inputs[1].name in self._fed:
            return None
        difference = op.inputs[0].op
        if difference.type != "Sub" or difference.inputs[0].name not in self._fed or difference.inputs[1].name in self._fed:
            return None
        return difference.inputs[0], self._value(difference.inputs[1]).ravel(), self._value(op.inputs[1]).ravel() ** 2, 1e-6, -1

    def _table(self, tensor: Any, axis: int, channels: int) -> Values:
        run = self.runner(tensor)

        def table(x: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
            values = run(x).astype(np.float64)
            return np.moveaxis(values, axis, -1).reshape(-1, channels) if channels > 1 else values.reshape(-1, 1)

        return table

    def _users(self, tensor: Any, through: frozenset[str]) -> Iterator[Any]:
        for op in tensor.consumers():
            if op.type in through and op.outputs:
                yield from self._users(op.outputs[0], through)
            else:
                yield op

    def _fed_operand(self, op: Any) -> Any:
        return next((tensor for tensor in op.inputs if tensor.name in self._fed), None)

    def _constant_operand(self, op: Any) -> npt.NDArray[np.float64] | None:
        constants = [tensor for tensor in op.inputs if tensor.name not in self._fed]
        return self._value(constants[0]) if len(constants) == 1 else None

    def _value(self, tensor: Any) -> npt.NDArray[np.float64]:
        """A tensor that does not depend on the input, which is fed all the same: inlined calls wait for it."""
        return np.asarray(self.runner(tensor, whole=True)(np.zeros(self._function.inputs[0].shape)), np.float64)
