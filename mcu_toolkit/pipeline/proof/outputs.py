"""`--outputs FILE.npz`: what every runner computed for every sample, and a few of these in the report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.artifacts.array_names import array_key
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model, output_names
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.report import Report
from mcu_toolkit.report.parts import SampleOutputs
from mcu_toolkit.runners import roles
from mcu_toolkit.system.files import atomic_path
from mcu_toolkit.system.sinks import file_stem

_SUFFIX: Final = ".npz"
SHOWN_SAMPLES: Final = 3
SHOWN_VALUES: Final = 32
"""In the report, of each output."""


def require_npz(path: Path | None, data: Path | None = None) -> None:
    """Raise InputError, before anything runs, for a file of another name than what numpy reads, and for the samples in `data`."""
    if path is not None and path.suffix != _SUFFIX:
        raise InputError("is no name for a file of arrays", on=path, expected="--outputs FILE.npz")
    if path is not None and data is not None and path.resolve() == data.resolve():
        raise InputError("holds the samples, and would be overwritten", on=path, expected="another file with --outputs")


def outputs_file(asked: Path | None, subject: Subject, model: Model) -> Path | None:
    """Where the outputs of `model` go: the file asked for, and of several models one beside it for each."""
    if asked is None or len(subject.models) == 1:
        return asked
    return asked.with_name(f"{asked.stem}-{file_stem(model.name)}{_SUFFIX}")


def with_outputs(report: Report, path: Path | None, results: Mapping[str, RunResult], model: Model, vectors: Vectors) -> Report:
    """`report` with the outputs of the first samples, after all of them were written to `path`; as it is where that is None.

    Arrays are [samples, *shape] in the output's own dtype (real values of the float model), called after the runner: `device`, for
    a model of several outputs `device_<output>`.  Labels are `y`, or `y_<output>`.
    """
    if path is None:
        return report
    names = output_names(model)
    arrays = {
        array_key(runner, names, number): array for runner in _ordered(results) for number, array in enumerate(results[runner].outputs)
    }
    labels = dict(vectors.labels_by_output)
    if vectors.labels is not None:
        labels[names[0]] = vectors.labels
    arrays |= {array_key("y", names, names.index(name)): values for name, values in labels.items()}
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    samples = tuple(
        SampleOutputs(
            index,
            {runner: _values(results[runner], names, index) for runner in _ordered(results)},
            {name: int(values[index]) for name, values in labels.items() if values.dtype.kind in "iu"},
        )
        for index in range(min(SHOWN_SAMPLES, len(vectors)))
    )
    return dataclasses.replace(report, outputs_of_samples=samples, files=(*report.files, path))


def _ordered(results: Mapping[str, RunResult]) -> list[str]:
    return [name for name in roles.nearest_to_the_board() if name in results]


def _values(result: RunResult, names: tuple[str, ...], index: int) -> dict[str, tuple[float, ...]]:
    """The first values of each output of a sample; what JSON has no number for is left to be written as null."""
    return {name: _first(array[index]) for name, array in zip(names, result.outputs, strict=True)}


def _first(values: npt.NDArray[Any]) -> tuple[float, ...]:
    flat = values.reshape(-1)[:SHOWN_VALUES]
    return tuple(flat.tolist())
