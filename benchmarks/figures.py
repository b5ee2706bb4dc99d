"""What is measured of a model on a board, and how it is kept."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.report import Report
from mcu_toolkit.system.files import make_folder, write_text


@dataclass(frozen=True)
class Figures:
    """One row.  Numbers are None where it was not measured; `why` then says why."""

    model: str
    board: str
    runtime: str
    parity: str = ""
    instructions: int | None = None
    macs: int | None = None
    cycles: int | None = None
    code_bytes: int | None = None
    weights_bytes: int | None = None
    arena_bytes: int | None = None
    ram_bytes: int | None = None
    """.data + .bss + the stack's high-water mark."""
    stack_bytes: int | None = None
    model_code_bytes: int | None = None
    """Of `code_bytes` what the model alone needs: benchmarks/model_code.py.  Ours only."""
    why: str = ""
    is_failure: bool = False
    """A tool or the board failed: nothing is known."""

    @classmethod
    def of(cls, place: tuple[str, str, str], report: Report) -> Figures:
        """The figures of one report."""
        size = report.footprint
        assert size is not None
        device = next(comparison for comparison in report.comparisons if comparison.a == "device")
        stack_bytes = report.stack_bytes or 0
        return cls(
            *place,
            parity=device.level.value,
            instructions=report.instructions,
            macs=report.macs,
            cycles=report.estimated_cycles,
            code_bytes=size.code_bytes,
            weights_bytes=size.weights_bytes,
            arena_bytes=size.arena_bytes,
            ram_bytes=size.ram_bytes + stack_bytes,
            stack_bytes=stack_bytes,
        )

    @classmethod
    def refused(cls, place: tuple[str, str, str], why: str) -> Figures:
        """It does not fit the board, or the runtime cannot run it."""
        return cls(*place, why=why.strip().splitlines()[0])

    @classmethod
    def failed(cls, place: tuple[str, str, str], why: str) -> Figures:
        """A tool or the board failed."""
        return cls(*place, why=why.strip().splitlines()[0], is_failure=True)

    @property
    def is_well(self) -> bool:
        """Byte-equal, or refused with a reason."""
        return self.parity == "byte-equal" or (self.why != "" and not self.is_failure)

    def line(self) -> str:
        """For the terminal."""
        numbers = f"{self.instructions or 0:,} instructions, RAM {self.ram_bytes or 0:,}, code {self.code_bytes or 0:,}: {self.parity}"
        return f"{self.model} {self.board} {self.runtime}: {self.why or numbers}"


def kept_figures(path: Path, key: str) -> Figures | None:
    """What was measured under the same key, if it was."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Figures(**record["figures"]) if record["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_figures(path: Path, key: str, figures: Figures) -> None:
    """Write them down."""
    make_folder(path.parent)
    write_text(path, json.dumps({"key": key, "figures": dataclasses.asdict(figures)}, indent=2) + "\n")
