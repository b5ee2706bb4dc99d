"""What is asked of `mcu fit` and what it says: the models of a firmware, and what they take on a board with a runtime."""

from __future__ import annotations

from dataclasses import dataclass, field

from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection.room import Verdict
from mcu_toolkit.system.records import OPTIONAL
from mcu_toolkit.units import format_bytes


@dataclass(frozen=True)
class Subject:
    """The models of one firmware."""

    models: tuple[Model, ...]

    @property
    def name(self) -> str:
        """`a`, or `a + b` where there are several."""
        return " + ".join(model.name for model in self.models)

    @property
    def title(self) -> str:
        """Its name and the size of its files."""
        size = format_bytes(sum(len(model.content) for model in self.models))
        return f"{self.name}, {size}" + (f" in {len(self.models)} files, one firmware" if len(self.models) > 1 else "")


@dataclass(frozen=True)
class FitModel:
    """A model that was asked about."""

    name: str
    sha256: str


@dataclass(frozen=True)
class FitRow:
    """The models of a firmware on a board with a runtime."""

    board: str
    runtime: str
    verdict: Verdict
    flash_bytes: int | None
    """None where the runtime refuses the model.  On boards with an Arduino core this and RAM are our firmware's part."""
    ram_bytes: int | None
    """Without the stack."""
    arena_bytes: int | None
    stack_bytes: int | None
    cycles: tuple[int, int] | None
    """The least and the most of one inference, of several models of one of each; None where the core's cycles are not known."""
    why: tuple[str, ...]
    would_fit: tuple[str, ...]
    model: str | None = field(default=None, metadata=OPTIONAL)
    """Where several were asked about."""
    together: tuple[str, ...] | None = field(default=None, metadata=OPTIONAL)
    """The models, where several share the firmware."""
