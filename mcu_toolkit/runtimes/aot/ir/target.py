"""What the generated C is made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mcu_toolkit.boards import Board
from mcu_toolkit.boards.core_table import CORES, DEFAULT_PRODUCT_COSTS, INSTRUCTION_SETS

_ONE_PIXEL = MappingProxyType({1: 4.0, 4: 2.25})


@dataclass(frozen=True)
class Target:
    """The facts about a core that the choice of kernels depends on."""

    instruction_set: str = "portable"
    merge: bool = True
    """Whether operators may be done in one step (fuse.py); without, every tensor of the model is in memory once."""
    max_arena_bytes: int | None = None
    """Layers run as cascades (cascade/) until the arena is no larger; 0: as small as it gets; None: no cascades."""
    constants_section: str = ""
    """Linker section that keeps constants in flash where the linker script would copy them to RAM; empty: none is needed."""
    core: str = ""
    """As boards name it; the portable kernels block by its registers.  Empty: no core in particular."""
    im2col_pixels: int = 4
    """Pixels in the im2col buffer of portable convolutions (kernels/im2col.h), 4 or 1; 0: portable kernels use no scratch memory."""

    @property
    def instruction_sets(self) -> tuple[str, ...]:
        """Those whose kernels this core can run, the preferred one first."""
        return INSTRUCTION_SETS[self.instruction_set].variants

    @property
    def channel_costs(self) -> Mapping[int, float]:
        """Blocks of kernels/im2col.h that the registers hold: output channels at a time -> instructions per product, as its head counts."""
        if self.im2col_pixels == 1:
            return _ONE_PIXEL
        return CORES[self.core].product_costs if self.core else DEFAULT_PRODUCT_COSTS

    def of_the_same_code(self) -> Target:
        """One target for all whose compiled models are equal: cores with the same costs by the name of the first of them, no section."""
        alike = (name for name, core in CORES.items() if core.product_costs == self.channel_costs)
        core = self.core if self.im2col_pixels == 1 else next(alike, self.core)
        return replace(self, core=core, constants_section="")


def target_of(board: Board) -> Target:
    """The target that `board` is."""
    return Target(board.instruction_set, constants_section=board.constants_section, core=board.core)
