"""How often each runner names the right class: of a model's only output, or of every output that has labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.model import Model, output_names
from mcu_toolkit.runners import roles
from mcu_toolkit.validate import accuracy


@dataclass(frozen=True)
class Accuracies:
    """Shares of correct classes; empty without labels."""

    overall: dict[str, float] = field(default_factory=dict)
    """By runner, over all outputs that have labels."""
    by_output: dict[str, dict[str, float]] = field(default_factory=dict)
    """By output and runner; empty where the model has only one output."""


def accuracies(results: Mapping[str, RunResult], vectors: Vectors, model: Model) -> Accuracies:
    """The accuracies of `results`, which are by the runner's name and have `model`'s outputs in its order."""
    names = output_names(model)
    labels: Mapping[str, npt.NDArray[np.int64]] = vectors.labels_by_output
    if vectors.labels is not None and len(names) == 1:
        labels = {names[0]: vectors.labels}
    if not labels:
        return Accuracies()
    # From the float model to the board: a reader sees where it is lost.
    runners = sorted(results, key=roles.nearest_to_the_board().index, reverse=True)
    by_output = {
        name: {runner: accuracy(results[runner].outputs[names.index(name)], classes) for runner in runners}
        for name, classes in labels.items()
    }
    overall = {runner: float(np.mean([values[runner] for values in by_output.values()])) for runner in runners}
    return Accuracies(overall, by_output if len(names) > 1 else {})
