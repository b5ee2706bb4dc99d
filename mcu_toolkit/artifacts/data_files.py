"""Reading .npz, .npy and .csv files of samples: no pickles, limits on size, errors that name the place."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.files import read_bytes

MAX_DATA_BYTES = 4 << 30
"""Unpacked size above which a file is refused instead of filling the memory."""

_LABEL_COLUMNS = ("y", "label", "class")


def read_data_file(path: Path, input_elements: int, wanted: Callable[[str], bool]) -> Mapping[str, npt.NDArray[Any]]:
    """The arrays of a data file by name; `array_names` says what they are called.

    - .npz: those whose name is `wanted`, which is asked about every one;
    - .npy: one array, `x`;
    - .csv: real values, one sample a line, as many as the model's input has (`input_elements`), commas between them.
      Labels are in the column whose heading is `y`, `label` or `class`, or without headings in an extra last column.

    Raises InputError naming the file and, for .csv, the line.
    """
    readers = {".npz": _read_npz, ".npy": _read_npy}
    if path.suffix.lower() == ".csv":
        return _read_csv(path, input_elements)
    reader = readers.get(path.suffix.lower())
    if reader is None:
        read_bytes(path, kind="data file")  # a folder or a missing file is named as such
        raise InputError(f"unknown kind of data file '{path.suffix}'", on=path, expected=".npz, .npy or .csv")
    content = read_bytes(path, kind="data file")
    try:
        return reader(content, wanted)
    except (ValueError, OSError, EOFError, KeyError, MemoryError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"cannot be read: {reason}",
            on=path,
            expected=f"a {path.suffix} file of numbers, as numpy writes it",
            hint="write it with numpy.savez",
        ) from error


def _read_npz(content: bytes, wanted: Callable[[str], bool]) -> Mapping[str, npt.NDArray[Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked_bytes = sum(member.file_size for member in archive.infolist())
        if unpacked_bytes > MAX_DATA_BYTES:
            raise ValueError(f"it unpacks to {unpacked_bytes:,} bytes, more than {MAX_DATA_BYTES:,}")
        names = [name.removesuffix(".npy") for name in archive.namelist()]
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in names if wanted(name)}


def _read_npy(content: bytes, _wanted: Callable[[str], bool]) -> Mapping[str, npt.NDArray[Any]]:
    return {"x": np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)}


def _read_csv(path: Path, input_elements: int) -> Mapping[str, npt.NDArray[Any]]:
    try:
        text = read_bytes(path, kind="data file").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not text", on=path, expected="a .csv file in UTF-8") from None
    try:
        lines = [(number, line) for number, line in enumerate(csv.reader(io.StringIO(text)), start=1) if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise InputError(f"cannot be read: {error}", on=path, expected="numbers with commas between them") from None
    headings = [cell.strip().lower() for cell in lines[0][1]] if lines and not _is_number(lines[0][1][0]) else []
    rows = lines[1:] if headings else lines
    if not rows:
        raise InputError("holds no samples", on=path, expected="one sample a line")
    label_column = _label_column(headings, len(rows[0][1]), input_elements, path)
    width = input_elements + (label_column is not None)
    table = np.array([_numbers(line, number, width, path) for number, line in rows], np.float64)
    if label_column is None:
        return {"x": table}
    return {"x": np.delete(table, label_column, axis=1), "y": table[:, label_column]}


def _label_column(headings: list[str], columns: int, input_elements: int, path: Path) -> int | None:
    named = [index for index, heading in enumerate(headings) if heading in _LABEL_COLUMNS]
    if len(named) > 1:
        raise InputError(f"columns {', '.join(headings[index] for index in named)} all hold labels", on=path, expected="one of them")
    label = named[0] if named else (columns - 1 if not headings and columns == input_elements + 1 else None)
    if columns != input_elements + (label is not None):
        raise InputError(
            f"has {columns} columns",
            on=path,
            expected=f"{input_elements} (the elements of the model's input), or {input_elements + 1} with a label",
            hint="a heading 'y' marks the column of labels",
        )
    return label


def _numbers(cells: list[str], line: int, width: int, path: Path) -> list[float]:
    if len(cells) != width:
        raise InputError(f"line {line} has {len(cells)} values", on=path, expected=f"{width}, as in the lines before")
    for column, cell in enumerate(cells, start=1):
        if not _is_number(cell):
            raise InputError(f"line {line}, column {column}: '{cell[:40]}' is not a number", on=path)
    return [float(cell) for cell in cells]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
