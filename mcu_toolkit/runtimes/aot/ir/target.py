"""What the generated C is made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mcu_toolkit.boards import Board
from mcu_toolkit.boards.board import InstructionSet

_ONE_PIXEL = MappingProxyType({1: 4.0, 4: 2.25})
_FEW_REGISTERS = MappingProxyType({1: 3.5})
_SOME_REGISTERS = MappingProxyType({1: 2.25, 2: 1.75})
_MANY_REGISTERS = MappingProxyType({1: 3.25, 2: 2.75, 4: 2.5})


@dataclass(frozen=True)
class Target:
    """The facts about a core that the choice of kernels depends on."""

    instruction_set: InstructionSet = "portable"
    merge: bool = True
    """Whether operators may be done in one step (fusing.py); without, every tensor of the model is in memory once."""
    little_scratch: bool = False
    """Of the kernels of an instruction set those that need little memory beside their tensors, where they are slower for it."""
    max_arena_bytes: int | None = None
    """Layers are done by rows (row_groups/) until the arena is no larger; 0: as small as it gets; None: they are not."""
    constants_section: str = ""
    """Linker section that keeps constants in flash where the linker script would copy them to RAM; empty: none is needed."""
    core: str = ""
    """As boards name it; the portable kernels block by its registers."""
    tile_pixels: int = 4
    """Pixels in a tile of the portable convolutions (kernels/tile.h), 4 or 1; 0: portable kernels do without scratch memory."""

    @property
    def variants(self) -> tuple[InstructionSet, ...]:
        """Kernel variants this core can run, the preferred one first."""
        if self.instruction_set == "mve":
            return ("mve", "dsp", "portable")
        return ("dsp", "portable") if self.instruction_set == "dsp" else ("portable",)

    @property
    def channel_costs(self) -> Mapping[int, float]:
        """Blocks of kernels/tile.h that the registers hold: output channels at a time -> instructions a product, as its head counts."""
        if self.tile_pixels == 1:
            return _ONE_PIXEL
        if self.core in {"cortex-m0", "cortex-m0plus"}:
            return _FEW_REGISTERS
        return _MANY_REGISTERS if self.core.startswith("rv32") else _SOME_REGISTERS


def target_of(board: Board) -> Target:
    """The target that `board` is."""
    return Target(board.instruction_set, constants_section=board.constants_section, core=board.core)
