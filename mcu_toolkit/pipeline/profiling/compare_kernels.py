"""`mcu compare-kernels`: the reference and the optimized kernels of a TFLM library on a board, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import LayerProof
from mcu_toolkit.boards import Board
from mcu_toolkit.build import require_tools
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.proof import arena, device
from mcu_toolkit.pipeline.proof.host import golden_name, golden_notes, golden_runner
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.per_layer import flash_observer
from mcu_toolkit.pipeline.workspace.inputs import built_with, open_subject, refuse_unsupported
from mcu_toolkit.pipeline.workspace.locks import board_in_use, folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report.table import table
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.runners.samples import numpy_dtype
from mcu_toolkit.runtimes import runtime_with
from mcu_toolkit.runtimes.base import Runtime, RuntimeOptions
from mcu_toolkit.system.confined import folder_inside
from mcu_toolkit.system.sinks import file_stem
from mcu_toolkit.units import format_bytes
from mcu_toolkit.validate import inputs_for, prove_layers
from mcu_toolkit.validate.layer_pairs import LayerPair, Place, Records, differing_places, noted_digests, pair_layers
from mcu_toolkit.validate.layers import Digests

KINDS: Final[tuple[Literal["reference"], Literal["optimized"]]] = ("reference", "optimized")


@dataclass(frozen=True)
class KernelsRequest:
    """The options of a comparison; None is the project's, the board's or no value at all."""

    model: Path
    """A .tflite file, or a project of the tflm runtime."""
    board: str | None = None
    tflm_library: str | None = None
    data: Path | None = None
    random: int | None = None
    seed: int = 0
    output: Path | None = None
    port: str | None = None


@dataclass(frozen=True)
class Side:
    """One of the two firmwares, and what it showed of itself."""

    name: str
    runtime: Runtime
    called: str
    """The runtime as the board names it: `tflm (CMSIS-NN)`."""
    flash_bytes: int
    records: Records
    layers: tuple[LayerProof, ...]
    tick_unit: str


@dataclass(frozen=True)
class KernelsOnBoard:
    """One of the two firmwares."""

    runtime: str
    """As the board names it: `tflm (CMSIS-NN)`."""
    flash_bytes: int
    """With the observer."""


@dataclass(frozen=True)
class ComparedLayer:
    """A tensor as both made it."""

    sides: tuple[str, str]
    pair: LayerPair

    def plain_form(self) -> object:
        """The pair's fields, with the ticks by side and their ratio."""
        ticks = dict(zip(self.sides, self.pair.ticks, strict=True))
        return {**asdict(self.pair), "ticks": ticks, "ratio": self.pair.ratio}


@dataclass(frozen=True)
class ComparedKernels:
    """What `mcu compare-kernels` found."""

    model: str
    model_sha256: str
    board: str
    samples: int
    tick_unit: str
    kernels: Mapping[str, KernelsOnBoard]
    """By side."""
    golden: str
    differing_from_golden: Mapping[str, int]
    """Tensors that are not the golden interpreter's, by side."""
    layers: tuple[ComparedLayer, ...]
    reasons: tuple[str, ...]
    """Why the verdict is no."""
    notes: tuple[str, ...]


def compare_kernels(request: KernelsRequest, progress: Progress) -> StepResult[ComparedKernels]:
    """Build and flash the model with either kind of kernels, run the same samples, compare every layer.

    The verdict is yes where no byte differs.  Raises InputError where the library has one kind only, or the board's core cannot
    run the other, and what building and running on a board raise.
    """
    subject = open_subject(request.model)
    model, board = subject.model, subject.board(request.board)
    compared = runtime_with(lambda one: one.traits.chooses_kernels).name
    sides: dict[str, Runtime] = {
        kind: subject.runtime(compared, board, built_with(subject, RuntimeOptions(request.tflm_library, kind)) or RuntimeOptions())
        for kind in KINDS
    }
    for runtime in sides.values():
        refuse_unsupported(model, runtime, board)
    _refuse_same(sides, model, board)
    job = Job(
        model=model,
        board=board,
        runtime=sides["optimized"],
        vectors=load_inputs(model, request.data, request.random, request.seed),
        output=request.output or Path("build") / f"{file_stem(model.name)}-{board.id}-kernels",
        port=request.port,
        board_file=subject.board_file(request.board),
    )
    return compare_firmwares(job, sides, progress)


def _refuse_same(sides: Mapping[str, Runtime], model: Model, board: Board) -> None:
    libraries = [runtime.contribute([model], board).info.library for runtime in sides.values()]
    if all(library is not None and library.kernels == "reference" for library in libraries):
        raise InputError(
            f"there is nothing to compare: the library's kernels for {board.core} are the reference ones",
            on=board.id,
            expected="a board and a library with optimized kernels for it",
        )


def compare_firmwares(job: Job, sides: Mapping[str, Runtime], progress: Progress) -> StepResult[ComparedKernels]:
    """The same for any two runtimes, by name; `job.runtime` is not looked at."""
    require_tools(job.board)
    inputs = inputs_for(job.model, job.vectors)
    for remark in job.vectors.remarks:
        progress.note(remark)
    with folder_in_use(job.output), board_in_use(job.board, job.port):
        progress.stage(f"computing every layer of {job.model.name} on the host ({len(job.vectors)} samples)")
        with closing(golden_runner(job.model, job.output)) as golden:
            digests = golden.digests(inputs)
        seen = {name: _observe(job, name, runtime, digests, progress) for name, runtime in sides.items()}
        first, second = seen.values()
        differing = differing_places(first.records, second.records)
        contents = {
            # The one that is on the board first; then, only where the golden interpreter does not have its tensors, the other again.
            side.name: _contents(job, side, differing, digests, progress)
            for side in (second, first)
        }
    pairs = pair_layers((first.layers, second.layers), differing, (contents[first.name], contents[second.name]))
    return _result(job, (first, second), pairs)


def _observe(job: Job, name: str, runtime: Runtime, digests: Digests, progress: Progress) -> Side:
    """Build, flash and run one of the two."""
    port, flash_bytes = _flash(job, name, runtime, progress)
    with device.runner_on(job.model, job.board, port, progress) as runner:
        progress.stage(f"running {len(job.vectors)} samples with {name} kernels on {job.board.id}")
        result, records = runner.observe(inputs_for(job.model, job.vectors))
        layers = prove_layers(job.model, records, digests)
        called = "" if result.device is None else result.device.runtime
        return Side(name, runtime, called, flash_bytes, records, layers, runner.tick_unit)


def _flash(job: Job, name: str, runtime: Runtime, progress: Progress) -> tuple[str, int]:
    folder = folder_inside(job.output, name)
    measured = arena.measured_runtime([job.model], job.board, runtime, arena.Place(folder, job.port, job.board_file), progress)
    port, image = flash_observer([job.model], job, measured, folder, progress)
    return port, image.footprint.flash_bytes


def _contents(job: Job, side: Side, places: Sequence[Place], digests: Digests, progress: Progress) -> dict[Place, npt.NDArray[Any]]:
    """The tensors at `places` as `side` made them: the golden interpreter's where those are the same, else from the board."""
    noted = noted_digests(side.records)
    golden = [(sample, tensor) for sample, tensor in places if tensor in digests and int(digests[tensor][sample]) == noted[sample, tensor]]
    contents = _golden_contents(job, golden)
    missing = [place for place in places if place not in contents]
    if not missing:
        return contents
    port, _ = _flash(job, side.name, side.runtime, progress)
    with device.runner_on(job.model, job.board, port, progress) as runner:
        progress.stage(f"fetching {len(missing):,} tensors that differ from {job.board.id}")
        for place in missing:
            contents[place] = _fetch(job, runner, place)
    return contents


def _golden_contents(job: Job, places: Sequence[Place]) -> dict[Place, npt.NDArray[Any]]:
    contents: dict[Place, npt.NDArray[Any]] = {}
    if not places:
        return contents
    inputs = inputs_for(job.model, job.vectors)
    with closing(golden_runner(job.model, job.output)) as golden:
        for sample in sorted({sample for sample, _ in places}):
            made = golden.trace([array[: sample + 1] for array in inputs])  # from the first one on: a model may have state
            contents.update({place: made[place[1]] for place in places if place[0] == sample})
    return contents


def _fetch(job: Job, runner: DeviceRunner, place: Place) -> npt.NDArray[Any]:
    sample, tensor = place
    first = 0 if runner.has_state else sample
    about = job.model.main.tensors[tensor]
    content = runner.tensor([array[first : sample + 1] for array in inputs_for(job.model, job.vectors)], tensor)
    return np.frombuffer(content, numpy_dtype(about)).reshape(about.shape)


def _result(job: Job, sides: tuple[Side, Side], pairs: Sequence[LayerPair]) -> StepResult[ComparedKernels]:
    first, second = sides
    reasons = [
        f"layer {pair.layer} {pair.operator} '{pair.name}' differs in {pair.differing_samples:,} of {len(job.vectors):,} samples "
        f"({pair.differing_bytes:,} bytes, by up to {pair.max_lsb:,} LSB)"
        for pair in pairs
        if pair.differing_bytes
    ]
    golden = "TensorFlow Lite Micro" if golden_name() == "tflm" else golden_name()
    unlike_golden = {side.name: sum(bool(one.differing_samples) for one in side.layers) for side in sides}
    lines = [
        *(f"{side.name}: {side.called}, flash {format_bytes(side.flash_bytes)} with the observer" for side in sides),
        "",
        *_table(sides, pairs),
        "",
        *(f"{name}: {count:,} of {len(pairs):,} tensors differ from {golden} on this machine"
          for name, count in unlike_golden.items() if count),
        *(f"note: {note}" for note in golden_notes()),
        "verdict: FAIL" if reasons else f"verdict: pass - {second.name} and {first.name} kernels compute the same bytes in every layer",
        *(f"  {reason}" for reason in reasons),
    ]  # fmt: skip
    result = ComparedKernels(
        model=job.model.name,
        model_sha256=job.model.sha256,
        board=job.board.id,
        samples=len(job.vectors),
        tick_unit=first.tick_unit,
        kernels={side.name: KernelsOnBoard(side.called, side.flash_bytes) for side in sides},
        golden=golden_name(),
        differing_from_golden=unlike_golden,
        layers=tuple(ComparedLayer((first.name, second.name), pair) for pair in pairs),
        reasons=tuple(reasons),
        notes=golden_notes(),
    )
    return StepResult("compare-kernels", tuple(lines), result, verdict="fail" if reasons else "pass")


def _table(sides: tuple[Side, Side], pairs: Sequence[LayerPair]) -> list[str]:
    totals = tuple(sum(pair.ticks[side] for pair in pairs) for side in (0, 1))
    rows = [
        (
            str(pair.layer),
            pair.operator,
            *(f"{ticks:,}" if all(pair.ticks) else "-" for ticks in pair.ticks),
            "-" if pair.ratio is None else f"{pair.ratio:.2f}",
            f"{pair.differing_bytes:,}",
            f"{pair.max_lsb:,}",
        )
        for pair in pairs
    ]
    whole = "-" if not all(totals) else f"{totals[0] / totals[1]:.2f}"
    total_bytes, total_lsb = sum(pair.differing_bytes for pair in pairs), max((pair.max_lsb for pair in pairs), default=0)
    rows.append(("-", "all layers", *(f"{ticks:,}" for ticks in totals), whole, f"{total_bytes:,}", f"{total_lsb:,}"))
    unit = sides[0].tick_unit or "ticks"
    names = (f"{side.name}, {unit}" for side in sides)
    return table(("layer", "operator", *names, "ratio", "differing bytes", "max LSB"), rows)
