"""A model over a stream: scores over time, decisions, and what other thresholds would have cost."""

from __future__ import annotations

from collections.abc import Iterator

from mcu_toolkit.artifacts.stream_scores import StreamJudgement
from mcu_toolkit.report.page.blocks import Block, Chart, Facts, Note, Section, Series, Table
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.page.stream import StreamRun
from mcu_toolkit.report.page.words import NONE, share

_MOST_POINTS = 600
"""Of a curve: the largest of the scores in between is shown."""
_MOST_CLASSES = 12
_MOST_DECISIONS = 200


def section(run: Run) -> Section:
    """What `mcu stream` found."""
    stream = run.stream
    assert stream is not None
    blocks: list[Block] = [Facts(tuple(_facts(stream)))]
    blocks += _comparisons(run)
    if stream.scores:
        blocks.append(_scores(stream))
    if stream.judged is not None:
        blocks += _judged(stream.judged)
    blocks.append(_decisions(stream))
    return Section("stream", "Scores and decisions", "A model over continuous sound, and what is decided from it.", tuple(blocks))


def _facts(stream: StreamRun) -> Iterator[tuple[str, str]]:
    rule = stream.rule
    yield "decided by", stream.runner
    yield "sounds", f"{len(stream.sounds):,}, {sum(one.duration_s for one in stream.sounds) / 3600:.3f} h"
    yield "inferences", f"{sum(one.inferences for one in stream.sounds):,}"
    yield "mean of", f"{rule.average_over:,} scores"
    yield "inferences without a decision after one", f"{rule.refractory:,}"
    yield "classes that are decided", ", ".join(stream.classes[one.index] for one in rule.classes[:_MOST_CLASSES])


def _comparisons(run: Run) -> Iterator[Block]:
    for one in run.comparisons:
        if one.differing_bytes:
            text = f"{one.a} differs from {one.b} in {one.differing_samples:,} of {one.samples:,} inferences, by up to {one.max_lsb} LSB."
            yield Note(text, "bad")
        else:
            yield Note(f"{one.a} and {one.b} are byte-equal in {one.samples:,} inferences.", "good")


def _scores(stream: StreamRun) -> Chart:
    """The first sound, each point the largest score of a piece."""
    per_point = -(-len(stream.scores) // _MOST_POINTS)
    first = stream.sounds[0] if stream.sounds else None
    step_s = first.duration_s / first.inferences if first is not None and first.inferences else 1.0
    series = []
    for index, name in enumerate(stream.classes[:_MOST_CLASSES]):
        values = [row[index] for row in stream.scores]
        pieces = [values[at : at + per_point] for at in range(0, len(values), per_point)]
        series.append(Series(name, tuple((number * per_point * step_s, max(piece)) for number, piece in enumerate(pieces))))
    return Chart("lines", "Scores over time", "seconds", "score", tuple(series))


def _judged(judged: StreamJudgement) -> Iterator[Block]:
    delay = NONE if judged.median_delay_s is None else f"{judged.median_delay_s:+.2f} s from the end of a label"
    yield Facts(
        (
            ("miss rate", f"{share(judged.miss_rate)} ({judged.events - judged.detected:,} of {judged.events:,})"),
            ("false alarms per hour", f"{judged.false_alarms_per_hour:.2f} ({judged.false_alarms:,} in {judged.hours:.3f} h)"),
            ("median delay", delay),
            ("a decision counts", f"from the start of its label to {judged.tolerance_s:g} s after its end"),
        )
    )
    rows = tuple(
        (one.label, f"{one.events:,}", f"{one.detected:,}", share(one.miss_rate), f"{one.false_alarms:,}") for one in judged.by_class
    )
    yield Table(("class", "events", "detected", "miss rate", "false alarms"), rows, "By class")
    if judged.det:
        points = tuple(sorted((100 * one.miss_rate, one.false_alarms_per_hour) for one in judged.det))
        yield Chart("lines", "Detection error trade-off (DET)", "missed, %", "false alarms per hour", (Series("thresholds", points),))
        cells = tuple((f"{one.threshold:.3f}", share(one.miss_rate), f"{one.false_alarms_per_hour:.2f}") for one in judged.det)
        yield Table(("threshold", "miss rate", "false alarms per hour"), cells, "What other thresholds would have done")


def _decisions(stream: StreamRun) -> Block:
    rows = [(one.name, f"{time_s:.3f}", label, f"{score:.3f}") for one in stream.sounds for time_s, label, score in one.decisions]
    more = f", the first {_MOST_DECISIONS} of {len(rows):,}" if len(rows) > _MOST_DECISIONS else ""
    return Table(("sound", "seconds", "decided", "mean score"), tuple(rows[:_MOST_DECISIONS]), f"Decisions{more}")
