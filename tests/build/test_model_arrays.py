"""After linking, a model that is not in flash or not aligned fails the build: found in real images, not in sources."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build.model_arrays import check_constants, check_model_arrays, find_model_arrays
from mcu_toolkit.errors import InputError, ToolError

GOOD = "__attribute__((aligned(16))) const unsigned char g_net_model_data[64] = {1};"
AS_XXD_MAKES_IT = "unsigned char g_net_model_data[64] = {1};"
HOST, NETDUINO = load_board("host"), load_board("netduinoplus2")


def link(folder: Path, text: str, *flags: str, compiler: str = "gcc") -> Path:
    found = shutil.which(compiler)
    if found is None:
        pytest.skip(f"{compiler} is not installed")
    source, elf = folder / "main.c", folder / "firmware.elf"
    source.write_text(f"{text}\nint main(void) {{ return g_net_model_data[0]; }}\n")
    subprocess.run([found, "-O0", *flags, source, "-o", elf], check=True)
    return elf


def link_for_netduino(folder: Path, text: str, script: str) -> Path:
    (folder / "linker.ld").write_text(script)
    flags = ("-mcpu=cortex-m4", "-mthumb", "-nostdlib", "-Wl,-e,main", "-fdata-sections", f"-Wl,-T,{folder / 'linker.ld'}")
    return link(folder, text, *flags, compiler="arm-none-eabi-gcc")


def script(place: str) -> str:
    """A linker script that puts constants where `place` says."""
    return f"""
MEMORY {{ FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 1M  RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 128K }}
SECTIONS {{
    .text : {{ *(.text*) }} > FLASH
    .rodata {place} : {{ *(.rodata*) }}
    .data : {{ *(.data*) }} > RAM
    .rest : {{ *(.ARM*) *(.bss*) }} > RAM
}}
"""


def test_an_aligned_constant_is_found_and_accepted(tmp_path: Path) -> None:
    [place] = check_model_arrays(link(tmp_path, GOOD), HOST, 1)
    assert (place.symbol, place.size_bytes, place.section, place.writable) == ("g_net_model_data", 64, ".rodata", False)
    assert place.address % 16 == 0


def test_an_array_without_const_is_in_ram(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"64 bytes is in RAM: section \.data(.|\n)*alignas\(16\) const"):
        check_model_arrays(link(tmp_path, AS_XXD_MAKES_IT, "-fdata-sections", "-falign-functions=16"), HOST, 1)


@pytest.mark.parametrize(("place", "problem"), [("0x08001000", ""), ("0x08001004", "a multiple of 16"), ("0x20001000", "is in RAM")])
def test_on_a_board_the_address_decides(tmp_path: Path, place: str, problem: str) -> None:
    text = "__attribute__((aligned(4))) const unsigned char g_net_model_data[64] = {1};"
    elf = link_for_netduino(tmp_path, text, script(place))
    if problem:
        with pytest.raises(ToolError, match=problem):
            check_model_arrays(elf, NETDUINO, 1)
    else:
        assert check_model_arrays(elf, NETDUINO, 1)[0].address == 0x08001000


def test_an_image_without_the_model_is_refused(tmp_path: Path) -> None:
    elf = link(tmp_path, GOOD.replace("g_net_model_data", "other") + "\n#define g_net_model_data other")
    with pytest.raises(ToolError, match="holds 0 model arrays"):
        check_model_arrays(elf, HOST, 1)


def test_a_file_that_is_no_image_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "firmware.elf").write_text("not an ELF file")
    with pytest.raises(InputError, match="not a readable ELF file"):
        find_model_arrays(tmp_path / "firmware.elf")


COMPILED = """
static const int net_k_weights_0[16] = {1};
static const int net_layer_0 = 5;
const unsigned char g_net_model_data[4] = {1};
int counter;
int use(void) { return net_k_weights_0[counter] + *(const volatile int *)&net_layer_0; }
"""


@pytest.mark.parametrize("place", ["0x08001000", "0x20001000"])
def test_constants_of_compiled_models_that_are_copied_to_ram_fail_the_build(place: str, tmp_path: Path) -> None:
    elf = link_for_netduino(tmp_path, COMPILED, script(place))
    if place.startswith("0x08"):
        assert {found.symbol for found in check_constants(elf, NETDUINO)} == {"net_k_weights_0", "net_layer_0"}
        return
    with pytest.raises(ToolError, match=r"2 constants of 68 bytes are in RAM(.|\n)*constants_section"):
        check_constants(elf, NETDUINO)


def test_weights_that_are_not_constant_fail_the_build(tmp_path: Path) -> None:
    elf = link(tmp_path, "int net_k_weights_0[16] = {1}; const unsigned char g_net_model_data[4] = {1};")
    with pytest.raises(ToolError, match="1 constants of 64 bytes are in RAM"):
        check_constants(elf, HOST)
