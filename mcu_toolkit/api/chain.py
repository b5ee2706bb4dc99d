"""`mcu.deploy`, `mcu.bench`: the whole chain, and what an inference costs at its end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mcu_toolkit.api.given import Data, StrPath, data_file, limits_among, path_of, shown_by

if TYPE_CHECKING:
    from mcu_toolkit.artifacts.wake_word import Style
    from mcu_toolkit.pipeline.application import ApplicationRequest
    from mcu_toolkit.pipeline.proof.job import Job, JobRequest
    from mcu_toolkit.pipeline.workspace.progress import Progress
    from mcu_toolkit.report import Limits, Report
    from mcu_toolkit.runtimes import RuntimeOptions


def deploy(
    model: StrPath, *,
    board: str | None = None, runtime: str | None = None, port: str | None = None, options: RuntimeOptions | None = None,
    data: Data | None = None, random: int | None = None, seed: int = 0, samples: int | None = None, keras: StrPath | None = None,
    application: ApplicationRequest | None = None, manifests: Sequence[StrPath] = (), style: Style = "esphome", strict_int: bool = False,
    output: StrPath | None = None, outputs: StrPath | None = None, limits: Limits | None = None,
    baseline: StrPath | None = None, fail_on: str | None = None,
    page: bool = False, force: bool = False, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Validate, generate, build, flash and verify: from a .tflite (or a float model with `data`) to a proven inference.

    Everything is written into `output` (default `build/<model>-<board>`, the report's `folder`); what is up to date is not done
    again.  Inputs are as in `validate`.  `baseline` is an earlier result: what `fail_on` (`flash>+1%,parity`) calls a regression
    is a no.  `application`: the firmware has src/app.c, which is yours; `manifests` and `style` are of wake words.
    `strict_int`: operators in floating point are refused.  `page`: the report as an HTML page, too.

    Raises UnsupportedModelError, NotSatisfiedError (it does not fit), ToolError, DeviceError.
    """
    from mcu_toolkit.pipeline.deploy import deploy as run_chain
    from mcu_toolkit.pipeline.proof.job import JobRequest
    from mcu_toolkit.report.measures import OF_A_RUN
    from mcu_toolkit.runtimes import RuntimeOptions

    shown, judged = shown_by(progress), _Judged(path_of(baseline), fail_on, page)
    with data_file(data) as file:
        request = JobRequest(
            Path(model), board, runtime, options or RuntimeOptions(), file, random, seed, samples, path_of(output), path_of(keras), port,
            limits_among(limits, OF_A_RUN), path_of(outputs), application, tuple(map(Path, manifests)), style,
        )  # fmt: skip
        opened = partial(_deployable, request, shown, force=force, strict_int=strict_int)
        return judged.run(opened, lambda job: run_chain(job, shown, force=force), request, shown)


def bench(
    model: StrPath, *,
    board: str | None = None, runtime: str | None = None, port: str | None = None, options: RuntimeOptions | None = None,
    data: Data | None = None, random: int | None = None, seed: int = 0,
    output: StrPath | None = None, outputs: StrPath | None = None, limits: Limits | None = None,
    baseline: StrPath | None = None, fail_on: str | None = None,
    per_layer: bool = False, page: bool = False, force: bool = False, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """`deploy` a .tflite, prove its outputs, and measure: instructions or microseconds, cycles, code, RAM, where the work is done.

    On emulated boards by layer and by function.  `per_layer` times layers on real boards, and those of TFLM, by a second firmware.
    """
    from mcu_toolkit.pipeline.profiling.bench import bench as measure
    from mcu_toolkit.pipeline.proof.job import JobRequest, open_job
    from mcu_toolkit.report.measures import LIMITED
    from mcu_toolkit.runtimes import RuntimeOptions

    shown, judged = shown_by(progress), _Judged(path_of(baseline), fail_on, page)
    with data_file(data) as file:
        request = JobRequest(
            Path(model), board, runtime, options or RuntimeOptions(), file, random, seed, output=path_of(output), port=port,
            limits=limits_among(limits, LIMITED), outputs=path_of(outputs),
        )  # fmt: skip
        return judged.run(lambda: open_job(request), lambda job: measure(job, shown, force=force, per_layer=per_layer), request, shown)


@dataclass(frozen=True)
class _Judged:
    """What a run is compared with, and whether a page is made of it."""

    baseline: Path | None
    fail_on: str | None
    page: bool

    def run(self, opened: Callable[[], Job], measured: Callable[[Job], Report], request: JobRequest, progress: Progress) -> Report:
        """The report of `measured`, with what changed since the baseline, which is read before anything runs."""
        from mcu_toolkit.api.results import with_page
        from mcu_toolkit.pipeline.compare import compared_with, open_baseline
        from mcu_toolkit.pipeline.proof.outputs import require_npz

        require_npz(request.outputs, request.data)
        base = open_baseline(self.baseline, self.fail_on)
        job = opened()
        report = dataclasses.replace(compared_with(measured(job), base), folder=job.output)
        before = () if base is None else base.reports
        return with_page([report], job.output, "report.html", progress, wanted=self.page, before=before)[0]


def _deployable(request: JobRequest, progress: Progress, *, force: bool, strict_int: bool) -> Job:
    """The job of a deployment: a float model is quantized first; `progress` hears what is to be known of the model."""
    from mcu_toolkit.pipeline.float_model import FloatRequest, quantize_first
    from mcu_toolkit.pipeline.inspection.float_fallback import report_float_fallbacks
    from mcu_toolkit.pipeline.proof.job import open_job
    from mcu_toolkit.pipeline.wake_words import check_style, manifest_lines

    check_style(request.style)
    source = FloatRequest(request.model, request.data, request.board, request.runtime, request.choices, request.output)
    if source.is_float:
        model, folder = quantize_first(source, progress, force=force)
        request = dataclasses.replace(request, keras=request.keras or request.model, model=model, output=folder)
    job = open_job(request)
    for line in manifest_lines([job.model], request.manifests, request.style):
        progress.note(line)
    report_float_fallbacks([job.model], progress, strict_int=strict_int)
    return job
