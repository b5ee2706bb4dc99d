"""What an interrupted run keeps: a report of the finished samples, and their outputs for `--resume`."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import RunBrokenOffError
from mcu_toolkit.runners import DeviceRunner, roles
from mcu_toolkit.system.files import write_bytes
from mcu_toolkit.system.user_folders import cache_dir, private_cache

_FOLDER = "partial-runs"


@dataclasses.dataclass(frozen=True)
class PartialRun:
    """Where a broken-off run of these inputs on this board is kept."""

    path: Path

    @classmethod
    def of(cls, model: Model, board_id: str, inputs: Sequence[npt.NDArray[Any]]) -> PartialRun:
        """The place for this model, board and inputs; other inputs have another."""
        digest = hashlib.sha256(f"{model.sha256} {board_id}".encode())
        for array in inputs:
            digest.update(repr((array.dtype.str, array.shape)).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return cls(cache_dir() / _FOLDER / f"{digest.hexdigest()}.npz")

    def load(self) -> RunResult | None:
        """What is kept; None where nothing is, or nothing that can be read."""
        try:
            with np.load(io.BytesIO(self.path.read_bytes()), allow_pickle=False) as kept:
                outputs = tuple(kept[f"output{number}"] for number in range(int(kept["outputs"])))
                unit = str(kept["tick_unit"])
                return RunResult(roles.DEVICE, outputs, kept["ticks"] if unit else None, unit)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def save(self, result: RunResult) -> None:
        """Keep the outputs of the samples that were done."""
        arrays = {f"output{number}": array for number, array in enumerate(result.outputs)}
        ticks = np.zeros(0, np.uint64) if result.ticks is None else result.ticks
        content = io.BytesIO()
        np.savez(
            content, allow_pickle=False, **arrays, outputs=np.array(len(result.outputs)), ticks=ticks, tick_unit=np.array(result.tick_unit)
        )
        private_cache(_FOLDER)
        write_bytes(self.path, content.getvalue())

    def forget(self) -> None:
        """The run is complete."""
        self.path.unlink(missing_ok=True)


def run_from_where_it_was(
    runner: DeviceRunner,
    inputs: Sequence[npt.NDArray[Any]],
    kept: PartialRun,
    progress: Progress,
    *,
    resume: bool,
    explained: AbstractContextManager[None],
) -> RunResult:
    """Run every sample; with `resume` only those that a broken-off run has not done.  State begins at its initial values.

    The run itself is inside of `explained`, whose errors are those that are reported.

    Raises RunBrokenOffError where the board fails in mid-run; what was done is then kept.
    """
    before = kept.load() if resume else None
    if before is not None and runner.has_state:
        progress.note("the model has state: an interrupted run starts again at the first sample")
        before = None
    first = 0 if before is None else len(before.outputs[0])
    if before is not None:
        progress.note(f"continuing after {first:,} samples of the earlier run")
    runner.reset()  # state of an earlier run is still there; the golden run starts again too
    try:
        with explained:
            result = _joined(before, runner.run([array[first:] for array in inputs]))
    except DeviceError as error:
        done = _joined(before, runner.partial) if runner.partial is not None else before
        if done is not None and len(done.outputs[0]):
            kept.save(done)
        raise RunBrokenOffError(error, 0 if done is None else len(done.outputs[0]), len(inputs[0])) from None
    kept.forget()
    return result


def _joined(before: RunResult | None, after: RunResult) -> RunResult:
    if before is None:
        return after
    outputs = tuple(np.concatenate(pair) for pair in zip(before.outputs, after.outputs, strict=True))
    if before.ticks is None or after.ticks is None:
        return dataclasses.replace(after, outputs=outputs, ticks=None, tick_unit="")
    return dataclasses.replace(after, outputs=outputs, ticks=np.concatenate((before.ticks, after.ticks)))


def first_samples(results: Mapping[str, RunResult], count: int) -> dict[str, RunResult]:
    """The results of the first `count` samples."""
    return {name: dataclasses.replace(one, outputs=tuple(array[:count] for array in one.outputs)) for name, one in results.items()}
