"""The one table of processor cores: what the compiler must be told about each.  A new core is a new row."""

from __future__ import annotations

from typing import NamedTuple


class Core(NamedTuple):
    """How to compile and link for one core.  (Not a dataclass: those fail in a module that is not in sys.modules.)"""

    tool_prefix: str
    """Prefix of gcc, objcopy and size: `arm-none-eabi-`; empty for this machine's own compiler."""
    flags: tuple[str, ...] = ()
    """For the compiler and the linker: the linker picks its libgcc and libc by them."""
    link_flags: tuple[str, ...] = ()
    registry_package: str = ""
    """The package of PlatformIO's registry that has the compiler, where it is not on PATH."""
    debian_packages: tuple[str, ...] = ()
    """What to install on Debian and Ubuntu instead."""
    library_file: str = ""
    """A file of the C library, which Debian packages apart from the compiler: `gcc -print-file-name` finds it if it is there."""
    cpp_packages: tuple[str, ...] = ()
    """Where Debian has the C++ library, which TensorFlow Lite Micro needs; empty where it has none for this core."""


# No start files: the firmware brings its own start-up code and vector table.
_BARE_METAL = ("-nostartfiles", "-static")
_ARM_PACKAGES = ("gcc-arm-none-eabi", "libnewlib-arm-none-eabi")
_ARM_CPP_PACKAGES = ("libstdc++-arm-none-eabi-newlib",)


def _arm(cpu: str, fpu: str = "", *more: str) -> Core:
    """A Cortex-M core.  `fpu` is GCC's name of the floating-point unit; without one floats are done in software."""
    floating_point = (f"-mfpu={fpu}", "-mfloat-abi=hard") if fpu else ("-mfloat-abi=soft",)
    flags = (f"-mcpu={cpu}", "-mthumb", *floating_point, *more)
    return Core("arm-none-eabi-", flags, _BARE_METAL, "toolchain-gccarmnoneeabi", _ARM_PACKAGES, "libc.a", _ARM_CPP_PACKAGES)


# FPU names: GCC 12 manual, "ARM Options", -mfpu.  For Cortex-M55 `auto` follows -mcpu, which includes Helium (MVE).
CORES: dict[str, Core] = {
    "host": Core(tool_prefix="", link_flags=("-pthread", "-Wl,--wrap=main"), debian_packages=("gcc", "libc6-dev")),
    "cortex-m0": _arm("cortex-m0"),
    "cortex-m0plus": _arm("cortex-m0plus"),
    "cortex-m3": _arm("cortex-m3"),
    "cortex-m4": _arm("cortex-m4+nofp"),
    "cortex-m4f": _arm("cortex-m4", "fpv4-sp-d16"),
    "cortex-m7": _arm("cortex-m7", "fpv5-d16"),
    "cortex-m33": _arm("cortex-m33", "fpv5-sp-d16"),
    # GCC 12 takes constant masks of its own Helium vectors for all lanes: kernels/aot.h of the aot runtime, tests/pairs/.
    # Clang 14 makes gathers of loops that it then cannot compile: it ends in its pass "MVE gather/scatter lowering".
    "cortex-m55": _arm("cortex-m55", "auto", "-fno-tree-vectorize"),
    # -misa-spec=2.2: with a newer one GCC wants _zicsr in -march and then picks the 64-bit libgcc of Debian's package.
    "rv32imac": Core(
        "riscv64-unknown-elf-",
        ("-march=rv32imac", "-mabi=ilp32", "-misa-spec=2.2", "--specs=picolibc.specs"),
        _BARE_METAL,
        debian_packages=("gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf"),
        library_file="picolibc.specs",
    ),
}
