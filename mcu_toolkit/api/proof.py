"""`mcu.validate`, `mcu.deploy`, `mcu.verify`, `mcu.bench`: what a model computes, on this machine and on a board, and what it costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mcu_toolkit.api.given import Data, StrPath, data_file, limits_among, path_of, shown_by

if TYPE_CHECKING:
    from mcu_toolkit.artifacts.wake_word import Style
    from mcu_toolkit.pipeline.application import ApplicationRequest
    from mcu_toolkit.pipeline.compare import Baseline
    from mcu_toolkit.pipeline.workspace.progress import Progress
    from mcu_toolkit.report import Limits, Report
    from mcu_toolkit.runtimes import RuntimeOptions
    from mcu_toolkit.system.json_table import JsonTable


def validate(
    model: StrPath,
    *,
    data: Data | None = None,
    random: int | None = None,
    seed: int = 0,
    samples: int | None = None,
    keras: StrPath | None = None,
    output: StrPath | None = None,
    outputs: StrPath | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Report:
    """Run a .tflite through every interpreter of this machine and compare each with TensorFlow Lite Micro's.

    Inputs are `data` (`x`, and `y` for accuracy; `samples` of them, of each class its share), else `random` ones of `seed` (10).
    `keras` is the float model.  `output`: a folder for predictions.png and .json; `outputs`: a .npz for every runner's outputs.

    Raises ToolError where no interpreter is installed.
    """
    [report] = validate_each(
        model,
        data=data,
        random=random,
        seed=seed,
        samples=samples,
        keras=keras,
        output=output,
        outputs=outputs,
        limits=limits,
        one=True,
        progress=progress,
    )
    return report


def validate_each(
    model: StrPath,
    *,
    data: Data | None = None,
    random: int | None = None,
    seed: int = 0,
    samples: int | None = None,
    keras: StrPath | None = None,
    output: StrPath | None = None,
    outputs: StrPath | None = None,
    limits: Limits | None = None,
    one: bool = False,
    progress: Progress | None = None,
) -> list[Report]:
    """The same for every model of a project; with `one` raises InputError where there are several."""
    from mcu_toolkit.pipeline.proof.host import validate as run
    from mcu_toolkit.pipeline.proof.outputs import outputs_file, require_npz
    from mcu_toolkit.pipeline.proof.predictions import predictions_folder
    from mcu_toolkit.pipeline.workspace.inputs import open_subject
    from mcu_toolkit.pipeline.workspace.samples import load_inputs

    folder, written, accepted = path_of(output), path_of(outputs), limits_among(limits, ())
    with data_file(data) as file:
        require_npz(written, file)
        subject = open_subject(Path(model))
        return [
            run(
                each,
                load_inputs(each, file, random, seed, samples),
                shown_by(progress),
                keras=path_of(keras),
                limits=accepted,
                predictions=predictions_folder(folder, subject, each),
                outputs=outputs_file(written, subject, each),
            )
            for each in ((subject.model,) if one else subject.models)
        ]


def deploy(
    model: StrPath,
    *,
    board: str | None = None,
    runtime: str | None = None,
    data: Data | None = None,
    random: int | None = None,
    seed: int = 0,
    samples: int | None = None,
    keras: StrPath | None = None,
    output: StrPath | None = None,
    port: str | None = None,
    options: RuntimeOptions | None = None,
    application: ApplicationRequest | None = None,
    manifests: Sequence[StrPath] = (),
    style: Style = "esphome",
    strict_int: bool = False,
    limits: Limits | None = None,
    outputs: StrPath | None = None,
    baseline: StrPath | None = None,
    fail_on: str | None = None,
    page: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Validate, generate, build, flash and verify: from a .tflite (or a float model with `data`) to a proven inference.

    Everything is written into `output` (default `build/<model>-<board>`, the report's `folder`); what is up to date is not done
    again.  Inputs are as in `validate`.  `baseline` is an earlier result: what `fail_on` (`flash>+1%,parity`) calls a regression
    is a no.  `page`: the report as an HTML page, too.

    Raises UnsupportedModelError, NotSatisfiedError (it does not fit), ToolError, DeviceError.
    """
    from mcu_toolkit.pipeline.compare import open_baseline
    from mcu_toolkit.pipeline.deploy import deploy as run_chain
    from mcu_toolkit.pipeline.float_model import FloatRequest, quantize_first
    from mcu_toolkit.pipeline.inspection.float_fallback import report_float_fallbacks
    from mcu_toolkit.pipeline.proof.job import JobRequest, open_job
    from mcu_toolkit.pipeline.proof.outputs import require_npz
    from mcu_toolkit.pipeline.wake_words import check_style, manifest_lines
    from mcu_toolkit.report.measures import OF_A_RUN
    from mcu_toolkit.runtimes import RuntimeOptions

    shown, files, checked = shown_by(progress), tuple(Path(one) for one in manifests), check_style(style)
    with data_file(data) as file:
        require_npz(path_of(outputs), file)
        base = open_baseline(path_of(baseline), fail_on)
        accepted = limits_among(limits, OF_A_RUN)
        source = FloatRequest(Path(model), file, board, runtime, options or RuntimeOptions(), path_of(output))
        given = JobRequest(
            model=source.source,
            board=board,
            runtime=runtime,
            choices=source.choices,
            data=file,
            random=random,
            seed=seed,
            samples=samples,
            output=source.output,
            keras=path_of(keras),
            port=port,
            limits=accepted,
            outputs=path_of(outputs),
            application=application,
            manifests=files,
            style=checked,
        )
        if source.is_float:
            tflite, folder = quantize_first(source, shown, force=force)
            given = dataclasses.replace(given, keras=given.keras or source.source, model=tflite, output=folder)
        job = open_job(given)
        for line in manifest_lines([job.model], files, checked):
            shown.note(line)
        report_float_fallbacks([job.model], shown, strict_int=strict_int)
        return _finished(run_chain(job, shown, force=force), base, job.output, shown, page=page)


def bench(
    model: StrPath,
    *,
    board: str | None = None,
    runtime: str | None = None,
    data: Data | None = None,
    random: int | None = None,
    seed: int = 0,
    output: StrPath | None = None,
    port: str | None = None,
    options: RuntimeOptions | None = None,
    per_layer: bool = False,
    limits: Limits | None = None,
    outputs: StrPath | None = None,
    baseline: StrPath | None = None,
    fail_on: str | None = None,
    page: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> Report:
    """`deploy` a .tflite, prove its outputs, and measure: instructions or microseconds, cycles, code, RAM, where the work is done.

    On emulated boards by layer and by function.  `per_layer` times layers on real boards, and those of TFLM, by a second firmware.
    """
    from mcu_toolkit.pipeline.compare import open_baseline
    from mcu_toolkit.pipeline.profiling.bench import bench as measure
    from mcu_toolkit.pipeline.proof.job import JobRequest, open_job
    from mcu_toolkit.pipeline.proof.outputs import require_npz
    from mcu_toolkit.report.measures import LIMITED
    from mcu_toolkit.runtimes import RuntimeOptions

    shown = shown_by(progress)
    with data_file(data) as file:
        require_npz(path_of(outputs), file)
        base = open_baseline(path_of(baseline), fail_on)
        job = open_job(
            JobRequest(
                model=Path(model),
                board=board,
                runtime=runtime,
                choices=options or RuntimeOptions(),
                data=file,
                random=random,
                seed=seed,
                output=path_of(output),
                port=port,
                limits=limits_among(limits, LIMITED),
                outputs=path_of(outputs),
            )
        )
        measured = measure(job, shown, force=force, per_layer=per_layer)
        return _finished(measured, base, job.output, shown, page=page)


def verify(
    model: StrPath,
    *,
    board: str | None = None,
    runtime: str | None = None,
    data: Data | None = None,
    random: int | None = None,
    seed: int = 0,
    samples: int | None = None,
    keras: StrPath | None = None,
    port: str | None = None,
    output: StrPath | None = None,
    limits: Limits | None = None,
    outputs: StrPath | None = None,
    per_layer: bool = False,
    resume: bool = False,
    options: RuntimeOptions | None = None,
    page: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Run inputs on a board that was flashed, and compare every output byte with TensorFlow Lite Micro's on this machine.

    `model` is the .tflite in the firmware, or its project.  Inputs are as in `validate`; without any, the golden vectors that
    `quantize` wrote beside the model.  `per_layer` compares every layer, and flashes firmware with the tensor observer for it.
    `resume` goes on with a run that broke off.

    Raises DeviceError for a board that is absent, silent or has other firmware.
    """
    [report] = verify_each(
        model,
        board=board,
        runtime=runtime,
        data=data,
        random=random,
        seed=seed,
        samples=samples,
        keras=keras,
        port=port,
        output=output,
        limits=limits,
        outputs=outputs,
        per_layer=per_layer,
        resume=resume,
        options=options,
        page=page,
        one=True,
        progress=progress,
    )
    return report


def verify_each(
    model: StrPath,
    *,
    board: str | None = None,
    runtime: str | None = None,
    data: Data | None = None,
    random: int | None = None,
    seed: int = 0,
    samples: int | None = None,
    keras: StrPath | None = None,
    port: str | None = None,
    output: StrPath | None = None,
    limits: Limits | None = None,
    outputs: StrPath | None = None,
    per_layer: bool = False,
    resume: bool = False,
    options: RuntimeOptions | None = None,
    page: bool = False,
    one: bool = False,
    progress: Progress | None = None,
) -> list[Report]:
    """The same for every model of a project; with `one` raises InputError where there are several."""
    from mcu_toolkit.pipeline.proof.job import default_output
    from mcu_toolkit.pipeline.proof.outputs import require_npz
    from mcu_toolkit.pipeline.proof.verify import VerifyRequest, verify_models
    from mcu_toolkit.pipeline.workspace.inputs import open_subject
    from mcu_toolkit.report.measures import OF_A_RUN

    with data_file(data) as file:
        require_npz(path_of(outputs), file)
        request = VerifyRequest(
            board=board,
            runtime=runtime,
            data=file,
            random=random,
            seed=seed,
            samples=samples,
            keras=path_of(keras),
            port=port,
            predictions=path_of(output),
            outputs=path_of(outputs),
            per_layer=per_layer,
            resume=resume,
            limits=limits_among(limits, OF_A_RUN),
            choices=options,
        )
        subject = open_subject(Path(model))
        if one:
            _ = subject.model
        reports = verify_models(subject, request, shown_by(progress))
        return _with_page(reports, default_output(subject, subject.board(board)), "verify.html", shown_by(progress), wanted=page)


def _finished(report: Report, base: Baseline | None, folder: Path, progress: Progress, *, page: bool) -> Report:
    """`report`, of what was written to `folder`, with what changed since `base`."""
    from mcu_toolkit.pipeline.compare import compared_with

    found = dataclasses.replace(compared_with(report, base), folder=folder)
    before = () if base is None else base.reports
    return _with_page([found], folder, "report.html", progress, wanted=page, before=before)[0]


def _with_page(
    reports: Sequence[Report], folder: Path, name: str, progress: Progress, *, wanted: bool, before: Sequence[JsonTable] = ()
) -> list[Report]:
    """The reports, with the one page of them where it is wanted and can be written."""
    from mcu_toolkit.pipeline.report import write_page
    from mcu_toolkit.report import to_json

    page = write_page(folder, name, [to_json(report) for report in reports], progress, before=before) if wanted else None
    return [dataclasses.replace(report, page=page) for report in reports]
