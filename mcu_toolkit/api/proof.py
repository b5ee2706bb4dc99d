"""`mcu.validate`, `mcu.verify`: what a model computes on this machine, and on a board that was flashed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mcu_toolkit.api.given import Data, StrPath, data_file, limits_among, path_of, shown_by

if TYPE_CHECKING:
    from mcu_toolkit.pipeline.proof.verify import VerifyRequest
    from mcu_toolkit.pipeline.workspace.progress import Progress
    from mcu_toolkit.report import Limits, Report
    from mcu_toolkit.runtimes import RuntimeOptions


def validate(
    model: StrPath, *,
    data: Data | None = None, random: int | None = None, seed: int = 0, samples: int | None = None, keras: StrPath | None = None,
    output: StrPath | None = None, outputs: StrPath | None = None, limits: Limits | None = None, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Run a .tflite through every interpreter of this machine and compare each with TensorFlow Lite Micro's.

    Inputs are `data` (`x`, and `y` for accuracy; `samples` of them, of each class its share), else `random` ones of `seed` (10).
    `keras` is the float model.  `output`: a folder for predictions.png and .json; `outputs`: a .npz for every runner's outputs.

    Raises ToolError where no interpreter is installed, InputError for a project of several models.
    """
    with data_file(data) as file:
        given = (file, random, seed, samples)
        files = (path_of(keras), path_of(output), path_of(outputs))
        [report] = validate_each(Path(model), given, files, limits, shown_by(progress), one=True)
        return report


def validate_each(
    path: Path,
    inputs: tuple[Path | None, int | None, int, int | None],
    files: tuple[Path | None, Path | None, Path | None],
    limits: Limits | None,
    progress: Progress,
    *,
    one: bool = False,
) -> list[Report]:
    """The same for every model of a project; with `one` raises InputError where there are several.

    `inputs` are data, random, seed and samples, `files` keras, output and outputs.
    """
    from mcu_toolkit.pipeline.proof.host import validate as run
    from mcu_toolkit.pipeline.proof.outputs import outputs_file, require_npz
    from mcu_toolkit.pipeline.proof.predictions import predictions_folder
    from mcu_toolkit.pipeline.workspace.inputs import open_subject
    from mcu_toolkit.pipeline.workspace.samples import load_inputs

    keras, output, outputs = files
    accepted = limits_among(limits, ())
    require_npz(outputs, inputs[0])
    subject = open_subject(path)
    return [
        run(
            each,
            load_inputs(each, *inputs),
            progress,
            keras=keras,
            limits=accepted,
            predictions=predictions_folder(output, subject, each),
            outputs=outputs_file(outputs, subject, each),
        )
        for each in ((subject.model,) if one else subject.models)
    ]


def verify(
    model: StrPath, *,
    board: str | None = None, runtime: str | None = None, port: str | None = None, options: RuntimeOptions | None = None,
    data: Data | None = None, random: int | None = None, seed: int = 0, samples: int | None = None, keras: StrPath | None = None,
    output: StrPath | None = None, outputs: StrPath | None = None, limits: Limits | None = None,
    per_layer: bool = False, resume: bool = False, page: bool = False, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Run inputs on a board that was flashed, and compare every output byte with TensorFlow Lite Micro's on this machine.

    `model` is the .tflite in the firmware, or its project.  Inputs are as in `validate`; without any, the golden vectors that
    `quantize` wrote beside the model.  `per_layer` compares every layer, and flashes firmware with the tensor observer for it.
    `resume` goes on with a run that broke off.  `page`: the report as an HTML page, too.

    Raises DeviceError for a board that is absent, silent or has other firmware, InputError for a project of several models.
    """
    from mcu_toolkit.pipeline.proof.verify import VerifyRequest
    from mcu_toolkit.report import Limits

    with data_file(data) as file:
        places = (path_of(keras), port, path_of(output), path_of(outputs))
        given = (file, random, seed, samples)
        accepted = Limits() if limits is None else limits
        request = VerifyRequest(board, runtime, *given, *places, per_layer, resume, accepted, options)
        [report] = verify_each(Path(model), request, shown_by(progress), page=page, one=True)
        return report


def verify_each(path: Path, request: VerifyRequest, progress: Progress, *, page: bool, one: bool = False) -> list[Report]:
    """The same for every model of a project; with `one` raises InputError where there are several."""
    from mcu_toolkit.api.results import with_page
    from mcu_toolkit.pipeline.proof.job import default_output
    from mcu_toolkit.pipeline.proof.outputs import require_npz
    from mcu_toolkit.pipeline.proof.verify import verify_models
    from mcu_toolkit.pipeline.workspace.inputs import open_subject
    from mcu_toolkit.report.measures import OF_A_RUN

    request.limits.require_measured(OF_A_RUN)
    require_npz(request.outputs, request.data)
    subject = open_subject(path)
    if one:
        _ = subject.model
    reports = verify_models(subject, request, progress)
    return with_page(reports, default_output(subject, subject.board(request.board)), "verify.html", progress, wanted=page)
