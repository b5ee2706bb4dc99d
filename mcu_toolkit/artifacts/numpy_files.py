"""Arrays from .npy and .npz files of strangers: types and sizes are known from their headers before any memory is taken."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.system.archives import refuse_larger

_SUFFIX = ".npy"
_BYTES_OF_A_VALUE = 4
"""As the model gets it: a byte becomes a float."""
_KINDS = "biufcSU"
"""Of numpy's types: numbers and text; no records, no Python objects."""
_MAX_DIMENSIONS = 32


def read_npz(path: Path, wanted: Callable[[str], bool]) -> Mapping[str, npt.NDArray[Any]]:
    """The arrays of an .npz file whose names are `wanted`; nothing of the others is unpacked.

    Raises InputError where they take more memory than one file may, ValueError and what zipfile and zlib raise for damaged files.
    """
    with zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(_SUFFIX): info for info in archive.infolist()}
        chosen = {name: info for name, info in members.items() if wanted(name)}
        needed_bytes = 0
        for name, info in chosen.items():
            with archive.open(info) as stream:
                needed_bytes += _checked_size(stream, info.file_size, name)
            refuse_larger(needed_bytes, f"array '{name}'" if len(chosen) == 1 else f"what it holds up to array '{name}'", path)
        arrays = {}
        for name, info in chosen.items():
            with archive.open(info) as stream:
                arrays[name] = np.lib.format.read_array(stream, allow_pickle=False)
    return arrays


def read_npy(path: Path) -> npt.NDArray[Any]:
    """The array of an .npy file; raises what `read_npz` raises."""
    with path.open("rb") as stream:
        refuse_larger(_checked_size(stream, path.stat().st_size, "x"), "its array", path)
        stream.seek(0)
        array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def _checked_size(stream: IO[bytes], file_bytes: int, name: str) -> int:
    """The memory that the array of an .npy stream needs; raises ValueError unless its header is right about numbers."""
    version = np.lib.format.read_magic(stream)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read_header:
        raise ValueError(f"array '{name}' has format version {version[0]}.{version[1]}, not 1.0 or 2.0")
    shape, _, dtype = read_header[version](stream)
    if dtype.hasobject:
        raise ValueError(f"array '{name}' holds Python objects, which would be run to be read")
    if dtype.kind not in _KINDS:
        raise ValueError(f"array '{name}' holds {dtype}, not numbers")
    if len(shape) > _MAX_DIMENSIONS or not all(0 <= size < 1 << 62 for size in shape):
        raise ValueError(f"array '{name}' has no possible shape")
    elements = math.prod(shape)
    if elements * dtype.itemsize != file_bytes - stream.tell():
        raise ValueError(f"array '{name}' says it has {elements:,} values, {elements * dtype.itemsize:,} bytes, which is not what follows")
    return elements * max(dtype.itemsize, _BYTES_OF_A_VALUE)
