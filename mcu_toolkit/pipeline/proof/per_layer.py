"""`mcu verify --per-layer`: every tensor is compared on the board; the first one that differs is fetched and explained."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import (
    CompiledModelInfo,
    Divergence,
    FirmwareImage,
    Footprint,
    LayerInfo,
    LayerProof,
    ModelInfo,
    RunResult,
)
from mcu_toolkit.artifacts.compiled_model import Digest
from mcu_toolkit.boards import Board
from mcu_toolkit.device import find_emulator
from mcu_toolkit.firmware import Extras
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline import firmware
from mcu_toolkit.pipeline.proof import device
from mcu_toolkit.pipeline.proof.arena import known_runtime
from mcu_toolkit.pipeline.proof.host import golden_runner, validate_on_host
from mcu_toolkit.pipeline.proof.identity import OBSERVED, check_image
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.judge import judge
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.pipeline.workspace.locks import board_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.protocol.ids import FIRST_INPUT, NO_LAYER
from mcu_toolkit.protocol.observer_messages import LayerRecord
from mcu_toolkit.report import LayerReport, Report
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.runners.samples import numpy_dtype
from mcu_toolkit.runtimes.base import MergesOperators, Runtime
from mcu_toolkit.system.confined import folder_inside
from mcu_toolkit.validate import compare, describe_divergence, first_mismatch, inputs_for, prove_layers
from mcu_toolkit.validate.kept_channels import WHOLE, KeptChannels, digests_of_kept, in_whole
from mcu_toolkit.validate.layers import Digests, Mismatch
from mcu_toolkit.version import __version__

_SECOND_BUILD = "found by a second build, in which every operator is a separate step"


@dataclass(frozen=True)
class Proof:
    """What one firmware showed of itself."""

    result: RunResult
    layers: tuple[LayerProof, ...]
    divergence: Divergence | None
    tick_unit: str


def verify_layers(job: Job, subject: Subject, progress: Progress) -> Report:
    """Prove every layer of `job.model` on its board.

    Firmware with the observer that is on the board already is what is judged.  Other firmware is judged by its outputs as
    `verify` does; then firmware with the same kernels, the same plan and the observer is built and flashed, and stays there.
    """
    inputs = inputs_for(job.model, job.vectors)
    with board_in_use(job.board, job.port):
        shipped, footprint, port = _shipped(job, inputs, progress)
        notes = []
        if port is None:
            notes.append("the board now has firmware with the tensor observer: mcu flash puts the one that ships back")
            port, image = _flash_observer(job, subject, job.runtime, progress)
            footprint = footprint or image.footprint
        progress.stage(f"computing every layer of {job.model.name} on the host ({len(job.vectors)} samples)")
        validation = validate_on_host(job.model, job.vectors, job.output, progress, keras=job.keras)
        with closing(golden_runner(job.model, job.output)) as golden:
            digests = golden.digests(inputs)
        info = info_of(job, subject, job.runtime)
        proof = prove(job, port, digests, info, progress)
        divergence = proof.divergence
        group = divergence is not None and divergence.layer is not None and _is_group(info, divergence.layer)
        if group and isinstance(job.runtime, MergesOperators):
            divergence, note = _find_member(job, subject, digests, proof, progress)
            notes.append(note)
    report = judge(job, validation, shipped or proof.result, footprint)
    if shipped is not None:
        report = report.with_reasons(_contradiction(shipped, proof, job))
    return report.with_layers(_rows(proof, info, job.board), divergence, notes)


def profile_layers(job: Job, subject: Subject, progress: Progress) -> list[LayerReport]:
    """What every layer takes by the board's own clock, in firmware with the observer, which stays on the board."""
    with board_in_use(job.board, job.port):
        port, _ = _flash_observer(job, subject, job.runtime, progress)
        with closing(golden_runner(job.model, job.output)) as golden:
            digests = golden.digests(inputs_for(job.model, job.vectors))
        info = info_of(job, subject, job.runtime)
        return _rows(prove(job, port, digests, info, progress), info, job.board)


def _shipped(job: Job, inputs: Sequence[npt.NDArray[Any]], progress: Progress) -> tuple[RunResult | None, Footprint | None, str | None]:
    """The outputs of firmware without the observer, or the port of firmware with it, and its size; neither where no emulator is running."""
    if job.port is None and job.board.is_emulated and find_emulator(job.board.id) is None:
        return None, None, None
    port = device.port_of(job.board, job.port)
    progress.stage(f"asking {job.board.id} over {port}")
    with device.runner_on(job.model, job.board, port, progress) as runner:
        footprint = device.footprint_on(job.board, port, job.image)
        if job.project is not None:
            check_image(job.project, runner, port)
        if runner.has_observer:
            return None, footprint, port
        progress.stage(f"running {len(job.vectors)} samples on {job.board.id}")
        runner.reset()
        return runner.run(inputs), footprint, None


def _flash_observer(job: Job, subject: Subject, runtime: Runtime, progress: Progress) -> tuple[str, FirmwareImage]:
    """Build firmware with the observer and put it onto the board; returns the port and the image."""
    around, name = (job.output, "observed") if subject.project is None else (subject.project.folder, OBSERVED)
    return flash_observer(subject.models, job, runtime, folder_inside(around, name), progress)


def flash_observer(models: Sequence[Model], job: Job, runtime: Runtime, folder: Path, progress: Progress) -> tuple[str, FirmwareImage]:
    """Build firmware of `models` with the observer in `folder` and put it onto the job's board; returns the port and the image."""
    runtime = known_runtime(models, job.board, runtime)
    progress.stage(f"building firmware with the tensor observer for {job.board.id}")
    project, _ = firmware.ensure_generated(
        models, job.board, runtime, folder, Extras(board_file=_readable(job.board_file), observer=True), force=False
    )
    image, _ = firmware.ensure_built(project, job.board, progress, force=False)
    with device.emulator_as_found(job.board):
        port, _ = device.ensure_flashed(project, job.board, job.port, progress, force=True)
    return port, image


def _readable(path: Path | None) -> Path | None:
    return path if path is not None and path.is_file() else None


def info_of(job: Job, subject: Subject, runtime: Runtime) -> ModelInfo:
    """What the runtime knows of this model in the firmware it makes: merged operators, constants."""
    info = known_runtime(subject.models, job.board, runtime).contribute(subject.models, job.board).info
    return info.models[[model.sha256 for model in subject.models].index(job.model.sha256)]


def _of_layer(info: ModelInfo, layer: int) -> LayerInfo | None:
    """What the runtime knows of the step that ends with `layer`; None for a runtime without steps."""
    return info.layer(layer) if isinstance(info, CompiledModelInfo) else None


def _kept_channels(info: ModelInfo) -> KeptChannels:
    return info.kept_channels if isinstance(info, CompiledModelInfo) else WHOLE


def _is_group(info: ModelInfo, layer: int) -> bool:
    found = _of_layer(info, layer)
    return found is not None and bool(found.merged or found.rows)


def prove(job: Job, port: str, digests: Digests, info: ModelInfo, progress: Progress) -> Proof:
    """Run every sample on the board behind `port`, whose firmware has the observer, and explain the first tensor that is wrong.

    `digests` are the golden interpreter's, `info` is what the runtime knows of this model.
    """
    inputs, kept = inputs_for(job.model, job.vectors), _kept_channels(info)
    with device.runner_on(job.model, job.board, port, progress) as runner:
        if kept:
            with closing(golden_runner(job.model, job.output)) as golden:
                digests = digests_of_kept(golden.trace, inputs, digests, kept, remembers=runner.has_state)
        progress.stage(f"proving every layer on {job.board.id} ({len(job.vectors)} samples)")
        result, records = runner.observe(inputs)
        layers = prove_layers(job.model, records, digests)
        where = first_mismatch(records, digests, inputs)
        divergence = None
        if where is not None:
            progress.note(f"fetching the first tensor that differs: {where.tensor} of layer {where.layer}")
            noted = next(r for r in records[where.sample] if (r.layer, r.tensor) == (where.layer, where.tensor))
            divergence = _explain(job, runner, where, noted, info)
        return Proof(result, layers, divergence, runner.tick_unit)


def _explain(job: Job, runner: DeviceRunner, where: Mismatch, noted: LayerRecord, info: ModelInfo) -> Divergence:
    """Fetch the tensor and say what differs."""
    inputs = inputs_for(job.model, job.vectors)
    first = 0 if runner.has_state else where.sample
    until = [array[first : where.sample + 1] for array in inputs]
    is_input = where.layer == NO_LAYER
    tensor = job.model.inputs[where.tensor] if is_input else job.model.main.tensors[where.tensor]
    kept = None if is_input else _kept_channels(info).get(where.tensor)
    shape = tensor.shape if kept is None else (*tensor.shape[:-1], len(kept))
    size_bytes = math.prod(shape) * tensor.dtype.itemsize_bytes
    content = runner.tensor(until, where.tensor + FIRST_INPUT if is_input else where.tensor, size_bytes)
    got = np.frombuffer(content, numpy_dtype(tensor)).reshape(shape)
    if is_input:
        expected = inputs[where.tensor][where.sample].reshape(tensor.shape)
    else:
        with closing(golden_runner(job.model, job.output)) as golden:
            expected = golden.trace(until)[where.tensor]
    if kept is not None:
        got = in_whole(got, kept, expected)
    constants = "" if is_input or runner.toolkit != __version__ else _wrong_constants(runner, where.layer, info)
    return describe_divergence(job.model, where, expected, got, constants=constants, repeatable=zlib.crc32(content) == noted.crc32)


def _wrong_constants(runner: DeviceRunner, layer: int, info: ModelInfo) -> str:
    """What is wrong with the constants in the image, "" if nothing is."""
    if Digest(*runner.constants(layer)) != info.constants.of_layer(layer):
        return f"the constants of layer {layer} in the image are not the model's"
    if Digest(*runner.constants(NO_LAYER)) != info.constants.whole:
        return f"the constants of layer {layer} are right, but others of model {info.name} in the image are not (scales, shapes or options)"
    return ""


def _find_member(job: Job, subject: Subject, digests: Digests, group: Proof, progress: Progress) -> tuple[Divergence, str]:
    """The member of a group of merged operators that is at fault, by a build without merging; the group's finding if it shows none."""
    assert group.divergence is not None
    assert isinstance(job.runtime, MergesOperators)
    runtime = job.runtime.without_merging()
    port, _ = _flash_observer(job, subject, runtime, progress)
    second = prove(job, port, digests, info_of(job, subject, runtime), progress)
    step = _of_layer(info_of(job, subject, job.runtime), group.divergence.layer or 0)
    kind = "a group of layers done row by row" if step is not None and step.rows else "a group of merged operators"
    about = f"layer {group.divergence.layer} is {kind}, verified at its output"
    if second.divergence is None:
        return (
            group.divergence,
            f"{about}; a second build, without merging, computes every layer right: the fault is in the group or its image",
        )
    return second.divergence, f"{about}; the member at fault was {_SECOND_BUILD}"


def _contradiction(shipped: RunResult, proof: Proof, job: Job) -> tuple[str, ...]:
    """Why outputs of the firmware that was on the board, and of the one with the observer, may not differ."""
    found = compare(shipped, proof.result)
    if found.differing_bytes == 0:
        return ()
    return (
        f"the firmware that was on {job.board.id} gives other outputs than a fresh build of the same model with the observer "
        f"({found.differing_samples:,} of {found.samples:,} samples): its image is damaged, or was made by another version; mcu flash",
    )


def _rows(proof: Proof, info: ModelInfo, board: Board) -> list[LayerReport]:
    rows, seen = [], set()
    for one in proof.layers:
        step = _of_layer(info, one.layer)
        row = LayerReport(
            index=one.layer,
            operator=one.operator,
            tensor=one.tensor,
            name=one.name,
            size_bytes=one.size_bytes,
            differing_samples=one.differing_samples,
            merged=() if step is None else step.merged,
            rows=None if step is None else step.rows or None,
        )
        rows.append(row if one.layer in seen else _with_ticks(row, one.ticks, proof.tick_unit, board))
        seen.add(one.layer)
    return rows


def _with_ticks(row: LayerReport, ticks: int, unit: str, board: Board) -> LayerReport:
    """The row with what the board counts in `unit`; as it is where that counts nothing that a report has."""
    if unit == "instructions":
        return replace(row, instructions=ticks)
    if unit == "cycles":
        return replace(row, estimated_cycles=ticks) if board.estimates_cycles else replace(row, measured_cycles=ticks)
    return replace(row, latency_us=ticks) if unit == "us" else row
