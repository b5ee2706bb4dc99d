"""What the generated C is made for."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.boards import Board
from mcu_toolkit.boards.board import InstructionSet


@dataclass(frozen=True)
class Target:
    """The facts about a core that the choice of kernels depends on."""

    instruction_set: InstructionSet = "portable"
    merge: bool = True
    """Whether operators may be done in one step (fusing.py); without, every tensor of the model is in memory once."""
    constants_section: str = ""
    """Linker section that keeps constants in flash where the linker script would copy them to RAM; empty: none is needed."""

    @property
    def variants(self) -> tuple[InstructionSet, ...]:
        """Kernel variants this core can run, the preferred one first."""
        if self.instruction_set == "mve":
            return ("mve", "dsp", "portable")
        return ("dsp", "portable") if self.instruction_set == "dsp" else ("portable",)


def target_of(board: Board) -> Target:
    """The target that `board` is."""
    return Target(board.instruction_set, constants_section=board.constants_section)
