"""Small files that grow are refused by what they say about themselves, before any of it is unpacked."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.data_files import read_data_file
from mcu_toolkit.artifacts.image_folder import read_image_folder
from mcu_toolkit.artifacts.image_size import image_size
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.archives import refuse_archive_bomb

ROOM_BYTES = 300 << 20


def npy(shape: str, dtype: str = "<f4", data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + data


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def grown(path: Path, zeros_bytes: int, shape: str) -> Path:
    """An .npz whose `x` really unpacks to so many zeros, though no test ever has them in memory."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(npy(shape))
        for _ in range(zeros_bytes >> 24):
            stream.write(bytes(1 << 24))
    return path


BOMBS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "zeros": (lambda folder: grown(folder / "a.npz", 2 << 30, "(536870912,)"), r"array 'x' takes 2,147,483,648 bytes of memory"),
    "bytes become floats": (
        lambda folder: zipped(folder / "a.npz", x=npy("(400000000,)", "|u1", bytes(400_000_000))), "takes 1,600,000,000 bytes of memory"
    ),
    "lies": (lambda folder: zipped(folder / "a.npz", x=npy("(99999999999, 99999999999)")), "which is not what follows"),
    "overflow": (lambda folder: zipped(folder / "a.npz", x=npy("(4294967296, 4294967296)", "<f8")), "which is not what follows"),
    "negative": (lambda folder: zipped(folder / "a.npz", x=npy("(-1,)")), "no possible shape|cannot be read"),
    "endless shape": (lambda folder: zipped(folder / "a.npz", x=npy(f"({'1,' * 40})")), "no possible shape"),
    "nothing of infinity": (lambda folder: zipped(folder / "a.npz", x=npy("(0, 9223372036854775807)")), "no possible shape"),
    "objects": (lambda folder: zipped(folder / "a.npz", x=npy("(1,)", "|O", b"cos\nsystem\n(S'id'\ntR.")), "holds Python objects"),
    "records": (lambda folder: zipped(folder / "a.npz", x=npy("(1,)", "|V4", bytes(4))), "not numbers"),
    "objects, bare": (lambda folder: write(folder / "a.npy", npy("(1,)", "|O", b"x" * 8)), "holds Python objects"),
    "lies, bare": (lambda folder: write(folder / "a.npy", npy("(99999999999,)")), "which is not what follows"),
    "hole": (lambda folder: sparse(folder / "a.npy", npy("(1000000000000,)"), 4 << 40), "bytes of memory"),
    "one line": (lambda folder: write(folder / "a.csv", b"1," * (30 << 20)), "line 1 is longer than"),
    "one word": (lambda folder: write(folder / "a.csv", b"1" * (30 << 20)), "line 1 is longer than"),
    "much text": (lambda folder: sparse(folder / "a.csv", b"1,2\n", 2 << 30), "bytes of memory"),
    "pipe": (lambda folder: fifo(folder / "a.csv"), "is not a regular file"),
    "zero": (lambda folder: link(folder / "a.npz", "/dev/zero"), "is not a regular file"),
}  # fmt: skip


def _is_x(name: str) -> bool:
    return name == "x"


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def sparse(path: Path, content: bytes, size_bytes: int) -> Path:
    path.write_bytes(content)
    os.truncate(path, size_bytes)
    return path


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def link(path: Path, target: str) -> Path:
    path.symlink_to(target)
    return path


@pytest.mark.parametrize("case", BOMBS)
def test_a_bomb_is_named_and_takes_no_memory(case: str, tmp_path: Path) -> None:
    """In a process whose memory is limited: what is refused in time fits, what is unpacked does not."""
    make, message = BOMBS[case]
    path = make(tmp_path)
    code = (
        "import sys\nfrom pathlib import Path\nfrom mcu_toolkit.artifacts.data_files import read_data_file\n"
        "from mcu_toolkit.errors import InputError\nimport resource\n"
        f"used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    read_data_file(Path(sys.argv[1]), 4, lambda name: name == 'x')\nexcept InputError as error:\n    print(error)\n"
        f"assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < {ROOM_BYTES >> 10}\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert str(path) in done.stdout
    assert any(part in done.stdout for part in message.split("|")), done.stdout


def test_the_limit_can_be_raised_and_arrays_that_are_not_read_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.ones((100, 4), np.float32), z=np.zeros(100_000, np.float64))
    monkeypatch.setenv("MCU_MAX_DATA_BYTES", "1600")
    assert read_data_file(path, 4, _is_x)["x"].shape == (100, 4)
    monkeypatch.setenv("MCU_MAX_DATA_BYTES", "1599")
    with pytest.raises(InputError, match=r"1,600 bytes of memory\n.*at most 1,599 bytes\n.*a larger MCU_MAX_DATA_BYTES"):
        read_data_file(path, 4, _is_x)
    monkeypatch.setenv("MCU_MAX_DATA_BYTES", "much")
    with pytest.raises(InputError, match="MCU_MAX_DATA_BYTES: 'much' is not a number"):
        read_data_file(path, 4, _is_x)


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", "|i1", "|u1", ">i2", "<i8", "|b1"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_of_every_number_are_read_as_they_were_written(dtype: str, save: Callable[..., None], tmp_path: Path) -> None:
    array = (np.arange(24) % 2).astype(dtype).reshape(6, 4)
    save(tmp_path / "a.npz", x=np.asfortranarray(array), y=np.array("text"))
    assert np.array_equal(read_data_file(tmp_path / "a.npz", 4, _is_x)["x"], array)
    np.save(tmp_path / "a.npy", array)
    assert np.array_equal(read_data_file(tmp_path / "a.npy", 4, _is_x)["x"], array)


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes((width + 1) * min(height, 2000)), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def gif(width: int, height: int, *frames: tuple[int, int]) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    images = b"".join(b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x4c\x01\x00" for frame in frames)
    return screen + b"\x21\xfe\x03abc\x00" + images + b"\x3b"


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def jpeg(width: int, height: int) -> bytes:
    start = b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00" + bytes(9) + b"\xff\xff"
    return start + b"\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00\xff\xd9"


@pytest.mark.parametrize("make", [png, bmp, jpeg, gif])
def test_the_size_of_a_picture_is_known_without_unpacking_it(make: Callable[[int, int], bytes]) -> None:
    for size in ((1, 1), (96, 64), (30_000, 20_000)):
        assert image_size(make(*size)) == size


def test_a_frame_larger_than_its_picture_counts() -> None:
    assert image_size(gif(4, 4, (4, 4), (65_535, 60_000))) == (65_535, 60_000)
    with pytest.raises(ValueError, match="GIF file of 1,001 frames"):
        image_size(gif(4, 4, *[(1, 1)] * 1001))


@pytest.mark.parametrize("make", [png, bmp, jpeg, gif])
def test_a_picture_that_ends_early_or_says_nonsense_is_an_error_of_its_own(make: Callable[[int, int], bytes]) -> None:
    for length in range(11):
        with pytest.raises(ValueError, match=r"not a PNG|it ends before"):
            image_size(make(5, 4)[:length])
    with pytest.raises(ValueError, match="it says it has 0x4 pixels"):
        image_size(make(0, 4))


@pytest.mark.parametrize("make", [png, gif, bmp])
def test_a_picture_of_another_size_is_refused_before_it_is_unpacked(
    make: Callable[[int, int], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(content: bytes, channels: int) -> None:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr("mcu_toolkit.artifacts.image_folder.decode_image", decode)
    (tmp_path / "a.png").write_bytes(make(30_000, 20_000))
    with pytest.raises(InputError, match=r"a\.png: is 30000x20000 pixels\n  expected: 8x8"):
        read_image_folder(tmp_path, (8, 8, 3))


def test_many_pictures_are_counted_before_the_first_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(b"")
    monkeypatch.setenv("MCU_MAX_DATA_BYTES", str(4 * 4 * 8 * 8 * 3 - 1))
    with pytest.raises(InputError, match="all 4 images takes 3,072 bytes of memory"):
        read_image_folder(tmp_path, (8, 8, 3))


def test_an_archive_that_grows_is_refused_and_what_is_none_is_left_to_others(tmp_path: Path) -> None:
    refuse_archive_bomb(grown(tmp_path / "small.keras", 1 << 24, "(4194304,)"))
    refuse_archive_bomb(write(tmp_path / "no.keras", b"text"))
    refuse_archive_bomb(tmp_path / "missing.keras")
    with pytest.raises(InputError, match="what it unpacks to takes 1,0"):
        refuse_archive_bomb(grown(tmp_path / "large.keras", 1024 << 20, "(268435456,)"))
    with zipfile.ZipFile(tmp_path / "many.keras", "w") as archive:
        for number in range(100_001):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")
    with pytest.raises(InputError, match="holds 100,001 members"):
        refuse_archive_bomb(tmp_path / "many.keras")
