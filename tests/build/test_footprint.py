"""Footprints are read from what the linker really placed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.build import read_footprint
from mcu_toolkit.errors import InputError

SOURCE = """
#include <stdint.h>
const int8_t net_k_weights_0[1000] = {1};
static const int32_t net_k_bias_0[10] = {1};
const uint8_t table[100] = {2};
int8_t aot_arena[3000];
int counter = 7;
int main(void) { return aot_arena[counter] + net_k_weights_0[counter] + net_k_bias_0[counter] + table[counter]; }
"""


def _link(folder: Path, compiler: str, *flags: str) -> Path:
    source, elf = folder / "main.c", folder / "firmware.elf"
    source.write_text(SOURCE)
    subprocess.run([compiler, "-O0", *flags, source, "-o", elf], check=True)
    return elf


@pytest.mark.parametrize("compiler", ["gcc", "arm-none-eabi-gcc"])
def test_weights_arena_and_variables_are_told_apart(tmp_path: Path, compiler: str) -> None:
    flags = [] if compiler == "gcc" else ["-mcpu=cortex-m4", "-mthumb", "-nostartfiles", "-Wl,-e,main"]
    size = read_footprint(_link(tmp_path, compiler, *flags))
    assert size.weights_bytes == 1000 + 10 * 4
    assert size.arena_bytes == 3000
    assert size.data_bytes >= 4
    assert size.bss_bytes >= 3000
    assert size.ram_bytes == size.data_bytes + size.bss_bytes
    assert size.flash_bytes == size.code_bytes + size.weights_bytes + size.data_bytes
    assert size.code_bytes > 100 + 20


def test_the_sum_of_flash_is_what_objcopy_would_burn(tmp_path: Path) -> None:
    elf = _link(tmp_path, "arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-nostartfiles", "-Wl,-e,main")
    listed = subprocess.run(["arm-none-eabi-size", elf], capture_output=True, text=True, check=True).stdout.splitlines()[1].split()
    size = read_footprint(elf)
    assert (size.flash_bytes, size.data_bytes, size.bss_bytes) == (int(listed[0]) + int(listed[1]), int(listed[1]), int(listed[2]))


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"not an image at all"])
def test_something_else_than_an_image_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "firmware.elf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"firmware\.elf"):
        read_footprint(path)


def test_a_missing_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none"):
        read_footprint(tmp_path / "none.elf")
