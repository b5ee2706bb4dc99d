"""kernels/mve/accesses.h: what it loads and stores, with plain accesses around, at every optimisation; and that nothing goes around it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mcu_toolkit.system import process
from mcu_toolkit.system.resources import templates_dir

KERNELS = templates_dir() / "runtimes/aot/kernels"
CHECKS = Path(__file__).with_name("accesses.c")
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-Og", "-O2 -flto", "-O3 -flto", "-Os -flto", "-O3 -funroll-all-loops -fno-strict-aliasing")
CORE = ("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-std=c99", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror")
PLACES = ("-nostdlib", "-nostartfiles", "-Wl,--section-start=.vectors=0x10000000", "-Wl,-Ttext=0x10000400", "-Wl,-Tdata=0x30000000")
EMULATOR = ("qemu-system-arm", "-M", "mps3-an547", "-display", "none", "-monitor", "none", "-serial", "null")

INTRINSIC = re.compile(r"\b(v(?:ld|st)(?:r[bhwd]|[124])\w*)\s*\(")
WHOLE_VECTORS = re.compile(r"v(?:ldr|str)(?:bq_[su]8|hq_[suf]16|wq_[suf]32)|v(?:ld|st)[24]q_[suf](?:8|16|32)")
"""Neither predicated nor widening, narrowing, gathering or scattering."""


@pytest.mark.parametrize("level", LEVELS)
def test_plain_accesses_keep_their_place_around_those_of_helium(level: str, tmp_path: Path) -> None:
    image = tmp_path / "checks.elf"
    sources = [f"-I{KERNELS / 'mve'}", CHECKS, "-lgcc"]
    built = process.run(["arm-none-eabi-gcc", *CORE, *level.split(), *PLACES, "-o", image, *sources])
    assert built.exit_code == 0, built.output
    ran = process.run([*EMULATOR, "-semihosting-config", "enable=on,target=native", "-kernel", image], timeout_s=60)
    assert ran.exit_code == 0, f"check {ran.exit_code} of {CHECKS.name} failed"


def test_no_kernel_uses_the_intrinsics_that_gcc_describes_wrongly() -> None:
    used = {(path.relative_to(KERNELS).as_posix(), name) for path in KERNELS.rglob("*.h") for name in INTRINSIC.findall(path.read_text())}
    elsewhere = {(path, name) for path, name in used if path != "mve/accesses.h"}
    assert elsewhere, "the kernels for Helium load and store vectors"
    around = sorted(f"{path}: {name}" for path, name in elsewhere if not WHOLE_VECTORS.fullmatch(name))
    assert not around, around


@pytest.mark.parametrize(
    "name",
    [
        "vstrbq_p_s8",
        "vstrbq_s16",
        "vstrbq_scatter_offset_s8",
        "vldrbq_s32",
        "vldrwq_gather_offset_s32",
        "vldrbq_z_s8",
        "vst1q_p_s8",
        "vld1q_z_s8",
    ],
)
def test_the_search_knows_such_an_intrinsic(name: str) -> None:
    assert INTRINSIC.findall(f"    {name}(to, lanes);") == [name]
    assert not WHOLE_VECTORS.fullmatch(name)


def test_assembly_that_stores_says_so() -> None:
    """A function that is assembly alone (naked) needs no word: GCC takes its call for one that may write anything."""
    texts = [path.read_text() for path in sorted((KERNELS / "mve").glob("*.h"))]
    stores = [statement for text in texts for statement in re.findall(r"__asm__[^;]*;", text) if "vst" in statement]
    assert len(stores) >= 4, "there are four in accesses.h"
    assert all('"memory"' in statement and "volatile" in statement for statement in stores), stores
