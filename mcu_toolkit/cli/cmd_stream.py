"""`mcu stream`: a model over continuous sound; `mcu make-stream`: such sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.groups import Target
from mcu_toolkit.cli.listening import WakeWordOptions
from mcu_toolkit.cli.option_records import with_records

if TYPE_CHECKING:
    from mcu_toolkit.pipeline.stream import RuleChoices

_WAV = "A sound of any length; may be repeated."
_TRUTH = "Label track of the sound: CSV start,end,label or Audacity's; one for each --wav."
_ON = (
    "tflm, litert, aot-host or device; several with commas are compared, the first decides.  Default: tflm, and the board if one is named."
)
_LISTEN = "A class that is decided; may be repeated.  Default: all but silence and unknown."
_OF_RUNNERS = completion.some_of("tflm", "litert", "aot-host", "device")
RunnerNames = Annotated[list[str] | None, typer.Option("--on", help=_ON, metavar="RUNNER", show_default=False, autocompletion=_OF_RUNNERS)]
ScoresFolder = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder for scores.csv, scores.png and stream.json.", metavar="DIR", show_default=False),
]


@dataclass(frozen=True)
class RecordingOptions:
    """What the model hears or feels."""

    wav: Annotated[list[Path] | None, typer.Option("--wav", help=_WAV, metavar="FILE", show_default=False)] = None
    csv: Annotated[
        list[Path] | None,
        typer.Option("--csv", help="Motion instead: a column for each axis; may be repeated.", metavar="FILE", show_default=False),
    ] = None


@dataclass(frozen=True)
class RuleOptions:
    """When scores are a decision."""

    stride: Annotated[
        int | None, typer.Option("--stride", help="Frames from one inference to the next.", metavar="N", min=1, show_default=False)
    ] = None
    average: Annotated[
        int | None,
        typer.Option(
            "--average",
            help="Scores that are averaged; default: 4, of a sliding window 2.",
            metavar="N",
            min=1,
            max=1024,
            show_default=False,
        ),
    ] = None
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="Decided where the mean is above; default: 0.5.", show_default=False)
    ] = None
    refractory: Annotated[
        float | None,
        typer.Option("--refractory", help="No decision for so long after one; default: 1.", metavar="SECONDS", min=0, show_default=False),
    ] = None
    wait_for_quiet: Annotated[
        bool | None,
        typer.Option("--wait-for-quiet/--no-wait-for-quiet", help="Count only low scores as waited.", show_default=False),
    ] = None
    listen: Annotated[list[str] | None, typer.Option("--listen", help=_LISTEN, metavar="CLASS", show_default=False)] = None
    save_rule: Annotated[
        Path | None,
        typer.Option("--save-rule", help="Write a copy of the model that holds this decision rule.", metavar="FILE", show_default=False),
    ] = None

    def choices(self) -> RuleChoices:
        """What of the rule is asked for; the model may hold the rest."""
        from mcu_toolkit.pipeline.stream import RuleChoices

        given = (self.stride, self.average, self.threshold, self.refractory, self.wait_for_quiet)
        return RuleChoices(*given, tuple(self.listen or ()))


@dataclass(frozen=True)
class JudgingOptions:
    """What is right, and how much may be wrong."""

    truth: Annotated[list[Path] | None, typer.Option("--truth", help=_TRUTH, metavar="FILE", show_default=False)] = None
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="A decision counts so long after the end of its label.", metavar="SECONDS", min=0)
    ] = 0.5
    max_false_alarms: Annotated[
        float | None,
        typer.Option("--max-false-alarms", help="Exit code 1 above so many per hour.", metavar="N", show_default=False),
    ] = None
    max_miss_rate: Annotated[
        float | None, typer.Option("--max-miss-rate", help="Exit code 1 above it, such as 0.05.", metavar="SHARE", show_default=False)
    ] = None


@dataclass(frozen=True)
class HearingOptions:
    """How sound becomes inputs, where the model does not say."""

    frontend: Annotated[
        str | None,
        typer.Option(
            "--frontend", help="If the model holds none: micro_frontend or a .toml file.", metavar="NAME|FILE", show_default=False
        ),
    ] = None
    preprocessing: Annotated[
        Path | None,
        typer.Option("--preprocessing", help=".toml: how features become inputs, if the model does not say.", show_default=False),
    ] = None
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Names of the classes, one per line, if the model has none.", show_default=False)
    ] = None


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Run a model over continuous sound; scores, decisions, false alarms.")(with_records(stream))
    app.command(name="make-stream", short_help="Mix clips into one long sound with its label track.")(make_stream)


def stream(
    context: typer.Context,
    model: opt.ModelOrProject,
    *,
    recording: RecordingOptions,
    on: RunnerNames = None,
    rule: RuleOptions,
    judging: JudgingOptions,
    output: ScoresFolder = None,
    wake_word: WakeWordOptions,
    hearing: HearingOptions,
    target: Target,
    port: opt.Port = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Run a model over continuous sound: its scores over time, and what it decides.

    Models that keep their state take every frame once; others see a window that slides.  Decisions are made from integers, by
    the rule that the model holds or the options say, and are the same on the board.  With --truth they are judged: false alarms
    per hour, misses, and the trade-off between them over all thresholds.
    """
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("stream", json, quiet=quiet) as progress:
        from mcu_toolkit.pipeline.stream import StreamRequest
        from mcu_toolkit.pipeline.stream import stream as run

        request = StreamRequest(
            model,
            (*(recording.wav or ()), *(recording.csv or ())),
            tuple(judging.truth or ()),
            tuple(on or ()),
            rule.choices(),
            *(judging.tolerance, judging.max_false_alarms, judging.max_miss_rate),
            output,
            rule.save_rule,
            wake_word.manifests,
            wake_word.style,
            *(hearing.frontend, hearing.preprocessing, hearing.labels),
            *target.for_model(context, model),
            port,
        )
        result = run(request, progress)
    finish_step(result, json)


def make_stream(
    clips: Annotated[
        Path,
        typer.Argument(
            help="A folder with a sub-folder of WAV files for each word; sub-folders that begin with _ hold background.",
            metavar="FOLDER",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The WAV file; its label track is beside it, with the ending .csv.", metavar="FILE")
    ] = Path("stream.wav"),
    hours: Annotated[float, typer.Option("--hours", help="How long.")] = 1.0,
    gap: Annotated[
        tuple[float, float], typer.Option("--gap", help="Shortest and longest silence between two words.", metavar="SECONDS SECONDS")
    ] = (1.0, 5.0),
    noise_db: Annotated[float, typer.Option("--noise-db", help="Level of the background, in decibels of full scale.")] = -50.0,
    seed: Annotated[int, typer.Option("--seed", help="Another number makes another sound.", min=0)] = 0,
    split: Annotated[
        Path | None,
        typer.Option(
            "--split", help="The split.json of a training on FOLDER: only what it kept for the test.", metavar="FILE", show_default=False
        ),
    ] = None,
    background: Annotated[
        Path | None, typer.Option("--background", help="Folder of WAV files to hear between words.", metavar="DIR", show_default=False)
    ] = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Mix clips of words into one long sound, and write which word is heard when, as `mcu stream --truth` reads it.

    The same seed and clips make the same bytes.
    """
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("make-stream", json, quiet=quiet) as progress:
        from mcu_toolkit.pipeline.stream.make import MakeStreamRequest
        from mcu_toolkit.pipeline.stream.make import make_stream as run

        result = run(MakeStreamRequest(clips, output, hours, gap, noise_db, seed, split, background), progress)
    finish_step(result, json)
