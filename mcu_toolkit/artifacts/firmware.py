"""Firmware: the generated project and the built image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Memory = Literal["flash", "ram"]


@dataclass(frozen=True)
class FirmwareProject:
    """A generated PlatformIO project on disk."""

    folder: Path
    board_id: str
    runtime: str
    model_names: tuple[str, ...]
    model_sha256s: tuple[str, ...]
    has_application: bool = False
    """The user's own code is in it: src/app.c."""


@dataclass(frozen=True)
class Footprint:
    """Bytes of a linked image, read from its ELF file.

    flash = code + weights + the initial values of .data; ram = .data + .bss without the stack.
    """

    flash_bytes: int
    ram_bytes: int
    code_bytes: int
    """Everything in flash but the weights: kernels, glue, libc, tables."""
    weights_bytes: int
    """Constants of the model: weights, biases, per-channel multipliers."""
    data_bytes: int
    bss_bytes: int
    arena_bytes: int


@dataclass(frozen=True)
class FirmwareImage:
    """A built image: the ELF file, its hash and its size."""

    elf: Path
    sha256: str
    footprint: Footprint


@dataclass(frozen=True)
class ImagePart:
    """A piece of a linked image."""

    memory: Memory
    group: str
    """`weights`, `kernels`, `model code`, `runtime`, `libc`, `arena`, `stack` or `other`."""
    name: str
    size_bytes: int
