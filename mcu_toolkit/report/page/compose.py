"""From runs to a page: which sections it has, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mcu_toolkit.report.page.blocks import Page, RunView, Section
from mcu_toolkit.report.page.run import LayerError, Run
from mcu_toolkit.report.page.sections import (
    accuracy,
    answers,
    choices,
    compared,
    differences,
    graph,
    graph_diff,
    matrix,
    memory,
    parity,
    samples,
    speed,
    streaming,
    verdict,
)
from mcu_toolkit.version import __version__

MAX_VIEWS = 6
"""Runs that are shown in full; of more there are the tables that compare them."""
_MAX_OPERATORS = 1000
"""Of all graphs of a page together, that of the newest run always included: a browser has to draw them, and a page stays below 4 MB."""
_MAX_WITH_WEIGHTS = 300
"""Operators whose weights have histograms."""


def compose(runs: Sequence[Run]) -> Page:
    """The page of `runs`, of which there is at least one; the last is the newest."""
    reports = [run for run in runs if run.kind == "report"]
    losses = [loss for run in runs if run.kind == "explain" for loss in run.losses]
    shared: list[Section | None] = []
    if len(reports) > 1:
        shared += [differences.section(reports[0], reports[-1]), compared.side_by_side(reports), compared.history(reports)]
    kinds = {
        **{"schemes": choices.schemes, "explain": choices.explained, "stream": streaming.section},
        **{"fit": answers.fits, "predict": answers.predictions, "compare": answers.comparison, "matrix": matrix.section},
    }
    choosing = [kinds[run.kind](run) for run in runs if run.kind in kinds]
    labels = [f"{run.label}: " if len(runs) > 1 else "" for run in runs if run.kind in kinds]
    shared += [
        replace(section, id=f"{section.id}-{number}", title=f"{label}{section.title.lower() if label else section.title}")
        for number, (section, label) in enumerate(zip(choosing, labels, strict=True), 1)
    ]
    shown = reports if len(reports) <= MAX_VIEWS else [reports[0], *reports[1 - MAX_VIEWS :]]
    difference = graph_diff.difference(reports[0], reports[-1]) if len(reports) > 1 else None
    views: list[RunView] = []
    operators = 0
    for place, run in reversed(list(enumerate(shown, 1))):
        count = 0 if run.details.graph is None else len(run.details.graph.nodes)
        operators += count
        if operators > _MAX_OPERATORS and views:
            continue
        with_weights = operators <= _MAX_WITH_WEIGHTS
        views.append(_view(f"run{place}", run, losses, difference if run is reports[-1] else None, with_weights=with_weights))
    versions = ", ".join(sorted({run.toolkit_version for run in runs if run.toolkit_version})) or __version__
    names = ", ".join(dict.fromkeys(run.model_name for run in reports or runs))
    alone = runs[0].what if runs[0].kind == "report" else f"{runs[0].what[0].upper()}{runs[0].what[1:]}"
    title = alone if len(runs) == 1 else f"{len(runs)} results: {names}"
    subtitle = "" if len(runs) == 1 else "; ".join(run.label for run in runs[:MAX_VIEWS])
    return Page(title, subtitle, versions, tuple(section for section in shared if section is not None), tuple(views))


def _view(name: str, run: Run, losses: Sequence[LayerError], difference: graph.Difference | None, *, with_weights: bool) -> RunView:
    found = (
        verdict.deployed(run),
        accuracy.section(run),
        samples.section(run),
        parity.section(run),
        memory.sizes(run),
        graph.section(run, losses, difference, with_weights=with_weights),
        memory.arena(run),
        speed.section(run),
        verdict.remarks(run),
    )
    sections = tuple(Section(f"{name}-{one.id}", one.title, one.lead, one.blocks) for one in found if one is not None)
    return RunView(name, run.label, run.verdict, verdict.headline(run), run.reasons, verdict.tiles(run), sections)
