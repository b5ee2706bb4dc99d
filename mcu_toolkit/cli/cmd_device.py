"""`mcu verify`, `mcu monitor`: with a board that runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.groups import Gate, Inputs, Samples, ShownBriefly, Target
from mcu_toolkit.cli.option_records import with_records

PerLayer = Annotated[
    bool, typer.Option("--per-layer", help="Compare every layer; flashes firmware with the tensor observer if the board has none.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an interrupted run of the same inputs.")]


@dataclass(frozen=True)
class WatchOptions:
    """What is looked at, and how long."""

    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0.0, help="Stop after this many seconds; default: at Ctrl-C.", show_default=False)
    ] = None
    reset: Annotated[bool, typer.Option("--reset", help="Restart the board first, to see it boot.")] = False
    live: Annotated[
        Path | None,
        typer.Option("--live", help="A model: classify --data (or random inputs) until stopped.", metavar="MODEL", show_default=False),
    ] = None
    sensor: Annotated[
        str | None,
        typer.Option(
            "--sensor",
            help="Show what it measures, as it comes: microphone, accelerometer or analog.  With --live: what the model hears, too.",
            metavar="KIND",
            show_default=False,
            autocompletion=completion.any_of("microphone", "accelerometer", "analog"),
        ),
    ] = None
    data: opt.DataFile = None
    labels: Annotated[Path | None, typer.Option("--labels", help="live: names of the classes, one per line.", show_default=False)] = None
    hello: Annotated[bool, typer.Option("--hello", help="Ask the board to identify itself.")] = False


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Compare a flashed board with the host, byte by byte.")(with_records(verify))
    app.command(short_help="Run MLPerf Tiny over its own protocol.")(with_records(mlperf))
    app.command(short_help="Show what a board sends: text and decoded frames.")(with_records(monitor))


def verify(
    context: typer.Context,
    model: opt.ModelOrProject,
    *,
    target: Target,
    inputs: Samples,
    keras: opt.KerasFile = None,
    port: opt.Port = None,
    output: opt.PredictionsFolder = None,
    gate: Gate,
    outputs: opt.Outputs = None,
    per_layer: PerLayer = False,
    resume: Resume = False,
    tflm_library: opt.TflmLibrary = None,
    kernels: opt.KernelChoice = None,
    no_page: opt.NoPage = False,
    shown: ShownBriefly,
) -> None:
    """Run inputs on a flashed board and compare every output byte with TensorFlow Lite Micro on this machine."""
    from mcu_toolkit.api.proof import verify_each
    from mcu_toolkit.cli.results import finish, progress_for
    from mcu_toolkit.pipeline.proof.verify import VerifyRequest
    from mcu_toolkit.pipeline.workspace.inputs import runtime_options
    from mcu_toolkit.report.measures import OF_A_RUN

    with progress_for("verify", shown.json, quiet=shown.quiet, verbose=shown.verbose) as progress:
        board, runtime = target.for_model(context, model)
        request = VerifyRequest(
            *(board, runtime, *inputs.given, keras, port, output, outputs),
            *(per_layer, resume, gate.limits(OF_A_RUN), runtime_options(tflm_library, kernels)),
        )
        reports = verify_each(model, request, progress, page=not no_page)
    finish(reports, shown.json, page=reports[0].page, brief=not shown.verbose)


def mlperf(
    context: typer.Context,
    model: opt.ModelOrProject,
    *,
    mode: Annotated[
        str, typer.Option("--mode", help="performance or accuracy.", autocompletion=completion.any_of("performance", "accuracy"))
    ] = "performance",
    board: opt.BoardId = None,
    port: opt.Port = None,
    inputs: Inputs,
    inferences: Annotated[int, typer.Option("--inferences", help="For each input, in performance mode.", min=1, max=100_000)] = 10,
    limit: opt.LimitOfBenchmark = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Run MLPerf Tiny on a board with firmware that was generated with --protocol mlperf-tiny."""
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.errors import UnknownNameError
    from mcu_toolkit.pipeline.profiling.mlperf import MlperfRequest, run_mlperf
    from mcu_toolkit.pipeline.workspace.inputs import open_subject
    from mcu_toolkit.report.measures import OF_A_BENCHMARK

    with progress_for("mlperf", json, quiet=quiet) as progress:
        if mode not in ("performance", "accuracy"):
            raise UnknownNameError("mode", mode, ("performance", "accuracy"))
        chosen: Literal["performance", "accuracy"] = "performance" if mode == "performance" else "accuracy"
        given = (inputs.data, inputs.random, inputs.seed)
        typed = frozenset(f"--{name}" for name in ("random", "inferences", "limit") if opt.is_given(context, name))
        request = MlperfRequest(chosen, board, port, *given, inferences, opt.limits_of(limit, OF_A_BENCHMARK), typed)
        result = run_mlperf(open_subject(model), request, progress)
    finish_step(result, json)


def monitor(
    *,
    board: Annotated[
        str, typer.Option("--board", "-b", help="Board id; `mcu boards` lists them.", autocompletion=completion.boards)
    ] = "netduinoplus2",
    port: opt.Port = None,
    watch: WatchOptions,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Show what a board sends, as it comes: its text, and the frames of the protocol decoded.

    With --sensor: the signal of the board's sensor; with --live MODEL the features and classes, too.
    """
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.cli.results import finish_step, progress_for, show
    from mcu_toolkit.errors import InputError
    from mcu_toolkit.pipeline.proof.live import LiveJob, LiveOptions, classify
    from mcu_toolkit.pipeline.proof.monitor import MonitorOptions
    from mcu_toolkit.pipeline.proof.monitor import watch as show_frames
    from mcu_toolkit.pipeline.workspace.inputs import open_subject
    from mcu_toolkit.pipeline.workspace.samples import load_inputs
    from mcu_toolkit.pipeline.workspace.step_result import StepResult

    with progress_for("monitor", json, quiet=quiet, spins=False) as progress:
        if watch.sensor is not None:
            from mcu_toolkit.pipeline.stream.live import ListenRequest, listen

            if watch.data is not None:
                raise InputError("--data with --sensor", expected="one of both: the model hears samples, or the sensor")
            heard = ListenRequest(board, watch.sensor, watch.live, watch.seconds, port, watch.labels)
            result: StepResult[object] = listen(heard, progress, show)
        elif watch.live is not None:
            model, options = open_subject(watch.live).model, LiveOptions(watch.labels, watch.seconds)
            job = LiveJob(model, load_inputs(model, watch.data, None, 0), load_board(board), port)
            result = classify(job, options, progress, show)
        else:
            result = show_frames(load_board(board), port, MonitorOptions(watch.seconds, watch.reset, watch.hello), progress, show)
    finish_step(result, json)
