"""Several runs side by side, and how figures went."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.report.page.blocks import Chart, Section, Series, Table, Tone
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.page.sections.verdict import judged_accuracy
from mcu_toolkit.report.page.words import FIGURES, NONE, figures_of, written


def side_by_side(runs: Sequence[Run]) -> Section:
    """Boards and runtimes beside each other."""
    known = [name for name in FIGURES if any(name in figures_of(run) for run in runs)]
    columns = ("run", "board", "runtime", "verdict", "accuracy", *(FIGURES[name].label for name in known))
    rows: list[tuple[str, ...]] = []
    tones: list[Tone] = []
    for run in runs:
        judged, figures = judged_accuracy(run), figures_of(run)
        cells = (written(figures.get(name), FIGURES[name].kind) for name in known)
        accuracy = NONE if judged is None else written(judged[1], "share")
        rows.append((run.label, run.board or NONE, run.runtime or NONE, run.verdict, accuracy, *cells))
        tones.append("good" if run.verdict == "pass" else "bad")
    charts = [_bars(runs, name) for name in known if name in ("flash_bytes", "ram_bytes", "cycles", "instructions", "latency_us")]
    table = Table(columns, tuple(rows), tones=tuple(tones), toned=columns.index("verdict"))
    return Section("side", "Side by side", "Every run on this page.", (table, *(chart for chart in charts if chart is not None)))


def _bars(runs: Sequence[Run], name: str) -> Chart | None:
    having = [run for run in runs if name in figures_of(run)]
    if len(having) < 2:
        return None
    unit = "bytes" if FIGURES[name].kind == "bytes" else "µs" if FIGURES[name].kind == "us" else "an inference"
    points = tuple((float(place), figures_of(run)[name]) for place, run in enumerate(having))
    names = tuple(run.label for run in having)
    title = FIGURES[name].label.capitalize() if FIGURES[name].label.islower() else FIGURES[name].label
    return Chart("bars", title, "", unit, (Series(title, points),), names, horizontal=True, small=True)


def history(runs: Sequence[Run]) -> Section | None:
    """Figures of the same model's name on the same board and runtime, in the order of the files; None for fewer than three."""
    groups: dict[tuple[str, str | None, str | None], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.model_name, run.board, run.runtime), []).append(run)
    charts = []
    for (model, board, _), members in groups.items():
        if len(members) < 3:
            continue
        names = tuple(run.label for run in members)
        for name in ("flash_bytes", "ram_bytes", "cycles", "instructions", "latency_us"):
            figure = FIGURES[name]
            points = tuple((float(place), figures_of(run)[name]) for place, run in enumerate(members) if name in figures_of(run))
            if len(points) > 2:
                title = f"{figure.label} of {model} on {board or 'this machine'}"
                charts.append(Chart("lines", title, "", figure.label, (Series(figure.label, points),), names, small=True))
        accuracies = tuple((float(place), judged[1]) for place, run in enumerate(members) if (judged := judged_accuracy(run)))
        if len(accuracies) > 2:
            charts.append(Chart("lines", f"accuracy of {model}", "", "accuracy", (Series("accuracy", accuracies),), names, small=True))
    return Section("history", "History", "In the order in which the results were given.", tuple(charts)) if charts else None
