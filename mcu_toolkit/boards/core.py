"""What a processor core and an instruction set are: frozen records.  Their one table is core_table.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mcu_toolkit.boards.core_cycles import CycleModel

PORTABLE = "portable"
"""The instruction set of kernels in plain C, which every core runs."""


@dataclass(frozen=True)
class InstructionSet:
    """Instructions that kernels may use beyond plain C, and what kernels written with them cost."""

    name: str
    """As in `instruction_set` of a board's file, and of the operators and kernels that are written for it."""
    variants: tuple[str, ...]
    """Names of the instruction sets whose kernels a core with this one runs, the preferred first; `portable` is the last."""
    instructions_per_mac: float
    """Of a convolution.  Roughly, as whole layers on emulated cores take them (docs/performance.md): for choosing among cascades."""
    depthwise_instructions_per_mac: float
    """The same of a depthwise convolution."""
    arena_share_of_tflm: float | None = None
    """Layers run as cascades until the arena is no larger than this share of TFLM's; None: no cascades, unless asked for."""


@dataclass(frozen=True)
class Family:
    """Cores that share start-up code, an ELF machine, an emulator and the way they tell faults."""

    name: str
    """Of the folders `firmware_templates/cores/<name>/` and `firmware_templates/platforms/<platform>/<name>/`, where there are such."""
    qemu_targets: tuple[str, ...] = ()
    """QEMU's programs for it, by the end of their names, `qemu-system-<target>`; the usual one first."""
    emulator: str = ""
    """The emulator of the shipped boards, which a board's file may name without being trusted; empty where none is emulated."""
    emulator_package: str = ""
    """What to install on Debian and Ubuntu for it."""
    elf_machine: int = 0
    """`e_machine` of an image; 0: the machine that builds it."""
    elf_machine_name: str = ""
    tflm_kernels: str = ""
    """The library of optimized kernels in TensorFlow Lite Micro that only this family can compile: `CMSIS-NN`, `ESP-NN`."""
    call_instruction: str = ""
    """The mnemonic of a direct call."""
    faults: Mapping[int, str] = field(default_factory=dict)
    """Names of faults by the number in the protocol's FAULT event."""
    fault_status: str = "status"
    """The register whose value the FAULT event has beside that number."""
    fault_reasons: Mapping[int, str] = field(default_factory=dict)
    """What a bit of that register says, by its number."""


@dataclass(frozen=True)
class Compiler:
    """How to compile and link for a core on our own PlatformIO platform; boards of other platforms bring theirs."""

    tool_prefix: str
    """Prefix of gcc, objcopy and size: `arm-none-eabi-`; empty for this machine's own compiler."""
    flags: tuple[str, ...] = ()
    """For the compiler and the linker, which picks its libgcc and libc by them; a shell reads them, so plain words only."""
    link_flags: tuple[str, ...] = ()
    registry_package: str = ""
    """The package of PlatformIO's registry that has the compiler, where it is not on PATH; platform.json of our platform lists it."""
    debian_packages: tuple[str, ...] = ()
    """What to install on Debian and Ubuntu instead."""
    library_file: str = ""
    """A file of the C library, which Debian packages apart from the compiler: `gcc -print-file-name` finds it if it is there."""
    cpp_packages: tuple[str, ...] = ()
    """Where Debian has the C++ library, which TensorFlow Lite Micro needs; empty where it has none for this core."""

    @property
    def program(self) -> str:
        """The compiler's name on PATH."""
        return f"{self.tool_prefix}gcc"


@dataclass(frozen=True)
class Core:
    """One processor core, as boards name it."""

    name: str
    family: Family
    instruction_set: InstructionSet
    """The widest one it has: that of a new board; a board's file may name any of its variants."""
    product_costs: Mapping[int, float]
    """Blocks of the portable convolutions (kernels/im2col.h) that its registers hold: output channels at a time -> instructions a
    product."""
    compiler: Compiler | None = None
    """None: our own platform does not build for it, a vendor's framework does."""
    cycles: CycleModel | None = None
    """None: cycles are not estimated; nothing is known of the core."""
    arduino_counter: str = "micros"
    """What times inferences on Arduino boards: `ticks_<name>.c` of that platform; all but `micros` count cycles."""
    manifest_names: tuple[str, ...] = ()
    """`cpu` of PlatformIO's board manifests, or `mcu` where these name no core."""

    @property
    def is_host(self) -> bool:
        """True for this machine, where firmware is a program: its addresses and memories are the system's."""
        return self.family.name == "host"
