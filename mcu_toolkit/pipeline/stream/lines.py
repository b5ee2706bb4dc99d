"""The result of `mcu stream` for people."""

from __future__ import annotations

from collections.abc import Iterator

from mcu_toolkit.artifacts.stream_scores import StreamJudgement
from mcu_toolkit.pipeline.stream.plan import StreamPlan
from mcu_toolkit.pipeline.stream.records import SoundStreamed, StreamResult
from mcu_toolkit.terminal_text import visible_line

_SHOWN_DECISIONS = 20
_SHOWN_POINTS = 8


def result_lines(plan: StreamPlan, result: StreamResult) -> tuple[str, ...]:
    """One line each."""
    return (
        *plan.lines(),
        *(line for sound in result.sounds for line in _sound_lines(sound)),
        *_comparison_lines(result),
        *([] if result.judged is None else _judged_lines(result.judged)),
        *(f"no: {reason}" for reason in result.reasons),
        *([f"files: {', '.join(map(str, result.files))}"] if result.files else []),
    )


def _sound_lines(sound: SoundStreamed) -> Iterator[str]:
    count = len(sound.decisions)
    yield (
        f"{visible_line(sound.sound)}: {sound.duration_s:,.1f} s, {sound.inferences:,} inferences, "
        f"{count:,} decision{'' if count == 1 else 's'}"
    )
    for one in sound.decisions[:_SHOWN_DECISIONS]:
        yield f"  {one.time_s:10.3f} s  {visible_line(one.label)} ({one.score:.3f})"
    if count > _SHOWN_DECISIONS:
        yield f"  and {count - _SHOWN_DECISIONS:,} more"


def _comparison_lines(result: StreamResult) -> Iterator[str]:
    differ = {one.runner: one for one in reversed(result.differences)}
    for one in result.comparisons:
        if one.differing_bytes:
            same = f"differs in {one.differing_samples:,} of {one.samples:,} inferences, by up to {one.max_lsb} LSB"
        else:
            same = f"byte-equal in {one.samples:,} inferences"
        found = differ.get(one.a)
        decides = "the same decisions" if found is None else f"other decisions, from inference {found.inference:,} of {found.sound.name} on"
        yield f"{one.a} and {one.b}: {same}, {decides}"


def _judged_lines(judged: StreamJudgement) -> Iterator[str]:
    yield (
        f"judged: {judged.events - judged.detected:,} of {judged.events:,} missed ({judged.miss_rate:.1%}), {judged.false_alarms:,} false "
        f"alarms in {judged.hours:.3f} h: {judged.false_alarms_per_hour:.2f} per hour"
    )
    if judged.median_delay_s is not None:
        yield f"delay: {judged.median_delay_s:+.2f} s from the end of a label (median); counted up to {judged.tolerance_s:g} s after it"
    for one in judged.by_class:
        yield f"  {visible_line(one.label)}: {one.detected:,} of {one.events:,} detected, {one.false_alarms:,} false alarms"
    if judged.not_listened:
        others = ", ".join(f"{visible_line(label)} ({count:,})" for label, count in list(judged.not_listened.items())[:12])
        yield f"labels that are not decided: {others}"
    step = max(1, len(judged.det) // _SHOWN_POINTS)
    for point in judged.det[step // 2 :: step]:
        rate = f"{point.false_alarms_per_hour:10.2f} false alarms per hour"
        yield f"  threshold {point.threshold:6.3f}: {rate}, {point.miss_rate:6.1%} missed"
