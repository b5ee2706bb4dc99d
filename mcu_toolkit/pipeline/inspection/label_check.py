"""The names of classes that come with a model, compared with how many values its outputs have."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.terminal_text import visible_line

_LABELS_BYTES_MAX = 1 << 20


def label_notes(model: Model) -> list[str]:
    """A sentence for each list of labels in `model` that is as long as none of its outputs: names would be missing or wrong."""
    preprocessing = contract_of_model(model).preprocessing
    lists = {} if preprocessing is None else {"the model": preprocessing.labels}
    lists |= {f"the model's file {visible_line(name)}": labels for name, labels in label_files(model).items() if "label" in name.lower()}
    elements = [tensor.elements for tensor in model.outputs]
    has = " and ".join(f"{count:,}" for count in elements) or "no"
    return [
        f"{where} names {len(labels):,} classes, and the outputs have {has} values: names may be missing or wrong"
        for where, labels in lists.items()
        if labels and len(labels) not in elements
    ]


def label_files(model: Model) -> dict[str, tuple[str, ...]]:
    """Lines of the text files in TensorFlow Lite's metadata, a ZIP archive behind the model; empty where there is none."""
    content = io.BytesIO(model.content)
    if not zipfile.is_zipfile(content):
        return {}
    try:
        with zipfile.ZipFile(content) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".txt") and info.file_size <= _LABELS_BYTES_MAX]
            return {info.filename: label_lines(archive.read(info)) for info in members}
    except (zipfile.BadZipFile, UnicodeDecodeError, OSError, RuntimeError, NotImplementedError):
        return {}


def label_lines(text: bytes) -> tuple[str, ...]:
    """The lines that hold something, without white space around them; raises UnicodeDecodeError."""
    return tuple(line.strip() for line in text.decode("utf-8-sig").splitlines() if line.strip())


def read_class_names(path: Path, counts: Sequence[int]) -> tuple[str, ...]:
    """The names in a file of the user's, one per line, of which there are as many as one of `counts` says; raises InputError."""
    try:
        found = label_lines(read_bytes(path, kind="labels"))
    except UnicodeDecodeError:
        raise InputError("is not text", on=path, expected="the names of the classes in UTF-8, one per line") from None
    if len(found) not in counts:
        expected = " or ".join(f"{count:,}" for count in counts)
        raise InputError(f"names {len(found):,} classes", on=path, expected=f"{expected}, one per line: as many as the model has")
    return found
