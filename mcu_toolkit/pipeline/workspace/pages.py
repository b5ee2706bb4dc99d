"""The page of a result, written beside what a command makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mcu_toolkit.errors import McuError
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.report.page.results import labelled, run_of
from mcu_toolkit.report.page.write import written_as
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.parsing import json_value


def write_page(folder: Path, name: str, texts: Sequence[str], progress: Progress, *, before: Sequence[JsonTable] = ()) -> Path | None:
    """Write the page of results, given as JSON, to `folder / name`; None where that is not possible: `progress` then says why.

    It shows what changed since the reports `before`, a baseline in their JSON form.
    The page is an extra: what the command was asked for does not depend on it.
    """
    try:
        runs = labelled([*(run_of(one.plain, "baseline.json") for one in before), *(run_of(json_value(text), name) for text in texts)])
        write_inside(folder, name, written_as(runs, "html").encode("utf-8"))
    except McuError as error:
        progress.note(f"no page of the result: {error.what}")
        return None
    return folder / name
