"""What the templates of `firmware_templates/runtimes/tflm/` say about each model, as C and C++ text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcu_toolkit.artifacts.code_names import unique_names
from mcu_toolkit.artifacts.model_array import array_symbols
from mcu_toolkit.model import Graph, Model, Op, Tensor, remembers, resets_first
from mcu_toolkit.system.sinks import c_comment

_HASH_BYTES_A_LINE = 16


@dataclass(frozen=True)
class PortText:
    """One input or output."""

    index: int
    dtype: int
    dims: tuple[int, ...]
    size_bytes: int
    scale: str
    """A float literal that reads back as the same float32; `0.0f` where the tensor has no single scale."""
    zero_point: int


@dataclass(frozen=True)
class ModelText:
    """One model."""

    title: str
    prefix: str
    """A valid identifier, different for each model of a firmware."""
    symbol: str
    """Of the array with the flatbuffer."""
    sha256_lines: tuple[str, ...]
    inputs: tuple[PortText, ...]
    outputs: tuple[PortText, ...]
    layer_count: int
    has_state: bool
    """An inference depends on those before it."""
    resets_first: bool
    """There is state, reset before every inference."""
    resource_variables: int
    shown: tuple[tuple[int, int, int], ...]
    """(layer, tensor, bytes) of every tensor that an operator makes, for the observer."""
    constants: tuple[tuple[int, int, int], ...]
    """(layer, offset in the model's file, bytes) of every constant that an operator reads, for the observer."""
    file_bytes: int
    """Of the model's file."""


def model_texts(models: Sequence[Model]) -> tuple[ModelText, ...]:
    """The texts of the models of one firmware."""
    names = [model.name for model in models]
    return tuple(
        ModelText(
            title=c_comment(model.name),
            prefix=f"m_{identifier}",
            symbol=symbol,
            sha256_lines=_byte_lines(bytes.fromhex(model.sha256)),
            inputs=tuple(_port(index, tensor) for index, tensor in enumerate(model.inputs)),
            outputs=tuple(_port(index, tensor) for index, tensor in enumerate(model.outputs)),
            layer_count=len(model.main.ops),
            has_state=remembers(model),
            resets_first=resets_first(model),
            resource_variables=len(_variables(model)),
            shown=tuple(_shown(model.main)),
            constants=tuple((op.index, offset, size_bytes) for op, offset, size_bytes in layer_constants(model)),
            file_bytes=len(model.content),
        )
        for model, identifier, symbol in zip(models, unique_names(names), array_symbols(names), strict=True)
    )


def _variables(model: Model) -> set[tuple[str, str]]:
    """The resource variables, by container and name: each VAR_HANDLE names one."""
    return {
        (str(op.options.get("container", "")), str(op.options.get("shared_name", "")))
        for graph in model.graphs
        for op in graph.ops
        if op.name == "VAR_HANDLE"
    }


def _port(index: int, tensor: Tensor) -> PortText:
    quantization = tensor.quantization if tensor.quantization and not tensor.quantization.per_channel else None
    scale = float_literal(quantization.scale if quantization else 0.0)
    return PortText(index, int(tensor.dtype), tensor.shape, tensor.size_bytes, scale, quantization.zero_point if quantization else 0)


def float_literal(value: float) -> str:
    """A C literal of type float with exactly the float32 value."""
    text = np.format_float_scientific(np.float32(value), unique=True, trim="0")
    return f"{text}f"


def _byte_lines(data: bytes) -> tuple[str, ...]:
    lines = (data[start : start + _HASH_BYTES_A_LINE] for start in range(0, len(data), _HASH_BYTES_A_LINE))
    return tuple("".join(f"0x{byte:02x}, " for byte in line).rstrip() for line in lines)


def _shown(graph: Graph) -> list[tuple[int, int, int]]:
    found = []
    for op in graph.ops:
        for index in op.outputs:
            tensor = graph.tensors[index]
            try:
                found.append((op.index, index, tensor.size_bytes))
            except KeyError:  # a handle: it has no bytes
                continue
    return found


def layer_constants(model: Model) -> list[tuple[Op, int, int]]:
    """(operator, offset, bytes) of every constant that an operator of the first graph reads, as it lies in the model's file."""
    start = np.frombuffer(model.content, np.uint8).ctypes.data if model.content else 0
    found = []
    for op in model.main.ops:
        for tensor in (model.main.tensors[index] for index in op.inputs if index >= 0):
            if tensor.data is None or not tensor.data.nbytes:
                continue
            offset = tensor.data.ctypes.data - start
            if 0 <= offset <= len(model.content) - tensor.data.nbytes and tensor.data.flags.c_contiguous:
                found.append((op, offset, tensor.data.nbytes))
    return found
