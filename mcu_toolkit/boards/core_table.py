"""The one table of cores and instruction sets.  A new core is a row of CORES; docs/how-to/adding-a-core.md lists what else is needed.

Everything that depends on a core looks it up here: compilers, kernels, emulators, faults in words, estimated cycles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from mcu_toolkit.boards.core import PORTABLE, Compiler, Core, CycleGuess, CycleModel, Family, InstructionSet, LayerCosts

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

# Cycles.
# - Cortex-M4: Technical Reference Manual r0p1 (ARM 100166), table 3-1, and its section on load and store timings.
# - Cortex-M3: Technical Reference Manual r2p1 (ARM DDI 0337I), table 3-1 and section 3.3.2: as the M4, but for multiplications.
# - Cortex-M0: Technical Reference Manual (ARM DDI 0432C), table 3-1, with the single-cycle multiplier.

REFILL_CYCLES = 2
"""Of the pipeline of a Cortex-M3 or M4 behind a branch: 1 to 3."""
_CYCLES_M0 = CycleModel(LayerCosts(7.2, 8.2, 7.5, 10.0, 12.0, 1300.0), store=2, taken=3, call=4, pipelined=False)
_CYCLES_M3 = CycleModel(
    store=1,
    taken=1 + REFILL_CYCLES,
    call=1 + REFILL_CYCLES,
    pipelined=True,
    # Early-terminating long multiplications take 3 to 7; the middle is taken.
    multiplications={"mla": 2, "mls": 2, "smull": 4, "umull": 4, "smlal": 5, "umlal": 5},
    layers=LayerCosts(4.15, 5.5, 4.8, 6.0, 8.0, 400.0),
)
_CYCLES_M4 = CycleModel(
    store=1,
    taken=1 + REFILL_CYCLES,
    call=1 + REFILL_CYCLES,
    pipelined=True,
    layers=LayerCosts(1.3, 3.5, 1.43, 1.0, 5.0, 320.0),
)


# Bands for cores whose estimates were never compared with silicon.  Arm's CoreMark per MHz: M0 2.33, M0+ 2.46, M4 3.42, M33 4.02, M7 5.01.
# Instructions of layers on the M55 and RV32 are fitted to docs/performance.md (within 3 % of its models); what one takes is assumed.
_COREMARK = "by CoreMark, which says little of kernels"
_GUESS_M0PLUS = CycleGuess(_CYCLES_M0.layers, 0.85, 1.0, f"cycles are those of a Cortex-M0, {_COREMARK}")
_GUESS_M33 = CycleGuess(_CYCLES_M4.layers, 0.8, 1.1, f"cycles are 0.8 to 1.1 times those of a Cortex-M4, {_COREMARK}")
_GUESS_M7 = CycleGuess(_CYCLES_M4.layers, 0.5, 1.0, "cycles are half of those of a Cortex-M4, two instructions at a time, to all of them")
_GUESS_M55 = CycleGuess(
    LayerCosts(0.21, 1.0, 0.19, 0.55, 1.2, 200.0),
    1.0,
    2.0,
    "cycles are 1 to 2 an instruction: a vector instruction takes two, of which one may overlap with its neighbour's",
)
_GUESS_RV32 = CycleGuess(LayerCosts(3.2, 3.9, 3.6, 5.3, 6.0, 360.0), 1.0, 1.6, "cycles are 1 to 1.6 an instruction, which is assumed")


def _cortex_m(
    name: str,
    kernels: InstructionSet,
    compiler: Compiler,
    *,
    registers: Mapping[int, float] = _SOME_REGISTERS,
    cycles: CycleModel | None = None,
    guess: CycleGuess | None = None,
    counter: str = "dwt",
    manifest_names: tuple[str, ...],
) -> Core:
    return Core(name, _CORTEX_M, kernels, registers, compiler, cycles, guess, counter, manifest_names)


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
            cycles=_CYCLES_M0,
            counter="micros",
            manifest_names=("cortex-m0",),
        ),
        _cortex_m(
            "cortex-m0plus",
            _PORTABLE,
            _arm("cortex-m0plus"),
            registers=_FEW_REGISTERS,
            guess=_GUESS_M0PLUS,
            counter="micros",
            manifest_names=("cortex-m0plus",),
        ),
        _cortex_m("cortex-m3", _PORTABLE, _arm("cortex-m3"), cycles=_CYCLES_M3, manifest_names=("cortex-m3",)),
        _cortex_m("cortex-m4", _DSP, _arm("cortex-m4+nofp"), cycles=_CYCLES_M4, manifest_names=()),
        # Manifests do not tell whether there is an FPU; a part without one is the exception, and --core says so.
        _cortex_m("cortex-m4f", _DSP, _arm("cortex-m4", "fpv4-sp-d16"), cycles=_CYCLES_M4, manifest_names=("cortex-m4",)),
        # The M7 and the M55 issue two instructions at a time: their manuals give no cycles of single ones.
        _cortex_m("cortex-m7", _DSP, _arm("cortex-m7", "fpv5-d16"), guess=_GUESS_M7, manifest_names=("cortex-m7",)),
        _cortex_m("cortex-m33", _DSP, _arm("cortex-m33", "fpv5-sp-d16"), guess=_GUESS_M33, manifest_names=("cortex-m33",)),
        # GCC 12 takes constant masks of its own Helium vectors for all lanes: kernels/aot.h of the aot runtime, tests/pairs/.
        # Clang 14 makes gathers of plain loops, some of which it then cannot compile: it ends in "MVE gather/scatter lowering".
        _cortex_m("cortex-m55", _MVE, _arm("cortex-m55", "auto", "-fno-tree-vectorize"), guess=_GUESS_M55, manifest_names=("cortex-m55",)),
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
            guess=_GUESS_RV32,
            arduino_counter="esp",
            manifest_names=("esp32c6",),
        ),
        # Espressif's manifests name the part only.
        Core("xtensa-lx6", _XTENSA, _PORTABLE, _SOME_REGISTERS, arduino_counter="esp", manifest_names=("esp32",)),
        Core("xtensa-lx7", _XTENSA, _PORTABLE, _SOME_REGISTERS, arduino_counter="esp", manifest_names=("esp32s2", "esp32s3")),
        Core("rv32imc", _RISCV, _PORTABLE, _MANY_REGISTERS, guess=_GUESS_RV32, arduino_counter="esp", manifest_names=("esp32c3",)),
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
