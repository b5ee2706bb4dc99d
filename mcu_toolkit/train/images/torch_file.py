"""Tensors in a file of PyTorch's older format, read without PyTorch and without running what is in it.

Such a file is a row of pickles: a magic number, a version, sizes of types, the names with their tensors, the keys of the storages;
then each storage as a count of 8 bytes and its numbers (torch/serialization.py, `_legacy_save`).  A pickle can call any function
it names; this reader knows four names and refuses all others, so what is not tensors is not read.
"""

from __future__ import annotations

import collections
import io
import math
import pickle
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.archives import refuse_large_file
from mcu_toolkit.system.files import read_bytes

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_STORAGES: dict[str, np.dtype[Any]] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_MAX_TENSORS = 10_000
_EXPECTED = "tensors saved by torch.save(model.state_dict(), file, _use_new_zipfile_serialization=False)"


class _State(collections.OrderedDict[str, Any]):
    """Names with their tensors; the pickle hangs versions of modules on it, which nobody reads."""


@dataclass(frozen=True)
class _Storage:
    """Numbers that tensors are views of; they come last in the file."""

    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class _View:
    """A tensor before its numbers were read."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]


class _TensorsOnly(pickle.Unpickler):
    """An unpickler that makes nothing but dictionaries of tensors."""

    def find_class(self, module: str, name: str) -> Any:
        """The four names that a file of tensors needs."""
        if (module, name) == ("collections", "OrderedDict"):
            return _State
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _view
        if module == "torch" and name in _STORAGES:
            return name
        raise ValueError(f"it asks for {module}.{name}, which is no tensor")

    def persistent_load(self, pid: Any) -> Any:
        """The storage that a tensor names: `('storage', type, key, device, count, view)`."""
        if not isinstance(pid, tuple) or len(pid) != 6 or pid[0] != "storage" or pid[1] not in _STORAGES or pid[5] is not None:
            raise ValueError("a storage it does not describe")
        if not isinstance(pid[2], str) or not isinstance(pid[4], int) or pid[4] < 0:
            raise ValueError("a storage without a key or a size")
        return _Storage(pid[2], _STORAGES[pid[1]], pid[4])


def _view(storage: Any, offset: Any, shape: Any, strides: Any, *_hooks: Any) -> _View:
    """What `_rebuild_tensor_v2` is asked for; only rows one behind the other are read."""
    if not isinstance(storage, _Storage) or not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise ValueError("a tensor without storage or shape")
    rows = tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
    if strides != rows or not isinstance(offset, int) or offset < 0 or offset + math.prod(shape) > storage.count:
        raise ValueError("a tensor that is not stored in rows, or lies outside of its storage")
    return _View(storage, offset, shape)


def read_torch_file(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The tensors of a `.pth` file of the older format by name: float32 or int64, in their own shapes.

    Raises InputError for a file that is missing, damaged, of another format, or that holds anything but tensors.
    """
    refuse_large_file(path, "file of weights")
    content = read_bytes(path, kind="file of weights")
    try:
        return _read(io.BytesIO(content))
    except (
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        IndexError,
        EOFError,
        pickle.UnpicklingError,
        struct.error,
        OverflowError,
    ) as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise InputError(f"is not a file of PyTorch's tensors: {reason[:200]}", on=path, expected=_EXPECTED) from None


def _read(stream: io.BytesIO) -> dict[str, npt.NDArray[Any]]:
    if _next(stream) != _MAGIC or _next(stream) != _VERSION:
        raise ValueError("it does not begin as one of the older format does")
    sizes, state, keys = _next(stream), _next(stream), _next(stream)
    if not isinstance(sizes, dict) or sizes.get("little_endian") is not True:
        raise ValueError("its numbers are not little-endian")
    if not isinstance(state, _State) or not all(isinstance(name, str) and isinstance(view, _View) for name, view in state.items()):
        raise ValueError("it holds more than named tensors")
    if len(state) > _MAX_TENSORS or not isinstance(keys, list):
        raise ValueError(f"it holds {len(state):,} tensors")
    known = {view.storage.key: view.storage for view in state.values()}
    storages = {key: _numbers(stream, known[key]) for key in keys}
    return {name: _tensor(storages[view.storage.key], view) for name, view in state.items()}


def _next(stream: io.BytesIO) -> Any:
    return _TensorsOnly(stream).load()


def _numbers(stream: io.BytesIO, storage: _Storage) -> npt.NDArray[Any]:
    (count,) = struct.unpack("<q", stream.read(8))
    content = stream.read(storage.count * storage.dtype.itemsize)
    if count != storage.count or len(content) != storage.count * storage.dtype.itemsize:
        raise ValueError(f"its storage '{storage.key:.40}' is cut off")
    return np.frombuffer(content, storage.dtype)


def _tensor(numbers: npt.NDArray[Any], view: _View) -> npt.NDArray[Any]:
    return numbers[view.offset : view.offset + math.prod(view.shape)].reshape(view.shape)
