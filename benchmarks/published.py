"""Published cycles of MLPerf Tiny's models beside ours, core by core: does the upper end of our band beat the best of them?

    .venv/bin/python -m benchmarks.published

Published: median time by the clock of the board (mlcommons/tiny_results_v1.0 to v1.3, closed division, single stream).  Ours: the count of
docs/performance.md's first table (`make bench`), by the band of the core (mcu_toolkit/boards/core_cycles.py).  Cores that run the kernels
for the DSP extension share the count on a Cortex-M4: the code is the same but for a few instructions.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.models import ROOT
from mcu_toolkit.boards.core_table import CORES
from mcu_toolkit.report.cycles import band_text

MODELS = ("kws", "vww", "ic", "ad")


@dataclass(frozen=True)
class Published:
    """One submission: M cycles of `MODELS`; None where it has none."""

    core: str
    board: str
    engine: str
    cycles: tuple[float | None, ...]


SUBMISSIONS = (
    Published("cortex-m4f", "STM32L4R5, 120 MHz", "X-CUBE-AI 10.2 (v1.3)", (5.21, 10.73, 19.88, 0.575)),
    Published("cortex-m4f", "STM32L4R5, 120 MHz", "Plumerai (v1.1)", (5.73, 11.85, 20.13, 0.486)),
    Published("cortex-m4f", "STM32L4R5, 120 MHz", "Bosch (v1.2)", (7.22, 21.66, 21.67, 0.700)),
    Published("cortex-m4f", "STM32L4R5, 120 MHz", "microTVM with CMSIS-NN (v1.0)", (11.98, 36.1, 46.8, 1.03)),
    Published("cortex-m33", "STM32U575, 160 MHz", "X-CUBE-AI 10.2 (v1.3)", (4.64, 9.48, 17.52, 0.514)),
    Published("cortex-m33", "STM32U575, 160 MHz", "Plumerai (v1.1)", (4.81, 9.52, 16.69, 0.588)),
    Published("cortex-m33", "nRF5340, 128 MHz", "microTVM with CMSIS-NN (v1.0)", (9.74, 29.7, 40.5, 0.802)),
    Published("cortex-m7", "STM32H7A3, 280 MHz", "X-CUBE-AI 9 (v1.2)", (3.17, 6.67, 11.44, 0.343)),
    Published("cortex-m7", "STM32H7A3, 280 MHz", "Plumerai (v1.1)", (3.88, 7.51, 14.26, 0.377)),
    Published("cortex-m7", "STM32H7A3, 280 MHz", "Bosch (v1.2)", (4.11, 12.25, 12.84, 0.381)),
    Published("cortex-m7", "STM32F746, 216 MHz", "Bosch (v1.2)", (4.10, 12.37, 13.5, None)),
    Published("cortex-m0plus", "STM32G0B1, 64 MHz", "Bosch (v1.2)", (30.4, 90.5, 97.4, 2.62)),
)
COUNTED_ON: Mapping[str, str] = MappingProxyType(
    {"cortex-m4f": "netduinoplus2", "cortex-m33": "netduinoplus2", "cortex-m7": "netduinoplus2", "cortex-m0plus": "microbit"}
)
"""The emulated board whose counts are taken for a core."""


def counts(board: str) -> dict[str, int]:
    """Cycles by the manual of each model on an emulated board, from the table of docs/performance.md."""
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^\| (\w+) \| {board} \| aot \| byte-equal \|(.*)\|$", text, re.MULTILINE)
    found = {model: cells.split("|")[3].strip() for model, cells in rows}
    return {model: int(count.replace(",", "")) for model, count in found.items() if count != "-"}


def table() -> Iterator[str]:
    """The lines of the table: what is published of each core, ours, and how far our upper end is from the best."""
    yield f"| core | engine, board | {' | '.join(MODELS)} |"
    yield f"|---|---|{'---|' * len(MODELS)}"
    for core in dict.fromkeys(one.core for one in SUBMISSIONS):
        theirs = [one for one in SUBMISSIONS if one.core == core]
        for one in theirs:
            yield _row(core, f"{one.engine}, {one.board}", ("-" if value is None else f"{value:g}" for value in one.cycles))
        bands = _ours(core)
        yield _row(
            core, f"**ours, {'calibrated' if _is_calibrated(core) else 'not calibrated'}**", (band_text(b) if b else "-" for b in bands)
        )
        best = [min(value for one in theirs if (value := one.cycles[place]) is not None) for place in range(len(MODELS))]
        ends = (f"{b[1] / 1e6 / least - 1:+.0%}" if b else "not counted" for b, least in zip(bands, best, strict=True))
        yield _row(core, "our upper end by the best", ends)


def _row(core: str, name: str, cells: Iterator[str]) -> str:
    return f"| {core} | {name} | {' | '.join(cells)} |"


def _is_calibrated(core: str) -> bool:
    model = CORES[core].cycles
    return model is not None and model.is_calibrated


def _ours(core: str) -> list[tuple[int, int] | None]:
    model, counted = CORES[core].cycles, counts(COUNTED_ON[core])
    assert model is not None
    least, most = model.band(None)
    return [(round(counted[name] * least), round(counted[name] * most)) if name in counted else None for name in MODELS]


def main() -> int:
    """Print the table."""
    print("\n".join(table()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
