"""The nouns of a model: tensors, operators and the graph they make."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt


class DType(IntEnum):
    """Element types with the codes of the TensorFlow Lite schema (`TensorType`), used on the wire too."""

    FLOAT32 = 0
    FLOAT16 = 1
    INT32 = 2
    UINT8 = 3
    INT64 = 4
    STRING = 5
    BOOL = 6
    INT16 = 7
    COMPLEX64 = 8
    INT8 = 9
    FLOAT64 = 10
    COMPLEX128 = 11
    UINT64 = 12
    RESOURCE = 13
    VARIANT = 14
    UINT32 = 15
    UINT16 = 16
    INT4 = 17
    BFLOAT16 = 18
    INT2 = 19
    UINT4 = 20

    @property
    def numpy(self) -> np.dtype[Any]:
        """The numpy dtype; raises KeyError for types numpy has no word for (STRING, RESOURCE, INT4 ...)."""
        return np.dtype(_NUMPY[self])

    @property
    def itemsize_bytes(self) -> int:
        """Bytes per element; raises KeyError like `numpy`."""
        return self.numpy.itemsize


_NUMPY: Mapping[DType, str] = MappingProxyType(
    {
        DType.FLOAT32: "<f4",
        DType.FLOAT16: "<f2",
        DType.INT32: "<i4",
        DType.UINT8: "<u1",
        DType.INT64: "<i8",
        DType.BOOL: "|b1",
        DType.INT16: "<i2",
        DType.INT8: "|i1",
        DType.FLOAT64: "<f8",
        DType.UINT64: "<u8",
        DType.UINT32: "<u4",
        DType.UINT16: "<u2",
    }
)


@dataclass(frozen=True)
class Quantization:
    """real = scale * (q - zero_point); one pair, or one per slice along `axis` (per-channel)."""

    scales: tuple[float, ...]
    """float32 values, as stored."""
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        """True where there is more than one scale."""
        return len(self.scales) > 1

    @property
    def scale(self) -> float:
        """The scale of a per-tensor quantization."""
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        """The zero point of a per-tensor quantization."""
        return self.zero_points[0]


@dataclass(frozen=True)
class Tensor:
    """A tensor of the graph.  `data` (read-only) is there for constants and None for activations."""

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: DType
    quantization: Quantization | None = None
    data: npt.NDArray[Any] | None = None
    is_variable: bool = False
    shape_signature: tuple[int, ...] | None = None
    """As stored: -1 marks a dynamic dimension."""

    @property
    def elements(self) -> int:
        """Number of elements; 1 for a scalar."""
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Bytes of the tensor's data, without padding."""
        return self.elements * self.dtype.itemsize_bytes

    @property
    def is_constant(self) -> bool:
        """True where the model file holds the data."""
        return self.data is not None


OptionValue: TypeAlias = bool | int | float | str | bytes | tuple[int, ...]
"""Of an operator's option, as its type in the schema has it; enumerations are the names of their values."""


@dataclass(frozen=True)
class Op:
    """An operator: its name as in the schema (`CONV_2D`), its tensors by index (-1: optional and absent), its options.

    `options` maps the schema's snake_case field names to values, defaults included: e.g. for CONV_2D
    `padding` ("SAME" | "VALID"), `stride_w`, `stride_h`, `dilation_w_factor`, `dilation_h_factor`,
    `fused_activation_function` ("NONE" | "RELU" | "RELU_N1_TO_1" | "RELU6" | ...).
    """

    index: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, OptionValue]
    version: int = 1
    custom_name: str | None = None

    def integer(self, name: str) -> int:
        """An option that the schema declares as an integer."""
        value = self.options[name]
        assert isinstance(value, int)
        return value

    @property
    def custom_options(self) -> bytes:
        """The options of a custom operator, in whatever form it has for them; empty where it has none."""
        value = self.options.get("custom_options", b"")
        assert isinstance(value, bytes)
        return value


@dataclass(frozen=True)
class Graph:
    """One subgraph: tensors by index, operators in execution order."""

    name: str
    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def input_tensors(self) -> tuple[Tensor, ...]:
        """The graph's inputs in order."""
        return tuple(self.tensors[i] for i in self.inputs)

    @property
    def output_tensors(self) -> tuple[Tensor, ...]:
        """The graph's outputs in order."""
        return tuple(self.tensors[i] for i in self.outputs)


@dataclass(frozen=True)
class Signature:
    """What a .tflite file says about the names of a graph's inputs and outputs: (name, tensor index) of each."""

    key: str
    graph: int
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Model:
    """A .tflite model: the parsed graph(s), the file's bytes and their SHA-256 (hexadecimal)."""

    name: str
    content: bytes
    sha256: str
    graphs: tuple[Graph, ...]
    description: str = ""
    metadata: Mapping[str, bytes] = field(default_factory=dict)
    """What the file holds beside the graph, by name."""
    signatures: tuple[Signature, ...] = ()
    """The names that the file gives to inputs and outputs; empty for files of older converters."""

    @property
    def main(self) -> Graph:
        """The first subgraph: the one that inference runs."""
        return self.graphs[0]

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The model's input tensors in order."""
        return self.main.input_tensors

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """The model's output tensors in order."""
        return self.main.output_tensors


class ByContent:
    """A model as a key of caches: equal where a file and the name that messages call it by are, whatever objects hold them.

    Only for models as they were read: passes that change graphs leave `content` as it was.
    """

    def __init__(self, model: Model) -> None:
        self.model = model

    def __hash__(self) -> int:
        return hash(self.model.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByContent) and (self.model.sha256, self.model.name) == (other.model.sha256, other.model.name)
