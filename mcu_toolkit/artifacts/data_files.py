"""Reading .npz, .npy and .csv files of samples: no pickles, limits on size, errors that name the place, also of numbers beyond float32."""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.numpy_files import read_npy, read_npz
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.archives import refuse_large_file, refuse_larger
from mcu_toolkit.system.files import require_file

_BYTES_OF_A_CHARACTER = 4
"""A digit and a comma can become a number of 8 bytes."""
_LONGEST_NUMBER = 512
"""Characters with the blanks and quotes around it, and a share of the headings."""
_LABEL_COLUMNS = ("y", "label", "class")


def every_array(_name: str) -> bool:
    """What is wanted where nothing is said: all arrays of the file."""
    return True


def read_data_file(path: Path, input_elements: int, wanted: Callable[[str], bool] = every_array) -> Mapping[str, npt.NDArray[Any]]:
    """The arrays of a data file by name; `array_names` says what they are called.

    - .npz: those whose name is `wanted`, which is asked about every one;
    - .npy: one array, `x`;
    - .csv: real values, one sample a line, as many as the model's input has (`input_elements`), commas between them.
      Labels are in the column whose heading is `y`, `label` or `class`, or without headings in an extra last column.

    Raises InputError naming the file and, for .csv, the line.
    """
    readers: dict[str, Callable[[], Mapping[str, npt.NDArray[Any]]]] = {
        ".npz": lambda: read_npz(path, wanted),
        ".npy": lambda: {"x": read_npy(path)},
    }
    refuse_large_file(path, "data file")
    if path.suffix.lower() == ".csv":
        return _read_csv(path, input_elements)
    reader = readers.get(path.suffix.lower())
    require_file(path, kind="data file")
    if reader is None:
        raise InputError(f"unknown kind of data file '{path.suffix}'", on=path, expected=".npz, .npy or .csv")
    try:
        return reader()
    except (ValueError, OSError, EOFError, KeyError, MemoryError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"cannot be read: {reason}",
            on=path,
            expected=f"a {path.suffix} file of numbers, as numpy writes it",
            hint="write it with numpy.savez",
        ) from error


def _read_csv(path: Path, input_elements: int) -> Mapping[str, npt.NDArray[Any]]:
    require_file(path, kind="data file")
    refuse_larger(_BYTES_OF_A_CHARACTER * path.stat().st_size, "the numbers in it", path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            label_column, rows = _csv_rows(stream, input_elements, path)
    except UnicodeDecodeError:
        raise InputError("is not text", on=path, expected="a .csv file in UTF-8") from None
    except csv.Error as error:
        raise InputError(f"cannot be read: {error}", on=path, expected="numbers with commas between them") from None
    if not rows:
        raise InputError("holds no samples", on=path, expected="one sample a line")
    table = np.stack(rows)
    if label_column is None:
        return {"x": table}
    return {"x": np.delete(table, label_column, axis=1), "y": table[:, label_column]}


def _csv_rows(stream: TextIO, input_elements: int, path: Path) -> tuple[int | None, list[npt.NDArray[np.float64]]]:
    """(the column of labels if there is one, a row of numbers for each sample), line by line: text takes ten times as much."""
    headings: list[str] = []
    label_column: int | None = None
    rows: list[npt.NDArray[np.float64]] = []
    for number, line in enumerate(csv.reader(_lines(stream, input_elements, path)), start=1):
        if not any(cell.strip() for cell in line):
            continue
        if not rows:
            _refuse_other_separators(line, number, path)
        if not rows and not headings and not is_number(line[0]):
            headings = [cell.strip().lower() for cell in line]
            continue
        if not rows:
            label_column = _label_column(headings, len(line), input_elements, path)
        rows.append(np.array(_numbers(line, number, input_elements + (label_column is not None), path), np.float64))
    return label_column, rows


def _refuse_other_separators(cells: list[str], line: int, path: Path) -> None:
    """Raise InputError for a line whose only cell is several numbers or headings."""
    if len(cells) != 1:
        return
    for separator, word in ((";", "';'"), ("\t", "tabs"), ("|", "'|'")):
        parts = cells[0].split(separator)
        if len(parts) > 1 and all(part.strip() for part in parts):
            raise InputError(f"line {line} is separated by {word}", on=path, expected="commas between the numbers")


def _lines(stream: TextIO, input_elements: int, path: Path) -> Iterator[str]:
    """The lines of a .csv file, none longer than so many numbers can be."""
    longest = _LONGEST_NUMBER * (input_elements + 2)
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise InputError(
                f"line {number} is longer than {longest:,} characters", on=path, expected=f"one sample of {input_elements} numbers per line"
            )
        yield line


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
        if not is_number(cell):
            raise InputError(f"line {line}, column {column}: '{cell[:40]}' is not a number", on=path)
    return [float(cell) for cell in cells]


def is_number(text: str) -> bool:
    """Whether a word or a cell is read as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def refuse_too_large(given: npt.NDArray[Any], converted: npt.NDArray[Any], name: str, on: object) -> None:
    """Raise InputError where finite values of the array `name`, as `given`, became infinite when `converted` to float32."""
    lost = np.isfinite(given) & ~np.isfinite(converted)
    if lost.any():
        first = tuple(np.argwhere(lost)[0])
        raise InputError(
            f"'{name}' holds {int(lost.sum())} values too large for float32, the first is {given[first]:g} in sample {int(first[0])}",
            on=on,
            expected=f"numbers of at most {np.finfo(np.float32).max:.4g}",
        )
