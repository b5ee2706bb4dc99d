"""Additions to a .tflite file, through the schema module that comes with LiteRT: tensors, constants, operators, the order of operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_IDENTIFIER = b"TFL3"
_MOVES = (
    *("CONCATENATION", "EXPAND_DIMS", "GATHER", "GATHER_ND", "MAX_POOL_2D", "PACK", "PAD", "RESHAPE", "REVERSE_V2"),
    *("SLICE", "SPLIT", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE", "TILE", "TRANSPOSE", "UNPACK"),
)
"""Operators that leave elements as they are: what they read has to have the scale of what they write."""


@dataclass(frozen=True)
class Scale:
    """real = scale * (stored - zero_point)."""

    scale: float
    zero_point: int = 0


def int8_scale(lowest: float, highest: float) -> Scale:
    """For values in between, and 0, which is exact: as TensorFlow's converter chooses it."""
    low, high = min(lowest, 0.0), max(highest, 0.0)
    scale = max(high - low, 1e-6) / 255
    return Scale(float(np.float32(scale)), int(np.clip(round(-128 - low / scale), -128, 127)))


class TfliteGraph:
    """The first graph of a model that is taken apart; `packed` puts it together again."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self._schema = schema
        self._model: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
        self._graph: Any = self._model.subgraphs[0]
        self._signature: Any = self._model.signatureDefs[0]

    def input(self, name: str) -> int:
        """The tensor of the input that the signature calls so."""
        return _by_name(self._signature.inputs, name)

    def output(self, name: str) -> int:
        """The tensor of the output that the signature calls so."""
        return _by_name(self._signature.outputs, name)

    def scale(self, tensor: int) -> Scale | None:
        """Of an int8 tensor with one scale; None for others."""
        found = self._graph.tensors[tensor]
        if found.type != self._schema.TensorType.INT8:
            return None
        return Scale(float(found.quantization.scale[0]), int(found.quantization.zeroPoint[0]))

    def is_float(self, tensor: int) -> bool:
        """True for 32-bit floats."""
        return bool(self._graph.tensors[tensor].type == self._schema.TensorType.FLOAT32)

    def make_int8(self, tensor: int, scale: Scale) -> None:
        """Give a tensor that no operator makes or reads another type."""
        found = self._graph.tensors[tensor]
        found.type, found.quantization = self._schema.TensorType.INT8, self._quantization(scale)

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str,
        scale: Scale | None = None,
        data: npt.NDArray[Any] | None = None,
        *,
        is_variable: bool = False,
    ) -> int:
        """A new tensor, a constant where there is `data`; returns its number."""
        made = self._schema.TensorT()
        made.name, made.shape, made.hasRank = name.encode(), np.asarray(shape, np.int32), True
        made.type, made.isVariable = getattr(self._schema.TensorType, dtype.upper()), is_variable
        made.quantization = None if scale is None else self._quantization(scale)
        if data is not None:
            buffer = self._schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data, np.dtype(dtype).newbyteorder("<")).tobytes(), np.uint8)
            self._model.buffers.append(buffer)
            made.buffer = len(self._model.buffers) - 1
        self._graph.tensors.append(made)
        return len(self._graph.tensors) - 1

    def operator(
        self,
        name: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        version: int = 1,
        options: tuple[str, Any] | None = None,
        intermediates: Sequence[int] = (),
        custom_options: bytes | None = None,
    ) -> None:
        """A new operator: a built-in one, or a custom one where it has `custom_options`; `options` are (their table, the object)."""
        made = self._schema.OperatorT()
        made.opcodeIndex = self._code(name, version, is_custom=custom_options is not None)
        made.inputs, made.outputs = np.asarray(inputs, np.int32), np.asarray(outputs, np.int32)
        if intermediates:
            made.intermediates = np.asarray(intermediates, np.int32)
        if options is not None:
            made.builtinOptionsType, made.builtinOptions = getattr(self._schema.BuiltinOptions, options[0]), options[1]
        if custom_options is not None:
            made.customOptions = np.frombuffer(custom_options, np.uint8)
        self._graph.operators.append(made)

    def options(self, table: str, **values: Any) -> tuple[str, Any]:
        """An operator's options, by the schema's own names of the fields."""
        made = getattr(self._schema, f"{table}T")()
        for name, value in values.items():
            assert hasattr(made, name), name
            setattr(made, name, value)
        return table, made

    def enumerated(self, enum: str, value: str) -> int:
        """The number of a value of an enumeration of the schema."""
        number: int = getattr(getattr(self._schema, enum), value)
        return number

    def agree(self, free: Sequence[int]) -> None:
        """Give operators that only move elements one scale for what they read and write; TensorFlow's converter forgets it behind inputs.

        Tensors of `free` are made by operators that are still to come, and take over the scale where all their readers agree about
        it; others are converted on their way.
        """
        for tensor in free:
            wanted = {self.scale(int(one.outputs[0])) if self._moves(one) else self.scale(tensor) for one in self._readers(tensor)}
            scale = next(iter(wanted)) if len(wanted) == 1 else None
            if scale is not None:
                self._graph.tensors[tensor].quantization = self._quantization(scale)
        for one in filter(self._moves, list(self._graph.operators)):
            scale = self.scale(int(one.outputs[0]))
            for place, tensor in enumerate(map(int, one.inputs)):
                given = self.scale(tensor) if tensor >= 0 else None
                if scale is not None and given is not None and given != scale:
                    found = self._graph.tensors[tensor]
                    name = f"{found.name.decode()}/rescaled_{len(self._graph.tensors)}"
                    one.inputs[place] = self.tensor(name, list(found.shape), "int8", scale)
                    self.operator("QUANTIZE", [tensor], [int(one.inputs[place])])

    def _moves(self, operator: Any) -> bool:
        code = self._model.operatorCodes[operator.opcodeIndex].builtinCode
        return code in [getattr(self._schema.BuiltinOperator, name) for name in _MOVES]

    def _readers(self, tensor: int) -> list[Any]:
        return [one for one in self._graph.operators or [] if tensor in one.inputs]

    def keep_ends(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Leave only the inputs and outputs that the signature calls so."""
        self._signature.inputs = [one for one in self._signature.inputs if one.name.decode() in inputs]
        self._signature.outputs = [one for one in self._signature.outputs if one.name.decode() in outputs]
        self._graph.inputs = np.asarray([one.tensorIndex for one in self._signature.inputs], np.int32)
        self._graph.outputs = np.asarray([one.tensorIndex for one in self._signature.outputs], np.int32)

    def float_ends(self) -> None:
        """Put floats before every int8 input and behind every int8 output."""
        for ends, operator in ((self._signature.inputs, "QUANTIZE"), (self._signature.outputs, "DEQUANTIZE")):
            for end in ends:
                inner, found = int(end.tensorIndex), self._graph.tensors[end.tensorIndex]
                if found.type != self._schema.TensorType.INT8:
                    continue
                end.tensorIndex = self.tensor(f"{end.name.decode()}_float", list(found.shape), "float32")
                wired = ([end.tensorIndex], [inner]) if operator == "QUANTIZE" else ([inner], [end.tensorIndex])
                self.operator(operator, *wired)
        self.keep_ends(*([one.name.decode() for one in ends] for ends in (self._signature.inputs, self._signature.outputs)))

    def packed(self) -> bytes:
        """The file, its operators in an order in which what they read is there."""
        import flatbuffers

        waiting, ordered = list(self._graph.operators), []
        made = {int(tensor) for one in waiting for tensor in one.outputs}
        while waiting:
            ready = next((one for one in waiting if not made.intersection(map(int, one.inputs))), None)
            assert ready is not None, "operators that wait for each other"
            waiting.remove(ready)
            made.difference_update(map(int, ready.outputs))
            ordered.append(ready)
        self._graph.operators = ordered
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), _IDENTIFIER)
        return bytes(builder.Output())

    def _quantization(self, scale: Scale) -> Any:
        made = self._schema.QuantizationParametersT()
        made.scale, made.zeroPoint = np.asarray([scale.scale], np.float32), np.asarray([scale.zero_point], np.int64)
        return made

    def _code(self, name: str, version: int, *, is_custom: bool) -> int:
        number = self._schema.BuiltinOperator.CUSTOM if is_custom else getattr(self._schema.BuiltinOperator, name)
        custom = name.encode() if is_custom else None
        for index, code in enumerate(self._model.operatorCodes or []):
            if (code.builtinCode, code.version, code.customCode) == (number, version, custom):
                return index
        code = self._schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version, code.customCode = number, min(number, 127), version, custom
        self._model.operatorCodes = [*(self._model.operatorCodes or []), code]
        return len(self._model.operatorCodes) - 1


def _by_name(ends: Sequence[Any], name: str) -> int:
    return next(int(one.tensorIndex) for one in ends if one.name.decode() == name)
