"""`mcu matrix`: every cell once, what is known kept, one report at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mcu_toolkit.errors import EXIT_TOOL_OR_DEVICE, EXIT_VERDICT_NO
from mcu_toolkit.pipeline.matrix.jobs import Executor, Job, Watch
from mcu_toolkit.pipeline.matrix.plan import MatrixRequest, Plan, checked_boards, plan
from mcu_toolkit.pipeline.matrix.records import Cell, JobResult, MatrixResult, MatrixRow
from mcu_toolkit.pipeline.matrix.store import Store
from mcu_toolkit.pipeline.matrix.views import matrix_lines
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report.page.results import run_of
from mcu_toolkit.report.page.write import FORMATS, written_as
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.system.files import make_folder
from mcu_toolkit.system.parsing import json_value

_FILES: Mapping[str, str] = {"report.html": "html", "report.md": "md", "junit.xml": "junit"}
RESULT = "matrix.json"
_IGNORED = b"# All that mcu matrix can make again.\n*\n"


def run_matrix(
    request: MatrixRequest, executor: Executor, progress: Progress, watch: Watch, *, force: bool = False
) -> StepResult[MatrixResult]:
    """Do the jobs of every cell that is not known from an earlier run, unless `force`, and write the report into the output folder.

    Results are kept one by one as they come: what is broken off goes on where it was.  The verdict is no where a row is not `pass`.
    """
    with folder_in_use(request.output):
        checked_boards(request)
        write_inside(make_folder(request.output), ".gitignore", _IGNORED)  # a folder that cannot be written is refused before anything runs
        planned = plan(request, progress)
        store = Store(request.output)
        rows = _known(planned, store, force=force)
        watch.planned(planned.cells, tuple(rows.values()))
        by_key: dict[str, list[Job]] = {}
        for cell, job in planned.jobs.items():
            if cell not in rows:
                by_key.setdefault(job.key, []).append(job)
        for job, result in executor.run([same[0] for same in by_key.values()], watch):
            store.save(job.key, result)
            for one in by_key[job.key]:
                rows[one.cell] = _row(one, result, kept=False)
                watch.ended(rows[one.cell])
        return _finished(request, tuple(rows[cell] for cell in planned.cells))


def _known(planned: Plan, store: Store, *, force: bool) -> dict[Cell, MatrixRow]:
    """The rows that need no job."""
    rows = {cell: MatrixRow(cell, outcome) for cell, outcome in planned.refusals.items()}
    for cell, job in {} if force else planned.jobs.items():
        kept = store.load(job.key)
        if kept is not None:
            rows[cell] = _row(job, kept, kept=True)
    return rows


def _row(job: Job, result: JobResult, *, kept: bool) -> MatrixRow:
    return MatrixRow(job.cell, result.outcome, kept, Store.report_name(job.key) if result.report else "")


def _finished(request: MatrixRequest, rows: tuple[MatrixRow, ...]) -> StepResult[MatrixResult]:
    passed = sum(row.outcome.verdict == "pass" for row in rows)
    facts = MatrixResult(rows, passed, sum(row.kept for row in rows), tuple(str(request.output / name) for name in (*_FILES, RESULT)))
    result = StepResult("matrix", (), facts, verdict="pass" if passed == len(rows) else "fail")
    text = result.to_json()
    runs = (run_of(json_value(text), RESULT).named("matrix"),)
    for name, form in _FILES.items():
        write_inside(request.output, name, written_as(runs, FORMATS[form]).encode())
    write_inside(request.output, RESULT, text.encode())
    return replace(result, lines=matrix_lines(facts, request.output))


def exit_code_of(facts: MatrixResult) -> int:
    """Of a matrix whose verdict is no: 3 where nothing but tools and boards failed."""
    verdicts = {row.outcome.verdict for row in facts.rows} - {"pass"}
    return EXIT_TOOL_OR_DEVICE if verdicts == {"error"} else EXIT_VERDICT_NO
