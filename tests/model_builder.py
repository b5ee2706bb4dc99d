"""Builds .tflite files for tests, operator by operator, with the object API of ai_edge_litert's schema module.

It is deliberately independent of `mcu_toolkit.model`: what our reader says can be checked against what was written.

    builder = ModelBuilder()
    x = builder.tensor([1, 4], "int8", scale=0.5, zero_point=3)
    y = builder.tensor([1, 4], "int8", scale=0.5, zero_point=3)
    builder.op("RELU", [x], [y])
    content = builder.build([x], [y])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

_OPTIONS_OF = {
    "AVERAGE_POOL_2D": "Pool2D",
    "MAX_POOL_2D": "Pool2D",
    "L2_POOL_2D": "Pool2D",
    "L2_NORMALIZATION": "L2Norm",
    "MAXIMUM": "MaximumMinimum",
    "MINIMUM": "MaximumMinimum",
    "ELU": None,
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ANY", "REDUCE_ALL"), "Reducer"),
}
"""Options tables that are not named after their operator."""

_ENUM_OF = {
    "padding": schema.Padding,
    "fused_activation_function": schema.ActivationFunctionType,
    "weights_format": schema.FullyConnectedOptionsWeightsFormat,
    "kernel_type": schema.LSTMKernelType,
    "mode": schema.MirrorPadMode,
    **dict.fromkeys(("in_data_type", "out_data_type", "out_type", "output_type", "quantized_bias_type"), schema.TensorType),
}
"""Enums of options, so that tests can write names."""

_UNIONS = {name.lower(): name for name in vars(schema.BuiltinOptions) if name.endswith("Options")}


class ModelBuilder:
    """One subgraph and, in `build`, the model around it."""

    def __init__(self, name: str = "main") -> None:
        self._graph = schema.SubGraphT()
        self._graph.name = name
        self._graph.tensors, self._graph.operators = [], []
        self._data: list[bytes | None] = []
        self._codes: list[tuple[str, int, str | None]] = []

    def tensor(
        self,
        shape: Sequence[int],
        dtype: str = "int8",
        scale: float | None = None,
        zero_point: int = 0,
        data: npt.ArrayLike | bytes | None = None,
        *,
        scales: Sequence[float] | None = None,
        zero_points: Sequence[int] | None = None,
        axis: int = 0,
        name: str | None = None,
        is_variable: bool = False,
        shape_signature: Sequence[int] | None = None,
    ) -> int:
        """Add a tensor and return its index.

        `dtype` is a name of the schema in any case (`int8`, `float32`, `int4`, ...).  `scale`/`zero_point` quantize per tensor,
        `scales` (with `zero_points`, default zeros) per slice along `axis`.  `data` makes it a constant: an array that is cast to
        `dtype` and must fit the shape, or raw bytes (packed int4, for example).
        """
        tensor = schema.TensorT()
        tensor.name = f"t{len(self._graph.tensors)}" if name is None else name
        tensor.shape = np.asarray(shape, np.int32)
        tensor.hasRank = True
        tensor.type = getattr(schema.TensorType, dtype.upper())
        tensor.isVariable = is_variable
        if shape_signature is not None:
            tensor.shapeSignature = np.asarray(shape_signature, np.int32)
        if scale is not None or scales is not None:
            tensor.quantization = _quantization([scale] if scales is None else scales, zero_points, zero_point, axis)
        self._graph.tensors.append(tensor)
        self._data.append(_raw(data, dtype, shape))
        return len(self._graph.tensors) - 1

    def op(
        self,
        name: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        version: int = 1,
        intermediates: Sequence[int] | None = None,
        custom_options: bytes | None = None,
        **options: Any,
    ) -> ModelBuilder:
        """Add an operator.  `options` are the schema's snake_case fields, enum values by name; the rest keep their defaults.

        A name that is no built-in operator makes a custom operator with `custom_options`.  Input -1: optional and absent.
        """
        builtin = name if hasattr(schema.BuiltinOperator, name) and name != "CUSTOM" else None
        code = (builtin or "CUSTOM", version, None if builtin else name)
        if code not in self._codes:
            self._codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = code  # an index once the model's list of codes is known
        operator.inputs, operator.outputs = np.asarray(inputs, np.int32), np.asarray(outputs, np.int32)
        if intermediates is not None:
            operator.intermediates = np.asarray(intermediates, np.int32)
        if custom_options is not None:
            operator.customOptions = np.frombuffer(custom_options, np.uint8)
        _set_options(operator, name, options)
        self._graph.operators.append(operator)
        return self

    def build(
        self,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        others: Sequence[tuple[ModelBuilder, Sequence[int], Sequence[int]]] = (),
        description: str = "made by a test",
    ) -> bytes:
        """The bytes of the .tflite file; `others` (builder, inputs, outputs) become subgraphs 1, 2, ...  Can be called once."""
        model = schema.ModelT()
        model.version = 3
        model.description = description
        model.subgraphs, model.buffers = [], [schema.BufferT()]
        builders = [(self, inputs, outputs), *others]
        codes = list(dict.fromkeys(code for builder, _, _ in builders for code in builder._codes))
        model.operatorCodes = [_operator_code(*code) for code in codes]
        for builder, graph_inputs, graph_outputs in builders:
            graph = builder._graph
            graph.inputs, graph.outputs = np.asarray(graph_inputs, np.int32), np.asarray(graph_outputs, np.int32)
            for tensor, data in zip(graph.tensors, builder._data, strict=True):
                if data is not None:
                    tensor.buffer = len(model.buffers)
                    buffer = schema.BufferT()
                    buffer.data = np.frombuffer(data, np.uint8)
                    model.buffers.append(buffer)
            for operator in graph.operators:
                operator.opcodeIndex = codes.index(operator.opcodeIndex)
            model.subgraphs.append(graph)
        packer = flatbuffers.Builder(1024)
        packer.Finish(model.Pack(packer), file_identifier=b"TFL3")
        return bytes(packer.Output())


def _quantization(scales: Sequence[float | None], zero_points: Sequence[int] | None, zero_point: int, axis: int) -> Any:
    quantization = schema.QuantizationParametersT()
    quantization.scale = np.asarray(scales, np.float32)
    quantization.zeroPoint = np.asarray([zero_point] * len(scales) if zero_points is None else zero_points, np.int64)
    quantization.quantizedDimension = axis
    return quantization


def _raw(data: npt.ArrayLike | bytes | None, dtype: str, shape: Sequence[int]) -> bytes | None:
    if data is None or isinstance(data, bytes):
        return data
    array = np.asarray(data).astype(np.dtype(dtype.lower()).newbyteorder("<"))
    return np.broadcast_to(array, shape).tobytes() if array.ndim == 0 else array.reshape(shape).tobytes()


def _operator_code(name: str, version: int, custom_name: str | None) -> Any:
    code = schema.OperatorCodeT()
    number = getattr(schema.BuiltinOperator, name)
    code.builtinCode = number
    code.deprecatedBuiltinCode = min(number, 127)  # as converters write it: codes above 127 only fit the newer field
    code.version = version
    code.customCode = custom_name
    return code


def _set_options(operator: Any, name: str, options: dict[str, Any]) -> None:
    stem = _OPTIONS_OF.get(name, name.replace("_", ""))
    union = _UNIONS.get(f"{stem}options".lower())
    if union is None:
        assert not options, f"{name} has no options table, yet {sorted(options)} are given"
        return
    table = getattr(schema, f"{union}T")()
    for key, value in options.items():
        first, *rest = key.split("_")
        attribute = first + "".join(word.capitalize() for word in rest)
        assert hasattr(table, attribute), f"{union} has no field '{key}'"
        setattr(table, attribute, _stored(key, value))
    operator.builtinOptionsType = getattr(schema.BuiltinOptions, union)
    operator.builtinOptions = table


def _stored(key: str, value: Any) -> Any:
    if isinstance(value, str) and key in _ENUM_OF:
        return getattr(_ENUM_OF[key], value)
    return np.asarray(value, np.int32) if isinstance(value, (list, tuple)) else value
