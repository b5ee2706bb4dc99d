"""The one table of emulators.  A new one is a row here and one in pio_platform/mcu_toolkit/emulator/kinds.py, which starts it.

What an emulator can do beside running firmware is asked of its row, never of its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class NodePackage:
    """A package of npm's registry that is fetched when it is first needed, and never part of the repository."""

    name: str
    version: str
    integrity: str
    """Of its archive, as npm writes it: `sha512-` and base64."""
    licence: str

    @property
    def folder(self) -> str:
        """Its folder in the toolkit's cache."""
        return f"{self.name}-{self.version}"


@dataclass(frozen=True)
class EmulatorKind:
    """What boards with `emulator.kind` of this name have in common."""

    name: str
    program: str = ""
    """What runs it and needs no trust; empty: each family of cores has a program of its own (core_table.py), or none is needed."""
    debian_package: str = ""
    """What to install on Debian and Ubuntu for `program`."""
    names_machine: bool = False
    """A board's file says which of the emulator's machines it is."""
    runs_on_host: bool = False
    """The firmware is a program of this machine."""
    has_plugins: bool = False
    """What an inference executes can be counted in the firmware that ships, by QEMU's plugin (execution_counts/)."""
    plays_recordings: bool = False
    """A sensor of the firmware can read a file of this machine (firmware_templates/sensors/emulated/)."""
    package: NodePackage | None = None
    """What `program` runs, where it is Node."""

    @property
    def needs_program(self) -> bool:
        """True where something beside the firmware itself is started."""
        return not self.runs_on_host


_QEMU = EmulatorKind("qemu", names_machine=True, has_plugins=True, plays_recordings=True)
_PROCESS = EmulatorKind("process", runs_on_host=True, plays_recordings=True)
_RP2040JS = EmulatorKind(
    "rp2040js",
    program="node",
    debian_package="nodejs",
    package=NodePackage(
        "rp2040js",
        "1.4.1",
        "sha512-Yzr5xG7ZwbtA50IYAU1k/oSoSyDAhPtT5qC/Q2eFApoLuAYE8DQbPIMPs/0kh4Ietd4P0OpKk3CIkfNqjcr56g==",
        "MIT",
    ),
)

EMULATOR_KINDS: Mapping[str, EmulatorKind] = MappingProxyType({kind.name: kind for kind in (_QEMU, _PROCESS, _RP2040JS)})
"""By the name that `emulator.kind` of a board's file has."""
