""".tflite files: from bytes to a checked `Model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model.flatbuffer import Source, Table
from mcu_toolkit.model.graph import Graph, Model, Op, Signature, Tensor
from mcu_toolkit.model.options import read_options
from mcu_toolkit.model.schema import BUILTIN_OPERATORS, FILE_IDENTIFIER, SCHEMA_VERSION
from mcu_toolkit.model.tensors import read_tensor
from mcu_toolkit.system.files import read_bytes, sha256_hex

_MAX_BUFFERS = 200_000
_MAX_SUBGRAPHS = 1_024
_MAX_METADATA = 10_000
_MAX_SIGNATURES = 1_000
_MAX_TENSORS = 100_000
_MAX_OPERATORS = 100_000
_MAX_OPERANDS = 4_096


def read_model(path: Path) -> Model:
    """The model in the .tflite file `path`, named after the file without its suffix.

    Raises InputError where the file is missing, empty, no .tflite or damaged, and UnsupportedModelError where it is well
    formed but uses something this toolkit cannot represent (sparse or external weights, dynamic ranks).
    """
    return _parse(read_bytes(path, kind="model file"), path.stem, path)


def parse_model(content: bytes, name: str) -> Model:
    """Like `read_model`, for the bytes of a file; `name` is the model's name and is used in error messages."""
    return _parse(bytes(content), name, name)


@dataclass(frozen=True)
class _OperatorCode:
    name: str
    version: int
    custom_name: str | None


def _parse(content: bytes, name: str, on: object) -> Model:
    _check_header(content, on)
    source = Source(content, on)
    root = Table.root(source, "Model")
    version = root.scalar(0, "I")
    if version != SCHEMA_VERSION:
        raise UnsupportedModelError(f"schema version {version}", on=on, expected=f"version {SCHEMA_VERSION}, which all converters write")
    codes = tuple(_operator_code(table, on) for table in root.tables(1, "OperatorCode", max_elements=_MAX_OPERATORS))
    buffers = tuple(_buffer(table) for table in root.tables(4, "Buffer", max_elements=_MAX_BUFFERS))
    graphs = tuple(
        _graph(table, index, codes, buffers) for index, table in enumerate(root.tables(2, "SubGraph", max_elements=_MAX_SUBGRAPHS))
    )
    if not graphs:
        raise source.damaged("it holds no graph")
    description, metadata = root.text(3), _metadata(root, buffers)
    signatures = tuple(_signature(table, graphs) for table in root.tables(7, "SignatureDef", max_elements=_MAX_SIGNATURES))
    source.check_overlaps()
    return Model(name, content, sha256_hex(content), graphs, description, metadata, signatures)


def _check_header(content: bytes, on: object) -> None:
    hint = "convert the model with TensorFlow Lite's converter, or `mcu quantize`"
    if not content:
        raise InputError("the file is empty", on=on, expected="a .tflite model", hint=hint)
    if content[4:8] != FILE_IDENTIFIER:
        raise InputError(
            "not a .tflite model", on=on, expected=f"the identifier {FILE_IDENTIFIER.decode()} at byte 4, found {content[4:8]!r}", hint=hint
        )


def _operator_code(table: Table, on: object) -> _OperatorCode:
    # Codes above 127 do not fit the older byte field, which then holds a placeholder (127): the larger of the two counts.
    code = max(table.scalar(0, "b"), table.scalar(3, "i"))
    if not 0 <= code < len(BUILTIN_OPERATORS):
        raise UnsupportedModelError(
            f"operator code {code} is unknown", on=on, expected=f"a code up to {len(BUILTIN_OPERATORS) - 1}", hint="update the toolkit"
        )
    name = BUILTIN_OPERATORS[code]
    return _OperatorCode(name, table.scalar(2, "i", 1), table.text(1) if name == "CUSTOM" else None)


def _buffer(table: Table) -> npt.NDArray[np.uint8]:
    """The bytes of a buffer, inside the FlatBuffer or (files over 2 GB, and some newer tools) behind it."""
    source = table.source
    offset, size = table.scalar(1, "Q"), table.scalar(2, "Q")
    if offset > 1:
        if offset + size > len(source.content):
            raise source.damaged(f"a buffer of {size:,} bytes at byte {offset:,} ends outside of the file")
        source.claim(offset, offset + size, "buffer")
        return np.frombuffer(source.content, dtype=np.uint8, count=size, offset=offset)
    data = table.array(0, "<u1")
    return np.zeros(0, np.uint8) if data is None else data


def _metadata(root: Table, buffers: Sequence[npt.NDArray[np.uint8]]) -> Mapping[str, bytes]:
    """What tools have put into the file beside the graph, by name; entries without a buffer of their own are left out."""
    found: dict[str, bytes] = {}
    for entry in root.tables(6, "Metadata", max_elements=_MAX_METADATA):
        number = entry.scalar(1, "I")
        if number < len(buffers):
            found[entry.text(0)] = buffers[number].tobytes()
    return MappingProxyType(found)


def _signature(table: Table, graphs: Sequence[Graph]) -> Signature:
    number: int = table.scalar(4, "I")
    if number >= len(graphs):
        raise table.source.damaged(f"a signature is of graph {number}, there are {len(graphs)}")
    tensors = len(graphs[number].tensors)
    return Signature(table.text(2), number, _named_tensors(table, 0, tensors), _named_tensors(table, 1, tensors))


def _named_tensors(table: Table, field: int, tensors: int) -> tuple[tuple[str, int], ...]:
    entries = table.tables(field, "TensorMap", max_elements=_MAX_OPERANDS)
    found = tuple((entry.text(0), int(entry.scalar(1, "I"))) for entry in entries)
    for name, index in found:
        if index >= tensors:
            raise table.source.damaged(f"'{name}' of a signature is tensor {index}, there are {tensors}")
    return found


def _graph(table: Table, number: int, codes: Sequence[_OperatorCode], buffers: Sequence[npt.NDArray[np.uint8]]) -> Graph:
    tensor_tables = table.tables(0, "Tensor", max_elements=_MAX_TENSORS)
    tensors = tuple(read_tensor(item, index, buffers) for index, item in enumerate(tensor_tables))
    operators = table.tables(3, "Operator", max_elements=_MAX_OPERATORS)
    ops = tuple(_operator(item, index, codes, tensors) for index, item in enumerate(operators))
    where = f"graph {number}"
    inputs = _indices(table, 1, len(tensors), f"{where}: input", optional=False)
    outputs = _indices(table, 2, len(tensors), f"{where}: output", optional=False)
    return Graph(table.text(4), tensors, ops, inputs, outputs)


def _operator(table: Table, index: int, codes: Sequence[_OperatorCode], tensors: Sequence[Tensor]) -> Op:
    source = table.source
    code_index = table.scalar(0, "I")
    if code_index >= len(codes):
        raise source.damaged(f"operator {index} uses operator code {code_index}, there are {len(codes)}")
    code = codes[code_index]
    where = f"op {index} {code.name}"
    inputs = _indices(table, 1, len(tensors), f"{where}: input", optional=True)
    outputs = _indices(table, 2, len(tensors), f"{where}: output", optional=False)
    options = read_options(code.name, table.scalar(3, "B"), table.table(4, f"{code.name} options"), where, source.on)
    if code.custom_name is not None:
        raw = table.array(5, "<u1")
        options["custom_options"] = b"" if raw is None else raw.tobytes()
    intermediates = _indices(table, 8, len(tensors), f"{where}: intermediate", optional=True)
    if intermediates:
        options["intermediates"] = intermediates
    return Op(index, code.name, inputs, outputs, MappingProxyType(options), code.version, code.custom_name)


def _indices(table: Table, field: int, tensors: int, where: str, *, optional: bool) -> tuple[int, ...]:
    """Tensor indices, each below `tensors`; -1 (absent) only where `optional`."""
    array: npt.NDArray[Any] | None = table.array(field, "<i4", max_elements=_MAX_OPERANDS)
    values = () if array is None else tuple(array.tolist())
    lowest = -1 if optional else 0
    for position, value in enumerate(values):
        if not lowest <= value < tensors:
            raise table.source.damaged(f"{where} {position} is tensor {value}, there are {tensors}")
    return values
