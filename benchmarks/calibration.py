"""How far estimated cycles are from silicon, core by core: each pair beside the band of the others.

    .venv/bin/python -m benchmarks.calibration [--extremes MODEL.tflite ...]

A pair is one program that was counted here and timed on silicon in public (mcu_toolkit/boards/core_cycles.py).  Each is left out once:
its ratio of measured to estimated cycles should lie in the band of the others, and the last column says by how much it does not.  Cores
without pairs are listed with the extremes of their manuals.  `--extremes` counts models on an emulated Cortex-M3 by the least and by the
most cycles that its manual allows, and on a Cortex-M0 by the costs of a Cortex-M0+: where the bands of these cores come from.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from mcu_toolkit.boards.core_cycles import CYCLES_M0PLUS, M3_EXTREMES, WAITS, CalibrationPair, CycleModel, InstructionCosts, band_of
from mcu_toolkit.boards.core_table import CORES
from mcu_toolkit.boards.load import load_board
from mcu_toolkit.execution_counts import estimate_by, total
from mcu_toolkit.firmware import load_project
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.profiling.counting import trace_inference
from mcu_toolkit.pipeline.proof import device
from mcu_toolkit.pipeline.proof.job import JobRequest, open_job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.system.files import temporary_folder


def outside(pair: CalibrationPair, others: tuple[CalibrationPair, ...]) -> float:
    """By what share of itself the ratio of `pair` is below (negative) or above the band of `others`; 0 within."""
    least, most = band_of(others)
    return min(0.0, pair.ratio / least - 1) + max(0.0, pair.ratio / most - 1)


def pair_rows() -> Iterator[str]:
    """The table of pairs, as docs/performance.md has it."""
    yield "| core | model | on | estimated, M | measured, M | ratio | band of the others | outside by |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, model in _models():
        for pair in model.pairs:
            others = tuple(one for one in model.pairs if one is not pair)
            least, most = band_of(others)
            figures = f"{pair.estimated_cycles / 1e6:.3f} | {pair.measured_cycles / 1e6:.3f} | {pair.ratio:.3f}"
            band = f"{least:.3f} to {most:.3f} | {outside(pair, others):+.1%}"
            yield f"| {name} | {pair.model} | {pair.board}: {pair.measured_in} | {figures} | {band} |"


def core_rows() -> Iterator[str]:
    """The bands of all cores, behind flash with a cache."""
    yield "| core | cycles by the count | calibrated | from |"
    yield "|---|---|---|---|"
    for name, model in _models():
        least, most = model.band(None)
        if model.is_calibrated:
            yield f"| {name} | {least:.2f} to {most:.2f} | yes | {len(model.pairs)} pairs |"
        else:
            yield f"| {name} | {least:.2f} to {most:.2f} | no | {model.why}; the upper end {WAITS:.2f} times that for waits |"


def _models() -> Iterator[tuple[str, CycleModel]]:
    """Every core with a model; cores that share one stand in one row."""
    names: dict[int, list[str]] = {}
    for core in CORES.values():
        if core.cycles is not None:
            names.setdefault(id(core.cycles), []).append(core.name)
    by_id = {id(core.cycles): core.cycles for core in CORES.values() if core.cycles is not None}
    for key, found in names.items():
        yield ", ".join(found), by_id[key]


def counted(path: Path, board_id: str, costs: Sequence[InstructionCosts | None]) -> list[float]:
    """Cycles of one inference of the model on an emulated board, by the costs of its core (None) and by others."""
    board = load_board(board_id)
    own = None if board.core_facts.cycles is None else board.core_facts.cycles.instructions
    with temporary_folder() as folder:
        job = open_job(JobRequest(path, board_id, "aot", random=1, output=folder / "out"))
        deploy(job, Silent())
        project = load_project(device.project_folder(job.output))
        trace, listing = trace_inference(project, board, job.model, job.vectors, Silent())
    works = [total(estimate_by(trace, listing, costs_of or own)) for costs_of in costs]
    return [work.cycles or 0.0 for work in works]


def extreme_rows(paths: Sequence[Path]) -> Iterator[str]:
    """The share of the usual count that the extremes of the Cortex-M3 and the costs of the Cortex-M0+ come to, by model."""
    yield "| model | M3 least | M3 most | M0+ by M0 |"
    yield "|---|---|---|---|"
    for path in paths:
        usual, least, most = counted(path, "mps2-an385", (None, *M3_EXTREMES))
        m0, m0plus = counted(path, "microbit", (None, CYCLES_M0PLUS.instructions))
        yield f"| {path.stem} | {least / usual:.3f} | {most / usual:.3f} | {m0plus / m0:.3f} |"


def main(words: Sequence[str]) -> int:
    """Print the tables; returns an exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.calibration", description="Estimated cycles beside silicon.")
    parser.add_argument("--extremes", nargs="+", type=Path, metavar="MODEL", help="count these on a Cortex-M3 and a Cortex-M0 instead")
    chosen = parser.parse_args(words).extremes
    rows = extreme_rows(chosen) if chosen else (*pair_rows(), "", *core_rows())
    for row in rows:
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
