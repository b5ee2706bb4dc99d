"""Files of PyTorch's older format: tensors come out, and nothing else can be in there."""

from __future__ import annotations

import io
import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.train.images.torch_file import read_torch_file

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
SIZES = {"protocol_version": VERSION, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}


class _Global:
    """Stands for a name of torch in a pickle."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Tensor:
    """Written as `_rebuild_tensor_v2(storage, offset, shape, strides, False, OrderedDict())`."""

    def __init__(self, key: str, array: npt.NDArray[Any], *, shape: tuple[int, ...] | None = None, kind: str = "FloatStorage") -> None:
        self.key, self.array, self.kind = key, array, kind
        self.shape = array.shape if shape is None else shape


class _Writer(pickle._Pickler):  # type: ignore[name-defined]
    """Python's own pickler in Python, so that names of a package that is not there can be written."""

    def persistent_id(self, thing: Any) -> Any:
        if isinstance(thing, tuple) and thing and thing[0] == "storage!":
            return ("storage", _Global("torch", thing[2]), thing[1], "cpu", thing[3], None)
        return None

    def save(self, thing: Any, save_persistent_id: bool = True) -> None:
        if isinstance(thing, _Global):
            self.write(pickle.GLOBAL + f"{thing.module}\n{thing.name}\n".encode())
        elif isinstance(thing, _Tensor):
            strides = tuple(int(np.prod(thing.shape[axis + 1 :], dtype=int)) for axis in range(len(thing.shape)))
            self.save(_Global("torch._utils", "_rebuild_tensor_v2"))
            self.save((("storage!", thing.key, thing.kind, thing.array.size), 0, thing.shape, strides, False, OrderedDict()))
            self.write(pickle.REDUCE)
        else:
            super().save(thing, save_persistent_id)


def written(path: Path, state: Any, storages: list[_Tensor], *, sizes: Any = SIZES, cut: int = 0) -> Path:
    stream = io.BytesIO()
    for part in (MAGIC, VERSION, sizes, state, [one.key for one in storages]):
        _Writer(stream, 2).dump(part)
    for one in storages:
        stream.write(struct.pack("<q", one.array.size) + one.array.tobytes())
    content = stream.getvalue()
    path.write_bytes(content[: len(content) - cut])
    return path


@pytest.fixture
def tensors() -> dict[str, _Tensor]:
    return {
        "a.weight": _Tensor("1", np.arange(24, dtype="<f4").reshape(2, 3, 4)),
        "a.steps": _Tensor("2", np.array([7], "<i8"), shape=(), kind="LongStorage"),
    }


def test_tensors_come_out_as_they_went_in(tensors: dict[str, _Tensor], tmp_path: Path) -> None:
    found = read_torch_file(written(tmp_path / "w.pth", OrderedDict(tensors), list(tensors.values())))
    assert list(found) == ["a.weight", "a.steps"]
    np.testing.assert_array_equal(found["a.weight"], tensors["a.weight"].array)
    assert found["a.steps"].shape == ()
    assert found["a.steps"] == 7


class _Runs:
    """Its pickle calls `os.system`."""

    def __reduce__(self) -> Any:
        return os.system, ("exit 1",)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (OrderedDict(x=_Runs()), "asks for"),
        (OrderedDict(x=3), "more than named tensors"),
        ([1, 2], "more than named tensors"),
        (OrderedDict(x=_Global("builtins", "eval")), "builtins.eval"),
    ],
)
def test_what_is_no_tensor_is_refused_and_not_run(state: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says) as refused:
        read_torch_file(written(tmp_path / "w.pth", state, []))
    assert refused.value.exit_code == 2


def test_a_tensor_larger_than_its_storage_is_refused(tmp_path: Path) -> None:
    tensor = _Tensor("1", np.zeros(4, "<f4"), shape=(5,))
    with pytest.raises(InputError, match="outside of its storage"):
        read_torch_file(written(tmp_path / "w.pth", OrderedDict(x=tensor), [tensor]))


def test_other_bytes_orders_and_formats_are_refused(tensors: dict[str, _Tensor], tmp_path: Path) -> None:
    state, storages = OrderedDict(tensors), list(tensors.values())
    with pytest.raises(InputError, match="little-endian"):
        read_torch_file(written(tmp_path / "w.pth", state, storages, sizes={**SIZES, "little_endian": False}))
    (tmp_path / "zip.pth").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(InputError, match="PyTorch's tensors"):
        read_torch_file(tmp_path / "zip.pth")


def test_every_cut_is_named_and_nothing_else_happens(tensors: dict[str, _Tensor], tmp_path: Path) -> None:
    path = written(tmp_path / "w.pth", OrderedDict(tensors), list(tensors.values()))
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(InputError):
            read_torch_file(path)
