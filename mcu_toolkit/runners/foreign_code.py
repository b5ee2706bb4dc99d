"""What a model file would do beside computing, found without loading it: for machines where loading cannot be confined.

A SavedModel is a program: its operators can read and write files and talk to a network, some as soon as it is loaded.  A
Keras file can hold Python.  Where a process can be confined (sandbox.py) neither matters; elsewhere such models are refused.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.system import sandbox
from mcu_toolkit.system.files import read_bytes

_TOUCHES = re.compile(
    r"WriteFile|ReadFile|WholeFileReader|MatchingFiles|PyFunc|FileWriter|FileSystem|RecordReader|TextLineReader|IdentityReader|LMDB"
    r"|(?:TextLine|TFRecord|FixedLengthRecord|Save|Load|Snapshot|Cache|Sql|DataService|Generator|Csv).*Dataset|DataService|TextFile"
    r"|Print|DebugIdentity|DebugNumeric|DebugNan|WriteGraph|WriteSummary|WriteScalar|WriteHistogram|WriteImage|WriteAudio|WriteRaw"
    r"|EncodeProto|DecodeProto|Rpc|Grpc|RemoteCall|RemoteFused|Checkpoint|Save|Restore|Rename|Delete.*File|CopyFile"
)
"""Operators that touch files, run Python or use a network, by any part of their names: rather one too many."""
_OF_THE_SAVER = frozenset({"SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename"})
_SAVER = re.compile(r"__inference__traced_(?:save|restore)_\d+")
"""Every SavedModel has these two functions, which TensorFlow itself calls with file names of its own."""
_OTHER_FORMS = ("saved_model.pbtxt", "saved_model.cpb")
"""TensorFlow loads these as well; there is no need to read them here."""


def refuse_code(source: Path) -> None:
    """Raise UnsupportedModelError for a model with operators or layers that touch files or run Python; nothing where we are confined."""
    if sandbox.is_confined():
        return
    found = sorted(set(_suspects(source)))
    if found:
        raise UnsupportedModelError(
            f"would touch files or run code of its own while it is loaded: {', '.join(found[:10])}",
            on=source,
            expected="a model that only computes; this machine has neither Landlock nor user namespaces to load others safely",
            hint="load it on a Linux machine with one of them, or in a container",
        )


def _suspects(source: Path) -> Iterator[str]:
    if source.is_dir():
        yield from (name for name in _OTHER_FORMS if (source / name).exists())
        for function, operator in operators_of(read_bytes(source / "saved_model.pb", kind="SavedModel")):
            if _TOUCHES.search(operator) and not (operator in _OF_THE_SAVER and _SAVER.fullmatch(function)):
                yield operator
    elif source.suffix in (".h5", ".hdf5"):
        # Keras' safe mode does not reach this older format in all versions.
        yield from ["Lambda layer"] if b"Lambda" in read_bytes(source, kind="Keras model") else []
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            yield from (name for name in archive.namelist() if ".." in Path(name).parts or Path(name).is_absolute())


def operators_of(content: bytes) -> Iterator[tuple[str, str]]:
    """(function, operator) of every node in a SavedModel's protobuf; the function of the graph itself is "".

    SavedModel.meta_graphs = 2, MetaGraphDef.graph_def = 2, GraphDef.node = 1 and .library = 2, FunctionDefLibrary.function = 1,
    FunctionDef.signature = 1 and .node_def = 3, OpDef.name = 1, NodeDef.op = 2 (tensorflow/core/framework, core/protobuf).
    """
    for meta_graph in _fields(content, 2):
        for graph in _fields(meta_graph, 2):
            yield from (("", _text(operator)) for node in _fields(graph, 1) for operator in _fields(node, 2))
            for library in _fields(graph, 2):
                for function in _fields(library, 1):
                    names = [_text(name) for signature in _fields(function, 1) for name in _fields(signature, 1)]
                    name = names[-1] if names else ""
                    yield from ((name, _text(operator)) for node in _fields(function, 3) for operator in _fields(node, 2))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")


def _fields(message: bytes, wanted: int) -> Iterator[bytes]:
    """Contents of every field `wanted` that has a length; raises UnsupportedModelError for what is no protobuf."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            _, position = _varint(message, position)
        elif kind in (1, 5):
            position += 8 if kind == 1 else 4
        elif kind == 2:
            length, position = _varint(message, position)
            if number == wanted:
                yield message[position : position + length]
            position += length
        else:
            raise _damaged()
        if position > len(message):
            raise _damaged()


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(10):
        if position + index >= len(message):
            raise _damaged()
        byte = message[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise _damaged()


def _damaged() -> UnsupportedModelError:
    return UnsupportedModelError("saved_model.pb is damaged", expected="a SavedModel as TensorFlow writes it")
