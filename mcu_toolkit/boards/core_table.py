"""The one table of cores and instruction sets.  A new core is a row of CORES; docs/how-to/adding-a-core.md lists what else is needed.

Everything that depends on a core looks it up here: compilers, kernels, emulators, faults in words; estimated cycles are in core_cycles.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from mcu_toolkit.boards.core import PORTABLE, Compiler, Core, Family, InstructionSet
from mcu_toolkit.boards.core_cycles import (
    CYCLES_M0,
    CYCLES_M0PLUS,
    CYCLES_M3,
    CYCLES_M4,
    CYCLES_M7,
    CYCLES_M33,
    CYCLES_M55,
    CYCLES_RV32,
    CycleModel,
)

_Row = TypeVar("_Row", InstructionSet, Family, Core)


def _by_name(rows: Iterable[_Row]) -> Mapping[str, _Row]:
    """`rows` by name; each name must be there once."""
    listed = list(rows)
    found = {row.name: row for row in listed}
    assert len(found) == len(listed), "two rows have one name"
    return MappingProxyType(found)


# Instruction sets.

_PORTABLE = InstructionSet(PORTABLE, (PORTABLE,), instructions_per_mac=3.0, depthwise_instructions_per_mac=4.0)
_DSP = InstructionSet("dsp", ("dsp", PORTABLE), instructions_per_mac=0.9, depthwise_instructions_per_mac=1.9)
"""Armv7E-M and the DSP extension of Armv8-M: two 16-bit products at a time."""
_MVE = InstructionSet(
    "mve",
    ("mve", "dsp", PORTABLE),
    instructions_per_mac=0.25,
    depthwise_instructions_per_mac=1.0,
    # With Helium cascades cost vww and ic 0.5 % of their instructions (docs/performance.md); other cores stay below
    # two thirds without.
    arena_share_of_tflm=0.6,
)
"""Helium, the vector extension of Armv8.1-M."""

INSTRUCTION_SETS: Mapping[str, InstructionSet] = _by_name((_PORTABLE, _DSP, _MVE))

# Families.  e_machine: the ELF specification, and its supplements for Arm and RISC-V.

_HOST = Family("host")
_CORTEX_M = Family(
    "cortex_m",
    qemu_targets=("arm", "aarch64"),
    emulator="qemu-system-arm",
    emulator_package="qemu-system-arm",
    elf_machine=40,
    elf_machine_name="Arm",
    tflm_kernels="CMSIS-NN",
    call_instruction="bl",
    # Armv7-M ARM, B1.5.2; 7 is Armv8-M's.
    faults={2: "NMI", 3: "HardFault", 4: "MemManage fault", 5: "BusFault", 6: "UsageFault", 7: "SecureFault"},
    # Armv7-M ARM, B3.2.15: the Configurable Fault Status Register.
    fault_status="CFSR",
    fault_reasons={
        0: "instruction fetch from memory that must not be executed",
        1: "data access to memory that is closed",
        3: "unstacking violated memory protection",
        4: "stacking violated memory protection",
        5: "saving FPU state violated memory protection",
        8: "instruction fetch from no memory",
        9: "data access to no memory",
        10: "data access to no memory (place not exact)",
        11: "unstacking from no memory",
        12: "stacking to no memory",
        13: "saving FPU state to no memory",
        16: "undefined instruction",
        17: "invalid state (a call to an even address?)",
        18: "invalid exception return",
        19: "coprocessor or FPU that is off",
        20: "stack limit passed",
        24: "unaligned access",
        25: "division by zero",
    },
)
_RISCV = Family(
    "riscv",
    qemu_targets=("riscv32", "riscv64"),
    emulator="qemu-system-riscv32",
    emulator_package="qemu-system-misc",
    elf_machine=243,
    elf_machine_name="RISC-V",
    call_instruction="jal",
    # RISC-V privileged architecture, table of mcause.
    faults={
        0: "misaligned instruction address", 1: "instruction access fault", 2: "illegal instruction", 3: "breakpoint",
        4: "misaligned load", 5: "load access fault", 6: "misaligned store", 7: "store access fault", 11: "environment call",
    },
    fault_status="mtval",
)  # fmt: skip
_XTENSA = Family("xtensa", qemu_targets=("xtensa", "xtensaeb"), tflm_kernels="ESP-NN")

FAMILIES: Mapping[str, Family] = _by_name((_HOST, _CORTEX_M, _RISCV, _XTENSA))

# Compilers.  FPU names: GCC 12 manual, "ARM Options", -mfpu.  For Cortex-M55 `auto` follows -mcpu, which includes Helium (MVE).

_BARE_METAL = ("-nostartfiles", "-static")
"""No start files: the firmware brings its own start-up code and vector table."""


def _arm(cpu: str, fpu: str = "", *more: str) -> Compiler:
    """For a Cortex-M core.  `fpu` is GCC's name of the floating-point unit; without one floats are done in software."""
    floating_point = (f"-mfpu={fpu}", "-mfloat-abi=hard") if fpu else ("-mfloat-abi=soft",)
    return Compiler(
        "arm-none-eabi-",
        (f"-mcpu={cpu}", "-mthumb", *floating_point, *more),
        _BARE_METAL,
        registry_package="toolchain-gccarmnoneeabi",
        debian_packages=("gcc-arm-none-eabi", "libnewlib-arm-none-eabi"),
        library_file="libc.a",
        cpp_packages=("libstdc++-arm-none-eabi-newlib",),
    )


# Registers: the heads of the blocks in firmware_templates/runtimes/aot/kernels/im2col.h count these.

_FEW_REGISTERS = MappingProxyType({1: 3.5})
_SOME_REGISTERS = MappingProxyType({1: 2.25, 2: 1.75})
_MANY_REGISTERS = MappingProxyType({1: 3.25, 2: 2.75, 4: 2.5})
DEFAULT_PRODUCT_COSTS: Mapping[int, float] = _SOME_REGISTERS
"""For code that is made for no core in particular."""


def _cortex_m(
    name: str,
    kernels: InstructionSet,
    compiler: Compiler,
    *,
    registers: Mapping[int, float] = _SOME_REGISTERS,
    cycles: CycleModel | None = None,
    counter: str = "dwt",
    manifest_names: tuple[str, ...],
) -> Core:
    return Core(name, _CORTEX_M, kernels, registers, compiler, cycles, counter, manifest_names)


CORES: Mapping[str, Core] = _by_name(
    (
        Core(
            "host",
            _HOST,
            _PORTABLE,
            _SOME_REGISTERS,
            Compiler("", link_flags=("-pthread", "-Wl,--wrap=main"), debian_packages=("gcc", "libc6-dev")),
        ),
        # Cores of Armv6-M have eight registers for most instructions and no cycle counter.
        _cortex_m(
            "cortex-m0",
            _PORTABLE,
            _arm("cortex-m0"),
            registers=_FEW_REGISTERS,
            cycles=CYCLES_M0,
            counter="micros",
            manifest_names=("cortex-m0",),
        ),
        _cortex_m(
            "cortex-m0plus",
            _PORTABLE,
            _arm("cortex-m0plus"),
            registers=_FEW_REGISTERS,
            cycles=CYCLES_M0PLUS,
            counter="micros",
            manifest_names=("cortex-m0plus",),
        ),
        _cortex_m("cortex-m3", _PORTABLE, _arm("cortex-m3"), cycles=CYCLES_M3, manifest_names=("cortex-m3",)),
        _cortex_m("cortex-m4", _DSP, _arm("cortex-m4+nofp"), cycles=CYCLES_M4, manifest_names=()),
        # Manifests do not tell whether there is an FPU; a part without one is the exception, and --core says so.
        _cortex_m("cortex-m4f", _DSP, _arm("cortex-m4", "fpv4-sp-d16"), cycles=CYCLES_M4, manifest_names=("cortex-m4",)),
        _cortex_m("cortex-m7", _DSP, _arm("cortex-m7", "fpv5-d16"), cycles=CYCLES_M7, manifest_names=("cortex-m7",)),
        _cortex_m("cortex-m33", _DSP, _arm("cortex-m33", "fpv5-sp-d16"), cycles=CYCLES_M33, manifest_names=("cortex-m33",)),
        # GCC 12 takes constant masks of its own Helium vectors for all lanes: kernels/aot.h of the aot runtime, tests/pairs/.
        # Clang 14 makes gathers of plain loops, some of which it then cannot compile: it ends in "MVE gather/scatter lowering".
        _cortex_m("cortex-m55", _MVE, _arm("cortex-m55", "auto", "-fno-tree-vectorize"), cycles=CYCLES_M55, manifest_names=("cortex-m55",)),
        Core(
            "rv32imac",
            _RISCV,
            _PORTABLE,
            _MANY_REGISTERS,
            Compiler(
                "riscv64-unknown-elf-",
                # -misa-spec=2.2: with a newer one GCC wants _zicsr in -march and then picks the 64-bit libgcc of Debian's package.
                ("-march=rv32imac", "-mabi=ilp32", "-misa-spec=2.2", "--specs=picolibc.specs"),
                _BARE_METAL,
                debian_packages=("gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf"),
                library_file="picolibc.specs",
            ),
            cycles=CYCLES_RV32,
            arduino_counter="esp",
            manifest_names=("esp32c6",),
        ),
        # Espressif's manifests name the part only.
        Core("xtensa-lx6", _XTENSA, _PORTABLE, _SOME_REGISTERS, arduino_counter="esp", manifest_names=("esp32",)),
        Core("xtensa-lx7", _XTENSA, _PORTABLE, _SOME_REGISTERS, arduino_counter="esp", manifest_names=("esp32s2", "esp32s3")),
        Core("rv32imc", _RISCV, _PORTABLE, _MANY_REGISTERS, cycles=CYCLES_RV32, arduino_counter="esp", manifest_names=("esp32c3",)),
    )
)
"""By the name that `core` of a board's file has, in the order in which commands list them."""


def device_cores() -> tuple[str, ...]:
    """The names of all cores but this machine's."""
    return tuple(name for name, core in CORES.items() if not core.is_host)


def core_of_manifest(name: str) -> str:
    """The core that PlatformIO's manifests call `name`; "" where none is known."""
    return next((core.name for core in CORES.values() if name.lower() in core.manifest_names), "")


def emulator_package(program: str) -> str:
    """What to install on Debian and Ubuntu for the emulator `program`; of QEMU's many programs one package has all that no other has."""
    return next((family.emulator_package for family in FAMILIES.values() if family.emulator == program), "qemu-system-misc")
