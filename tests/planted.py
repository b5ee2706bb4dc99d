"""Faults planted in the image that an emulated board runs: single bits of constants, by the name of their symbol."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from elftools.elf.elffile import ELFFile

from mcu_toolkit.device import Emulator
from mcu_toolkit.model import Model, Tensor


@dataclass(frozen=True)
class Place:
    """An array of constants in an image."""

    symbol: str
    file_offset: int
    size_bytes: int
    bits: int = 0xFF
    """Which bits of each byte are meant."""


def constants_of(elf: Path, marker: str) -> tuple[Place, ...]:
    """Every object of the image with `marker` in its name that lies in the file."""
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        segments = [segment for segment in image.iter_segments() if segment["p_type"] == "PT_LOAD"]
        places = []
        for symbol in image.get_section_by_name(".symtab").iter_symbols():
            if marker not in symbol.name or symbol["st_size"] == 0:
                continue
            for segment in segments:
                offset = symbol["st_value"] - segment["p_vaddr"]
                if 0 <= offset < segment["p_filesz"]:
                    places.append(Place(symbol.name, segment["p_offset"] + offset, symbol["st_size"]))
                    break
    return tuple(sorted(places, key=lambda place: place.symbol))


def flips_without_effect(model: Model, weights: Tensor, mask: int, samples: npt.NDArray[np.int8]) -> list[int]:
    """The indices of the bytes of `weights` that can be flipped by `mask` without a change in TFLM's outputs for `samples`.

    Whoever plants a fault in an image and expects it to be found proves with this that it can be.
    """
    from tflite_micro.python.tflite_micro import runtime

    def outputs(content: bytes) -> list[bytes]:
        interpreter = runtime.Interpreter.from_bytes(content)
        found = []
        for sample in samples:
            interpreter.set_input(sample[np.newaxis], 0)
            interpreter.invoke()
            found.append(interpreter.get_output(0).tobytes())
        return found

    assert weights.data is not None
    stored = weights.data.tobytes()
    assert model.content.count(stored) == 1, "which bytes of the file are the weights?"
    start, good = model.content.find(stored), outputs(model.content)
    unchanged = []
    for index in range(len(stored)):
        damaged = bytearray(model.content)
        damaged[start + index] ^= mask
        if outputs(bytes(damaged)) == good:
            unchanged.append(index)
    return unchanged


class FlashedImage:
    """The image a running emulator starts from; `plant` damages it, `heal` makes it as it was."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.path = next(path for path in sorted(emulator.folder.iterdir()) if path.suffix == ".elf")
        self._sound = self.path.read_bytes()

    def plant(self, file_offset: int, mask: int) -> None:
        """Flip the bits `mask` of one byte, and restart the board."""
        content = bytearray(self._sound)
        content[file_offset] ^= mask
        self.path.write_bytes(content)
        self._emulator.reset()

    def overwrite(self, file_offset: int, data: bytes) -> None:
        """Put other bytes in place, and restart the board."""
        self.path.write_bytes(self._sound[:file_offset] + data + self._sound[file_offset + len(data) :])
        self._emulator.reset()

    def heal(self) -> None:
        """Start the sound image."""
        self.path.write_bytes(self._sound)
        self._emulator.reset()


def draw(pick: random.Random, places: tuple[Place, ...]) -> tuple[Place, int, int]:
    """A place, the file offset of one of its bytes, and one bit of it."""
    place = pick.choice(places)
    bits = [1 << number for number in range(8) if place.bits >> number & 1]
    return place, place.file_offset + pick.randrange(place.size_bytes), pick.choice(bits)
