"""What a board is: frozen, strict data.  `boards/README.md` documents every key of the TOML files these come from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mcu_toolkit.boards.core import Core
from mcu_toolkit.boards.core_cycles import CycleBand, FlashTiming
from mcu_toolkit.boards.core_table import CORES, emulator_package
from mcu_toolkit.boards.emulator_table import EMULATOR_KINDS, EmulatorKind

TickUnit = Literal["instructions", "cycles", "us"]

SENSOR_KINDS = ("microphone", "accelerometer", "analog")
OWN_PLATFORM = "mcu_toolkit"
"""What PlatformIO calls our own development platform, pio_platform/."""
EMULATED_SENSOR = "emulated"
"""The driver of an emulated board's sensors: it plays a recording (docs/how-to/sensors.md)."""


@dataclass(frozen=True)
class MemoryRegion:
    """A memory the linker may fill."""

    origin: int
    length_bytes: int


@dataclass(frozen=True)
class Serial:
    """The port the firmware speaks on."""

    driver: str
    """The UART driver of the firmware platform: a file `uart_<driver>.c` in `firmware_templates/platforms/<platform>/`."""
    baud: int
    base_address: int = 0
    irq: int = -1
    """The interrupt's number in the NVIC, or -1 where the driver polls."""


@dataclass(frozen=True)
class Ticks:
    """The free-running counter that times an inference."""

    driver: str
    """A file `ticks_<driver>.c` in `firmware_templates/platforms/<platform>/`."""
    unit: TickUnit
    base_address: int = 0
    clock_hz: int = 0
    """Counts in a second of an emulated board's virtual time, where these are not the `unit` itself; else 0."""


@dataclass(frozen=True)
class Emulator:
    """How the board is emulated."""

    kind: Literal["qemu", "process", "rp2040js"]
    machine: str = ""
    program: str = ""
    """`qemu-system-arm`, `qemu-system-riscv32`, `node`; empty for kind `process`, which runs the firmware on this machine."""
    extra_arguments: tuple[str, ...] = ()
    icount_shift: int = 0
    """QEMU's `-icount shift=`: one instruction takes 2**shift ns of virtual time."""

    @property
    def facts(self) -> EmulatorKind:
        """The row of its kind in the table of emulators."""
        return EMULATOR_KINDS[self.kind]

    @property
    def debian_package(self) -> str:
        """What to install on Debian and Ubuntu for `program`."""
        return self.facts.debian_package or emulator_package(self.program)


@dataclass(frozen=True)
class Link:
    """Sizes of the protocol's buffers on the board (they are RAM)."""

    max_payload_bytes: int = 256
    window_frames: int = 2


@dataclass(frozen=True)
class PlatformIO:
    """The development platform and board as PlatformIO names them."""

    platform: str
    """`mcu_toolkit` for our own platform (shipped with the project), else a registry specification with a version."""
    board: str
    framework: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_own(self) -> bool:
        """True for our own platform."""
        return self.platform == OWN_PLATFORM


@dataclass(frozen=True)
class Sensors:
    """Sensors that firmware of the board can read: each the name of a driver, or empty.

    A file `firmware_templates/sensors/drivers/<kind>_<driver>.cpp`.
    """

    accelerometer: str = ""
    microphone: str = ""
    analog: str = ""


@dataclass(frozen=True)
class CoreShare:
    """What a vendor's framework takes beside our firmware: a figure that was published, dated."""

    flash_bytes: int
    ram_bytes: int
    source: str
    """Where it comes from, with version and date."""


@dataclass(frozen=True)
class Board:
    """One board, checked when loaded."""

    id: str
    name: str
    vendor: str
    url: str
    mcu: str
    core: str
    """A name in core_table.CORES."""
    instruction_set: str
    """A name in core_table.INSTRUCTION_SETS that the core has."""
    clock_hz: int
    flash: MemoryRegion
    ram: MemoryRegion
    stack_bytes: int
    firmware_platform: str
    """Folder below `firmware_templates/platforms/`."""
    platformio: PlatformIO
    serial: Serial
    ticks: Ticks
    default_runtime: str
    emulator: Emulator | None = None
    chip: str = ""
    """Folder below `chips/` of the firmware platform: clocks, pins and what the chip's boot ROM asks for; empty: none of it is needed."""
    link: Link = Link()
    tflm_library: str = ""
    """PlatformIO specification of the TensorFlow Lite Micro library for this board; empty: the toolkit's default."""
    constants_section: str = ""
    """Linker section that keeps constants in flash where the linker script would copy them to RAM; empty: none is needed."""
    flash_timing: FlashTiming | None = None
    """None: unknown."""
    sensors: Sensors = Sensors()
    usb_ids: tuple[str, ...] = ()
    """`2341:805a` (vendor:product) of the serial port, where it identifies this board."""
    trigger_pin: int = -1
    """Pin that is high while an inference runs, for a scope or a power analyser; negative: none."""
    reset: Literal["", "dtr", "rts", "touch-1200"] = ""
    """How the host restarts a real board through its port; empty: not at all."""
    program_bytes: int = 0
    """What a program may take of the flash, where a partition table leaves it less than all; 0: all of it."""
    core_share: CoreShare | None = None
    """Of the vendor's framework; None: unknown."""
    sources: tuple[str, ...] = ()
    """Where the facts come from: datasheet and page."""
    notes: str = ""

    @property
    def program_flash_bytes(self) -> int:
        """The most that an image may take."""
        return self.program_bytes or self.flash.length_bytes

    @property
    def core_facts(self) -> Core:
        """The core's row of the table; raises KeyError for a core that has none, which no loaded board has."""
        return CORES[self.core]

    @property
    def cycle_band(self) -> CycleBand | None:
        """How many cycles the board takes by the count of its core's model; None for a core without one."""
        model = self.core_facts.cycles
        return None if model is None else CycleBand(*model.band(self.flash_timing), self.clock_hz, model.is_calibrated)

    @property
    def estimates_cycles(self) -> bool:
        """True where the board's counter counts cycles that an emulator takes from the core's manual: no silicon, no wait states."""
        return self.emulator is not None and self.ticks.unit == "cycles"

    @property
    def core_family(self) -> str:
        """What start-up code and registers of the core depend on: the name of its family in the table."""
        return self.core_facts.family.name

    @property
    def ticks_per_count(self) -> Fraction:
        """How many of `ticks.unit` one count of the counter is; not 1 only where an emulated counter runs faster."""
        if self.ticks.clock_hz == 0 or self.emulator is None:
            return Fraction(1)
        return Fraction(10**9, self.ticks.clock_hz << self.emulator.icount_shift)

    def sensor_driver(self, kind: str) -> str:
        """The driver of a sensor, `kind` being one of SENSOR_KINDS; empty where the board has none.

        An emulated board has every kind, if its emulator plays recordings.
        """
        named: str = getattr(self.sensors, kind)
        return named or (EMULATED_SENSOR if self.plays_recordings else "")

    @property
    def plays_recordings(self) -> bool:
        """True where sensors play a recording, as the emulator lets firmware read a file of this machine."""
        return self.emulator is not None and self.emulator.facts.plays_recordings

    @property
    def is_emulated(self) -> bool:
        """True where no hardware is involved."""
        return self.emulator is not None
