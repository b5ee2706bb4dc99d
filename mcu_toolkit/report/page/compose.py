"""From runs to a page: which sections it has, in which order."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit import __version__
from mcu_toolkit.report.page.blocks import Page, RunView, Section
from mcu_toolkit.report.page.run import LayerError, Run
from mcu_toolkit.report.page.sections import (
    accuracy,
    choices,
    compared,
    differences,
    graph,
    graph_diff,
    memory,
    parity,
    samples,
    speed,
    verdict,
)

MAX_VIEWS = 6
"""Runs that are shown in full; of more there are the tables that compare them."""


def compose(runs: Sequence[Run]) -> Page:
    """The page of `runs`, of which there is at least one; the last is the newest."""
    reports = [run for run in runs if run.kind == "report"]
    losses = [loss for run in runs if run.kind == "explain" for loss in run.losses]
    shared: list[Section | None] = []
    if len(reports) > 1:
        shared += [differences.section(reports[0], reports[-1]), compared.side_by_side(reports), compared.history(reports)]
    kinds = {"schemes": choices.schemes, "tune": choices.tuned, "explain": choices.explained}
    shared += [kinds[run.kind](run) for run in runs if run.kind in kinds]
    shown = reports if len(reports) <= MAX_VIEWS else [reports[0], *reports[1 - MAX_VIEWS :]]
    changes = graph_diff.changes(reports[0], reports[-1]) if len(reports) > 1 else {}
    views = tuple(
        _view(f"run{place}", run, losses, changes if run is reports[-1] else {}) for place, run in reversed(list(enumerate(shown, 1)))
    )
    versions = ", ".join(sorted({run.toolkit_version for run in runs if run.toolkit_version})) or __version__
    title = runs[0].what if len(runs) == 1 else f"{len(runs)} results: {', '.join(dict.fromkeys(run.model_name for run in runs))}"
    subtitle = "One result" if len(runs) == 1 else "; ".join(run.label for run in runs[:MAX_VIEWS])
    return Page(title, subtitle, versions, tuple(section for section in shared if section is not None), views)


def _view(name: str, run: Run, losses: Sequence[LayerError], changes: dict[str, graph.Change]) -> RunView:
    found = (
        verdict.deployed(run),
        accuracy.section(run),
        samples.section(run),
        parity.section(run),
        memory.sizes(run),
        graph.section(run, losses, changes),
        memory.arena(run),
        speed.section(run),
        verdict.remarks(run),
    )
    sections = tuple(Section(f"{name}-{one.id}", one.title, one.lead, one.blocks) for one in found if one is not None)
    return RunView(name, run.label, run.verdict, verdict.headline(run), run.reasons, verdict.tiles(run), sections)
