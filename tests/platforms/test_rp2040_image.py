"""What an RP2040's image gets after it was linked: the checksum that the boot ROM asks for, and a UF2 file of the same bytes."""

from __future__ import annotations

import importlib
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.platforms.echo_project import PLATFORM

CHIPS = PLATFORM / "chips"
FLASH = 0x10000000
FAMILY = 0xE48BFF56


@pytest.fixture(scope="module")
def rp2040() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(CHIPS)
        yield importlib.import_module("rp2040")


@pytest.fixture(scope="module")
def uf2() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(CHIPS)
        yield importlib.import_module("uf2")


def elf_of(*segments: tuple[int, bytes]) -> bytes:
    """An ELF file of a 32-bit machine that loads `segments`, (address, bytes)."""
    head, entry = 52, 32
    table, contents, at = b"", b"", head + entry * len(segments)
    for address, content in segments:
        table += struct.pack("<8I", 1, at + len(contents), address, address, len(content), len(content), 5, 4)
        contents += content
    start = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    facts = struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, 0, head, 0, 0, head, entry, len(segments), 0, 0, 0)
    return start + facts + table + contents


def read(file: bytes) -> dict[int, bytes]:
    """Pages by address, read as the format's specification says, without the code that writes."""
    assert len(file) % 512 == 0
    pages = {}
    for number in range(len(file) // 512):
        block = file[512 * number : 512 * (number + 1)]
        words = struct.unpack_from("<8I", block)
        assert (words[0], words[1], block[-4:]) == (0x0A324655, 0x9E5D5157, bytes.fromhex("306fb10a"))
        assert words[2] == 0x2000
        assert words[4:] == (256, number, len(file) // 512, FAMILY)
        pages[words[3]] = block[32 : 32 + 256]
    return pages


def test_the_checksum_is_the_one_that_is_published_for_this_kind_of_crc(rp2040: ModuleType) -> None:
    """CRC-32/MPEG-2 of the digits 1 to 9, in the catalogue of CRC algorithms: highest bit first, from all ones, not inverted."""
    assert rp2040.boot2_checksum(b"123456789") == 0x0376E6E7


def test_sealing_writes_four_bytes_and_may_be_repeated(rp2040: ModuleType) -> None:
    image = elf_of((FLASH, bytes(range(252)) + b"\0\0\0\0" + b"firmware"), (FLASH + 264, b"data"))
    sealed = rp2040.seal(image)
    assert len(sealed) == len(image)
    assert sum(a != b for a, b in zip(image, sealed, strict=True)) <= 4
    stage = rp2040.flash_parts(sealed)[FLASH][:256]
    assert struct.unpack("<I", stage[252:])[0] == rp2040.boot2_checksum(stage[:252])
    assert rp2040.seal(sealed) == sealed


def test_an_image_without_a_second_stage_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    image = tmp_path / "firmware.elf"
    for content, words in (
        (elf_of((FLASH + 0x100, b"x" * 300)), "where the boot ROM looks for a second stage of 256 bytes"),
        (elf_of((FLASH, b"x" * 300), (0x20000000, b"RAM")), "3 bytes are to be loaded to 0x20000000, which is not flash"),
        (elf_of((FLASH, b"x" * 300))[:-1], "ends before its segment 0 does"),
        (b"MZ", "not an ELF file"),
    ):
        image.write_bytes(content)
        done = subprocess.run([sys.executable, CHIPS / "rp2040.py", image], capture_output=True, text=True, check=False)
        assert (done.returncode, words in done.stderr) == (1, True), done.stderr
        assert image.read_bytes() == content or b"RAM" in content
        assert not image.with_suffix(".uf2").exists()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2000), st.binary(min_size=1, max_size=700)), max_size=5),
)
def test_every_byte_arrives_at_its_address_and_the_rest_of_a_page_is_erased(uf2: ModuleType, pieces: list[tuple[int, bytes]]) -> None:
    parts, end = {}, FLASH
    for gap, content in pieces:
        parts[end + gap] = content
        end += gap + len(content)
    pages = read(uf2.to_uf2(parts, FAMILY))
    assert list(pages) == sorted(pages)
    expected = {address + index: byte for address, content in parts.items() for index, byte in enumerate(content)}
    found = {address + index: byte for address, page in pages.items() for index, byte in enumerate(page)}
    assert expected.items() <= found.items()
    assert {found[address] for address in found.keys() - expected.keys()} <= {0xFF}
    assert all(any(address <= byte < address + 256 for byte in expected) for address in pages), "no page is for nothing"


def test_two_parts_in_one_place_are_refused(uf2: ModuleType) -> None:
    with pytest.raises(ValueError, match="two parts have bytes for address 0x10000010"):
        uf2.to_uf2({FLASH: bytes(32), FLASH + 16: b"x"}, FAMILY)
