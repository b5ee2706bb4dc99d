"""The parts of an image: from a real link, they add up to its sections; from a made-up map, names go where they belong."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from mcu_toolkit.build import compiler_of_image, image_parts, read_footprint, read_image_parts
from mcu_toolkit.build.image_parts import _belongs, _pieces
from mcu_toolkit.errors import InputError

SOURCE = """
#include <string.h>
const int net_k_weights[100] = {1, 2, 3};
static int values[50] = {7};
unsigned char aot_arena[2048];
__attribute__((noinline)) int aot_conv_2d(const int *x) { return x[3] * 3; }
__attribute__((noinline)) int net_invoke(int n) {
    memset(aot_arena, n, sizeof aot_arena);
    return aot_conv_2d(net_k_weights) + values[n & 7];
}
int main(void) { return net_invoke(aot_arena[5]); }
void _exit(int code) { (void)code; for (;;) {} }
"""


@pytest.fixture(scope="module", params=["0x8000", "0"], ids=["flash at 32768", "flash at 0, where debug sections are"])
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    folder = tmp_path_factory.mktemp("image")
    (folder / "m.c").write_text(SOURCE, encoding="utf-8")
    flags = [
        "-mcpu=cortex-m4",
        "-mthumb",
        "-Os",
        "-g",
        "-ffunction-sections",
        "-fdata-sections",
        "--specs=nano.specs",
        "--specs=nosys.specs",
    ]
    link = ["-Wl,--gc-sections", f"-Wl,-Ttext-segment={request.param}", "-Wl,-Map=firmware.map", "-Wl,--no-warn-rwx-segments"]
    subprocess.run([compiler, *flags, *link, "m.c", "-o", "firmware.elf"], cwd=folder, check=True, capture_output=True)
    return folder / "firmware.elf"


def test_the_parts_add_up_to_the_image(image: Path) -> None:
    parts, whole = read_image_parts(image, ["net"]), read_footprint(image)
    sums = Counter[str]()
    for part in parts:
        sums[part.memory] += part.size_bytes
        assert part.size_bytes < 3000, "this image has no part that is larger than its arena"
    assert sums["flash"] == whole.flash_bytes
    assert sums["ram"] >= whole.bss_bytes + whole.data_bytes


def test_names_of_a_real_image_go_to_their_groups(image: Path) -> None:
    found = {part.name: (part.memory, part.group, part.size_bytes) for part in read_image_parts(image, ["net"])}
    assert found["net_k_weights"] == ("flash", "weights", 400)
    assert found["aot_arena"] == ("ram", "arena", 2048)
    assert found["aot_conv_2d"][:2] == ("flash", "kernels")
    assert found["net_invoke"][:2] == ("flash", "model code")
    assert any(name.endswith("memset.o)") and where[1] == "libc" for name, where in found.items())


def test_the_compiler_is_known_by_its_libraries(image: Path, tmp_path: Path) -> None:
    said = subprocess.run(["arm-none-eabi-gcc", "-dumpfullversion"], check=True, capture_output=True, text=True).stdout.strip()
    assert compiler_of_image(image) == f"arm-none-eabi gcc {said}"
    assert compiler_of_image(tmp_path / "none.elf") == ""


def test_without_a_map_nothing_is_said(image: Path, tmp_path: Path) -> None:
    alone = tmp_path / "firmware.elf"
    shutil.copy(image, alone)
    assert read_image_parts(alone) == ()


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.elf").write_text("no ELF", encoding="utf-8")
    (tmp_path / "x.map").write_text("Linker script and memory map", encoding="utf-8")
    with pytest.raises(InputError, match="not a readable ELF file"):
        read_image_parts(tmp_path / "x.elf")


def test_a_long_name_has_its_figures_on_the_next_line() -> None:
    text = """.text 0x1 0x2 gone.o
Linker script and memory map
.text           0x08000040       0x70
 .text.f        0x08000040       0x48 src/a.o
 .text.a_name_that_is_long
                0x08000088       0x28 src/b.o
                0x08000088                a_name_that_is_long
 *fill*         0x080000b0        0x2
.debug_info     0x00000000       0x40
 .debug_info    0x00000000       0x40 src/a.o
"""
    assert list(_pieces(text)) == [
        (".text", ".text.f", 0x48, "src/a.o"),
        (".text", ".text.a_name_that_is_long", 0x28, "src/b.o"),
        (".debug_info", ".debug_info", 0x40, "src/a.o"),
    ]


@pytest.mark.parametrize(
    ("section", "origin", "group", "name"),
    [
        (".text", "/usr/lib/newlib/libc_nano.a(memcpy.o)", "libc", "libc_nano.a(memcpy.o)"),
        (".text.__aeabi_fadd", "/gcc/12/thumb/libgcc.a(_arm_addsubsf3.o)", "libc", "libgcc.a(_arm_addsubsf3.o)"),
        (".text", "lib/libcommon.a(x.o)", "runtime", "libcommon.a(x.o)"),
        (".rodata.g_net_model_data", "src/model_data.o", "weights", "g_net_model_data"),
        (".rodata.str1.4", "src/requests.o", "runtime", "requests.o"),
        (".text.request_hello", "src/requests.o", "runtime", "request_hello"),
    ],
)
def test_a_section_belongs_to_a_group_by_its_name_and_its_object(section: str, origin: str, group: str, name: str) -> None:
    assert _belongs(section, origin, ["net"]) == (group, name)
    assert image_parts._SECTION.match(section)
