"""The bytes of a .tflite file from a graph: the inverse of `parse`, for models that the toolkit makes itself.

Field numbers are those of the TensorFlow Lite schema (schema.fbs, version 3), as in schema.py and parse.py.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from mcu_toolkit.model.flatbuffer_writer import FlatBufferWriter
from mcu_toolkit.model.graph import Graph, Op, OptionValue, Quantization, Tensor
from mcu_toolkit.model.options import OPTION_FIELDS, OPTIONS_OF_OPERATOR
from mcu_toolkit.model.schema import BUILTIN_OPERATORS, BUILTIN_OPTIONS, FILE_IDENTIFIER, SCHEMA_VERSION, EnumType, Field

T = TypeVar("T")
_WEIGHTS_ALIGNMENT_BYTES = 16
"""Of buffers: `force_align` in the schema."""
_OLD_CODES_END = 127
"""Operator codes from here on do not fit the older byte field, which then holds this number."""
_NO_BUFFER = 0
"""The first buffer of a file is empty: the one of tensors that are no constants."""


def write_model(graph: Graph, description: str) -> bytes:
    """A .tflite file with one graph of built-in operators.

    Options that an `Op` does not name have the schema's defaults.  Raises ValueError for what these few lines do not write:
    custom operators, and options that are texts or lists.
    """
    writer = FlatBufferWriter()
    root_slot = writer.add(bytes(4) + FILE_IDENTIFIER)
    root, slots = writer.table((0, 1, 2, 3, 4))
    writer.refer(root_slot, root)
    writer.patch(slots[0], SCHEMA_VERSION)
    codes = tuple(dict.fromkeys((op.name, op.version) for op in graph.ops))
    constants = [tensor for tensor in graph.tensors if tensor.data is not None]
    buffer_of = {tensor.index: number for number, tensor in enumerate(constants, 1)}
    _tables(writer, slots[1], codes, _operator_code)
    _tables(writer, slots[2], (graph,), lambda writer, slot, one: _graph(writer, slot, one, codes, buffer_of))
    writer.refer(slots[3], writer.text(description))
    _tables(writer, slots[4], (None, *constants), _buffer)
    writer.close(_WEIGHTS_ALIGNMENT_BYTES)
    return writer.content()


def _tables(writer: FlatBufferWriter, slot: int, items: Sequence[T], write: Callable[[FlatBufferWriter, int, T], None]) -> None:
    """A vector of tables; `write(writer, slot, item)` writes each and refers to it from its slot."""
    vector = writer.references(len(items))
    writer.refer(slot, vector)
    for number, item in enumerate(items):
        write(writer, vector + 4 + 4 * number, item)


def _operator_code(writer: FlatBufferWriter, slot: int, code: tuple[str, int]) -> None:
    number = BUILTIN_OPERATORS.index(code[0])
    table, slots = writer.table((0, 2, 3))
    writer.refer(slot, table)
    writer.patch(slots[0], min(number, _OLD_CODES_END))
    writer.patch(slots[2], code[1])
    writer.patch(slots[3], number)


def _buffer(writer: FlatBufferWriter, slot: int, tensor: Tensor | None) -> None:
    table, slots = writer.table(() if tensor is None else (0,))
    writer.refer(slot, table)
    if tensor is not None and tensor.data is not None:
        stored = np.ascontiguousarray(tensor.data, tensor.dtype.numpy).tobytes()
        writer.refer(slots[0], writer.data(stored, alignment_bytes=_WEIGHTS_ALIGNMENT_BYTES))


def _graph(writer: FlatBufferWriter, slot: int, graph: Graph, codes: Sequence[tuple[str, int]], buffer_of: dict[int, int]) -> None:
    table, slots = writer.table((0, 1, 2, 3, 4))
    writer.refer(slot, table)
    _tables(writer, slots[0], graph.tensors, lambda writer, slot, one: _tensor(writer, slot, one, buffer_of.get(one.index, _NO_BUFFER)))
    _integers(writer, slots[1], graph.inputs)
    _integers(writer, slots[2], graph.outputs)
    _tables(writer, slots[3], graph.ops, lambda writer, slot, one: _operator(writer, slot, one, codes.index((one.name, one.version))))
    writer.refer(slots[4], writer.text(graph.name))


def _integers(writer: FlatBufferWriter, slot: int, values: Sequence[int]) -> None:
    writer.refer(slot, writer.data(struct.pack(f"<{len(values)}i", *values), count=len(values)))


def _tensor(writer: FlatBufferWriter, slot: int, tensor: Tensor, buffer: int) -> None:
    table, slots = writer.table((0, 1, 2, 3, *((4,) if tensor.quantization else ()), 5, 8))
    writer.refer(slot, table)
    _integers(writer, slots[0], tensor.shape)
    writer.patch(slots[1], int(tensor.dtype))
    writer.patch(slots[2], buffer)
    writer.refer(slots[3], writer.text(tensor.name))
    if tensor.quantization is not None:
        _quantization(writer, slots[4], tensor.quantization)
    writer.patch(slots[5], tensor.is_variable)
    writer.patch(slots[8], 1)  # has_rank


def _quantization(writer: FlatBufferWriter, slot: int, found: Quantization) -> None:
    table, slots = writer.table((2, 3, 6))
    writer.refer(slot, table)
    count = len(found.scales)
    writer.refer(slots[2], writer.data(struct.pack(f"<{count}f", *found.scales), count=count))
    writer.refer(slots[3], writer.data(struct.pack(f"<{count}q", *found.zero_points), count=count, alignment_bytes=8))
    writer.patch(slots[6], found.axis)


def _operator(writer: FlatBufferWriter, slot: int, op: Op, code: int) -> None:
    options = OPTIONS_OF_OPERATOR.get(op.name)
    if op.custom_name is not None or (options is None and op.options):
        raise ValueError(f"op {op.index} {op.name}: custom operators and unknown options are not written")
    table, slots = writer.table((0, 1, 2, *(() if options is None else (3, 4))))
    writer.refer(slot, table)
    writer.patch(slots[0], code)
    _integers(writer, slots[1], op.inputs)
    _integers(writer, slots[2], op.outputs)
    if options is not None:
        writer.patch(slots[3], BUILTIN_OPTIONS.index(options))
        _options(writer, slots[4], OPTION_FIELDS[options], op)


def _options(writer: FlatBufferWriter, slot: int, fields: Sequence[Field], op: Op) -> None:
    given = [field for field in fields if field.name in op.options]
    if len(given) != len(op.options):
        raise ValueError(f"op {op.index} {op.name}: it has no options {sorted(op.options.keys() - {field.name for field in given})}")
    table, slots = writer.table([field.number for field in given])
    writer.refer(slot, table)
    for field in given:
        writer.patch(slots[field.number], _stored(field, op.options[field.name]))


def _stored(field: Field, value: OptionValue) -> int:
    """The bits of an option in its four bytes."""
    if isinstance(field.type, EnumType):
        return field.type.names.index(str(value))
    if field.type == "float32" and isinstance(value, (int, float)):
        bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
        return bits
    if field.type in ("bool", "int32") and isinstance(value, int):
        return int(value) & 0xFFFFFFFF
    raise ValueError(f"option '{field.name}' is {value!r}: options of type {field.type} are not written")
