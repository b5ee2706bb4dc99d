"""The verdict: the board's outputs compared with those of the golden interpreter, as a report."""

from __future__ import annotations

from dataclasses import replace

from mcu_toolkit.artifacts import Footprint, RunResult
from mcu_toolkit.pipeline.inspection.float_fallback import float_fallback_note
from mcu_toolkit.pipeline.proof.accuracies import accuracies, with_scores
from mcu_toolkit.pipeline.proof.details import with_run_details
from mcu_toolkit.pipeline.proof.host import HostValidation
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.outputs import with_outputs
from mcu_toolkit.pipeline.proof.predictions import with_predictions
from mcu_toolkit.pipeline.proof.report_details import with_board_facts, with_distances
from mcu_toolkit.report import Report
from mcu_toolkit.report.measures import OF_A_RUN
from mcu_toolkit.runners import roles
from mcu_toolkit.validate import compare


def judge(job: Job, validation: HostValidation, result: RunResult, footprint: Footprint | None = None) -> Report:
    """Compare the board with the golden interpreter and put everything into a report."""
    comparison = compare(result, validation.golden)
    results = {roles.DEVICE: result, **validation.results}
    reached = accuracies(results, job.vectors, job.model)
    report = Report.of_device_run(
        model=job.model,
        board=job.board.id,
        runtime=job.runtime.name,
        golden=validation.golden.runner,
        comparisons=(comparison, *validation.comparisons),
        accuracy=reached.overall,
        accuracy_by_output=reached.by_output,
        result=result,
        notes=(*validation.notes, *filter(None, [float_fallback_note(job.model)])),
        limits=job.limits,
    )
    if job.board.estimates_cycles:
        report = replace(report, measured_cycles=None, estimated_cycles=report.measured_cycles, cycle_band=job.board.cycle_band)
    report = report.with_not_run(validation.not_run)
    report = with_scores(with_distances(report, results, job.model, job.vectors), results, job.model, job.vectors)
    report = with_run_details(report, results, job.model, job.vectors)
    report = with_outputs(report, job.outputs, results, job.model, job.vectors)
    report = with_predictions(report, job.predictions, results, job.model, job.vectors)
    report = with_board_facts(report if footprint is None else report.with_footprint(footprint), result, job.board)
    return report.within(job.limits, OF_A_RUN)
