"""How right each runner is by the labels: of a model's only output, or of every output that has labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult, Score, Scores, Vectors
from mcu_toolkit.model import Model, output_names
from mcu_toolkit.pipeline.inspection.output_kind import class_names, is_binary
from mcu_toolkit.report import Report
from mcu_toolkit.runners import roles
from mcu_toolkit.validate import accuracy, dequantize, score_classes, score_values
from mcu_toolkit.validate.scores import MAX_CLASSES


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
    labels, runners = _labels(vectors, model), _from_float_to_board(results)
    binary = {names[number]: truth for number, truth in _binary(vectors, model).items()}
    if not labels and not binary:
        return Accuracies()
    by_output = {
        name: {runner: accuracy(results[runner].outputs[names.index(name)], classes) for runner in runners}
        for name, classes in labels.items()
    }
    for name, truth in binary.items():
        number = names.index(name)
        by_output[name] = {runner: score_classes(real_output(results[runner], model, number), truth).accuracy for runner in runners}
    overall = {runner: float(np.mean([values[runner] for values in by_output.values()])) for runner in runners}
    return Accuracies(overall, by_output if len(names) > 1 else {})


def with_scores(report: Report, results: Mapping[str, RunResult], model: Model, vectors: Vectors) -> Report:
    """`report` with the scores of `results` (by the runner's name) against what `vectors` say is right."""
    names, runners = output_names(model), _from_float_to_board(results)
    found = {name: {runner: _score(results[runner], model, number, vectors) for runner in runners} for number, name in enumerate(names)}
    known = {
        name: {runner: score for runner, score in scores.items() if score is not None}
        for name, scores in found.items()
        if any(score is not None for score in scores.values())
    }
    if len(names) > 1:
        return dataclasses.replace(report, scores=Scores(by_output=known))
    return dataclasses.replace(report, scores=Scores(overall=next(iter(known.values()), {})))


def true_classes(model: Model, number: int, vectors: Vectors) -> npt.NDArray[np.int64] | None:
    """The class of each sample by the output `number` [samples]; None where `vectors` do not say it or the output has no classes."""
    labels = _labels(vectors, model).get(output_names(model)[number])
    if labels is not None:
        return labels if model.outputs[number].elements <= MAX_CLASSES else None
    return _binary(vectors, model).get(number)


def real_output(result: RunResult, model: Model, number: int) -> npt.NDArray[Any]:
    """The output `number` in real values [samples, ...]."""
    output = result.outputs[number]
    return output if output.dtype.kind == "f" else dequantize(output, model.outputs[number])


def _score(result: RunResult, model: Model, number: int, vectors: Vectors) -> Score | None:
    """Of the output `number`; None where nothing says what it should be."""
    name, truth = output_names(model)[number], true_classes(model, number, vectors)
    if truth is not None:
        # Integers where the output has several classes: dequantizing changes no order and could change a tie.
        values = real_output(result, model, number) if number in _binary(vectors, model) else result.outputs[number]
        return score_classes(values, truth, class_names(model, number))
    if name in vectors.truth_by_output:
        return score_values(real_output(result, model, number), vectors.truth_by_output[name], name)
    return None


def _labels(vectors: Vectors, model: Model) -> Mapping[str, npt.NDArray[np.int64]]:
    """The classes by the output's name."""
    names = output_names(model)
    if vectors.labels is not None and len(names) == 1:
        return {names[0]: vectors.labels}
    return vectors.labels_by_output


def _binary(vectors: Vectors, model: Model) -> dict[int, npt.NDArray[np.int64]]:
    """The classes, 0 and 1, by the number of those outputs that are the probability of class 1."""
    found = {}
    for number, name in enumerate(output_names(model)):
        truth = vectors.truth_by_output.get(name)
        if truth is not None and is_binary(model, number) and np.isin(truth, (0, 1)).all():
            found[number] = truth.reshape(len(truth)).astype(np.int64)
    return found


def _from_float_to_board(results: Mapping[str, RunResult]) -> list[str]:
    """The runners in this order: a reader sees where accuracy is lost."""
    return sorted(results, key=roles.nearest_to_the_board().index, reverse=True)
