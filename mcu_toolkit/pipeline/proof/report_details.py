"""What a report contains beside the verdict: distances, the contingency table, durations, memory left on the board."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.boards import Board
from mcu_toolkit.model import Model
from mcu_toolkit.report import Cross, Durations, Report, Watermarks
from mcu_toolkit.runners import roles
from mcu_toolkit.validate import classes, compare, dequantize, metrics, quantize_outputs

LABELS = roles.LABELS


def with_distances(report: Report, results: Mapping[str, RunResult], model: Model, vectors: Vectors) -> Report:
    """`report` with the distance of every runner from the golden one and the table of every runner against every other.

    `results` are by runner name; that of the float model holds real values.
    """
    ordered = [results[name] for name in roles.nearest_to_the_board() if name in results]
    golden = results[report.golden]
    first = {result.runner: _real(result, model) for result in ordered}
    distances = {name: metrics(first[golden.runner], values) for name, values in first.items() if name != golden.runner}
    return dataclasses.replace(report, metrics=distances, cross=tuple(_cross(ordered, first, model, vectors.labels)))


def _real(result: RunResult, model: Model) -> npt.NDArray[Any]:
    """The first output in real values [samples, ...]."""
    output = result.outputs[0]
    return output if result.runner == roles.FLOAT or output.dtype.kind == "f" else dequantize(output, model.outputs[0])


def _cross(
    ordered: Sequence[RunResult], first: Mapping[str, npt.NDArray[Any]], model: Model, labels: npt.NDArray[np.int64] | None
) -> list[Cross]:
    """Each pair of runners, and each runner with the labels."""
    is_classifier = len(model.outputs) == 1 and first[ordered[0].runner].reshape(len(first[ordered[0].runner]), -1).shape[1] > 1
    found = {name: classes(values) for name, values in first.items()} if is_classifier else {}
    rows = []
    for a, b in itertools.combinations(ordered, 2):
        pair = compare(*(quantize_outputs(one, model) if one.runner == roles.FLOAT else one for one in (a, b)))
        share = float(np.mean(found[a.runner] == found[b.runner])) if found else None
        rows.append(Cross(a.runner, b.runner, share, pair.level, pair.max_lsb))
    if labels is not None and found:
        rows += [Cross(one.runner, LABELS, float(np.mean(found[one.runner] == labels)), None, None) for one in ordered]
    return rows


def with_board_facts(report: Report, result: RunResult, board: Board) -> Report:
    """`report` with how long the inferences took, and how much of stack, arena, RAM and flash was used and is left."""
    reported, arena = result.device, result.arena
    has_watermark = reported is not None and reported.stack_reserved_bytes > 0
    footprint = report.footprint
    ram = None if footprint is None else board.ram.length_bytes - board.stack_bytes - footprint.ram_bytes
    flash = None if footprint is None else board.flash.length_bytes - footprint.flash_bytes
    marks = Watermarks(
        stack_reserved_bytes=reported.stack_reserved_bytes if reported is not None and has_watermark else None,
        stack_used_bytes=reported.stack_used_bytes if reported is not None and has_watermark else None,
        arena_bytes=None if arena is None else arena.reserved_bytes,
        arena_used_bytes=None if arena is None else arena.used_bytes,
        ram_left_bytes=ram,
        flash_left_bytes=flash,
    )
    clock_hz = None if reported is None else reported.clock_hz or None
    report = dataclasses.replace(report, durations=_durations(result), watermarks=marks, clock_hz=clock_hz)
    return dataclasses.replace(report, unknown=_unknown(report, marks, result))


def _unknown(report: Report, marks: Watermarks, result: RunResult) -> dict[str, str]:
    """What is missing in the report of a run on a board, and why."""
    no_image = "the image on the board is not at hand: mcu verify PROJECT, of the project that was flashed"
    broken_off = "the run broke off before the board was asked"
    not_timed = "the board has no counter that works"
    if result.device is not None and result.device.observed:
        not_timed = "the tensor observer's work is part of what an inference takes: see the layers, or verify without --per-layer"
    reasons = {
        "stack": (marks.stack_used_bytes, broken_off if result.device is None else "this board's core has no watermark"),
        "arena": (marks.arena_used_bytes, broken_off),
        "RAM left": (marks.ram_left_bytes, no_image),
        "flash left": (marks.flash_left_bytes, no_image),
        "clock": (report.clock_hz, broken_off if result.device is None else "the board says none"),
        "durations": (report.durations, not_timed),
    }
    return {name: why for name, (value, why) in reasons.items() if value is None}


def _durations(result: RunResult) -> Durations | None:
    """Nearest-rank percentiles: every figure is a duration that was measured."""
    if result.ticks is None or not len(result.ticks):
        return None
    ordered = sorted(int(tick) for tick in result.ticks)

    def rank(percent: int) -> int:
        return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]

    return Durations(result.tick_unit, len(ordered), ordered[0], rank(50), rank(95), rank(99), ordered[-1])
