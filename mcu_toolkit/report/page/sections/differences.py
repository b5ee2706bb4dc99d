"""Two runs: figures, layers, operators and samples that changed."""

from __future__ import annotations

from mcu_toolkit.report.page.blocks import Block, Gallery, Note, Picture, Section, Table, Tone
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.page.sections import graph_diff
from mcu_toolkit.report.page.sections.samples import class_name, nearest_classes, picture_of
from mcu_toolkit.report.page.sections.speed import COLUMNS
from mcu_toolkit.report.page.words import FIGURES, NONE, change, figures_of, written

_CHANGED_SHOWN = 200
_TIMES = ("cycles", "instructions", "latency_us")
"""The first of them that is known stands for the others."""
_BYTES = ("weights_bytes", "ram_bytes")


def section(base: Run, new: Run) -> Section:
    """What changed from `base` to `new`."""
    blocks: list[Block] = [_figures(base, new)]
    if base.model_sha256 != new.model_sha256:
        blocks.append(Note(f"The models differ: {base.model_sha256[:16]}... became {new.model_sha256[:16]}..."))
    blocks += [table for table in (_layers(base, new), graph_diff.table(base, new)) if table is not None]
    blocks += _samples(base, new)
    return Section("differences", "What changed", f"From {base.label} to {new.label}.", tuple(blocks))


def _figures(base: Run, new: Run) -> Table:
    before, after = figures_of(base), figures_of(new)
    rows: list[tuple[str, ...]] = []
    tones: list[Tone] = []
    for name, figure in FIGURES.items():
        if name in before and name in after:
            values = (written(before[name], figure.kind), written(after[name], figure.kind))
            rows.append((figure.label, *values, change(before[name], after[name], figure.kind)))
            tones.append(_tone(before[name], after[name], less_is_better=figure.less_is_better))
    for runner in [name for name in base.accuracy if name in new.accuracy]:
        old, now = base.accuracy[runner], new.accuracy[runner]
        rows.append((f"accuracy, {runner}", written(old, "share"), written(now, "share"), change(old, now, "share")))
        tones.append(_tone(old, now, less_is_better=False))
    rows.append(("verdict", base.verdict, new.verdict, "" if base.verdict == new.verdict else "changed"))
    tones.append("plain" if base.verdict == new.verdict else "good" if new.verdict == "pass" else "bad")
    return Table(("figure", base.label, new.label, "change"), tuple(rows), "Figures", tones=tuple(tones))


def _tone(before: float, after: float, *, less_is_better: bool) -> Tone:
    if before == after:
        return "plain"
    return "good" if (after < before) == less_is_better else "bad"


def _layers(base: Run, new: Run) -> Table | None:
    """Layers whose kernel, or whose cost, changed."""
    old, now = ({(layer.index, layer.operator): layer for layer in run.layers} for run in (base, new))
    kernels = [{(step.index, step.operator): f"{step.kernel} ({step.variant})" for step in run.details.steps} for run in (base, new)]
    rows = []
    time = next((name for name in _TIMES if all(any(COLUMNS[name][1](one) for one in run.layers) for run in (base, new))), None)
    for key in sorted({*old, *now, *kernels[0], *kernels[1]}):
        used = [one.get(key, NONE) for one in kernels]
        costs = []
        for name in (*filter(None, [time]), *_BYTES):
            title, of = COLUMNS[name]
            before, after = (of(layers[key]) if key in layers else None for layers in (old, now))
            if before is not None and after is not None and before != after:
                costs.append(f"{title} {before:,} → {after:,} ({change(before, after, 'count')})")
        if used[0] != used[1] or costs:
            rows.append((str(key[0]), key[1], *used, "; ".join(costs)))
    columns = ("layer", "operator", f"kernel, {base.label}", f"kernel, {new.label}", "cost")
    return Table(columns, tuple(rows), "Layers that changed kernel or cost") if rows else None


def _samples(base: Run, new: Run) -> list[Block]:
    """Samples that are in another class now."""
    sides = (base.details.predictions, new.details.predictions)
    hashes = {side.inputs_sha256 for side in sides if side is not None}
    if None in sides:
        return []
    if len(hashes) > 1:
        return [Note("The runs had different samples: which of them changed class is not known.")]
    old, now = nearest_classes(base.details), nearest_classes(new.details)
    moved = [index for index, (a, b) in enumerate(zip(old, now, strict=False)) if a != b]
    if not moved:
        return [Note(f"None of the {min(len(old), len(now)):,} samples changed class.")] if old and now else []
    return [_moved(base, new, moved), *_pictures(base, new, moved)]


def _moved(base: Run, new: Run, moved: list[int]) -> Table:
    old, now, labels = nearest_classes(base.details), nearest_classes(new.details), _labels(new)
    shown = moved[:_CHANGED_SHOWN]
    rows = tuple((str(i), _name(labels[i], new) if labels else NONE, _name(old[i], new), _name(now[i], new)) for i in shown)
    tones: tuple[Tone, ...] = tuple(_better(labels[i], old[i], now[i]) if labels else "plain" for i in shown)
    return Table(("sample", "label", base.label, new.label), rows, f"{len(moved):,} samples changed class", tones=tones)


def _pictures(base: Run, new: Run, moved: list[int]) -> list[Gallery]:
    """Of those that one of the results holds."""
    old, now, labels = nearest_classes(base.details), nearest_classes(new.details), _labels(new)
    stored = {sample.index: sample for run in (base, new) for sample in run.details.samples}
    pictures: list[Picture] = []
    for i in moved:
        if i in stored:
            tone = _better(labels[i], old[i], now[i]) if labels else "plain"
            pictures.append(picture_of(stored[i], f"{_name(old[i], new)} became {_name(now[i], new)}", f"sample {i}", tone))
    return [Gallery("Samples that changed class", tuple(pictures))] if pictures else []


def _labels(run: Run) -> tuple[int, ...]:
    return () if run.details.predictions is None else run.details.predictions.labels


def _name(number: int, run: Run) -> str:
    return class_name(number, run.details)


def _better(label: int, before: int, after: int) -> Tone:
    return "good" if after == label else "bad" if before == label else "plain"
