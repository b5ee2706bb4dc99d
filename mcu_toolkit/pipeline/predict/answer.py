"""From a runner's outputs to what they mean: real values, classes, labels, probabilities, and lines for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import Comparison, Level
from mcu_toolkit.pipeline.predict.records import PredictedClass, Prediction
from mcu_toolkit.report.table import table
from mcu_toolkit.terminal_text import visible_line

_SHOWN_VALUES = 10
_IN_A_CELL = 3
_NAME_WIDTH = 30


@dataclass(frozen=True)
class Meaning:
    """What the numbers of the only output are; of several outputs each is shown by itself."""

    labels: tuple[str, ...] = ()
    """As many as there are classes, or none."""
    probabilities: bool = False
    binary: bool = False
    """The output is one element, the probability of the second of two classes."""


def predictions_of(names: Sequence[str], outputs: Mapping[str, npt.NDArray[Any]], meaning: Meaning) -> tuple[Prediction, ...]:
    """One for each of the inputs `names`; `outputs` are real values [inputs, ...] by the output's name."""
    found = []
    for number, name in enumerate(names):
        values = {key: tuple(map(_finite, array[number].ravel().tolist())) for key, array in outputs.items()}
        found.append(Prediction(name, values, _class(values, meaning)))
    return tuple(found)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _class(values: Mapping[str, Sequence[float | None]], meaning: Meaning) -> PredictedClass:
    only = [value for value in next(iter(values.values())) if value is not None]
    if len(only) != len(next(iter(values.values()))):
        return PredictedClass()  # an output that is no number names no class
    if len(values) == 1 and len(only) == 1 and meaning.binary:
        number = int(only[0] > 0.5)
        return PredictedClass(number, meaning.labels[number] if meaning.labels else None, only[0] if number else 1.0 - only[0])
    if len(values) != 1 or len(only) < 2:
        return PredictedClass()
    best = int(np.argmax(only))
    label = meaning.labels[best] if len(meaning.labels) == len(only) else None
    return PredictedClass(best, label, only[best] if meaning.probabilities else None)


def answer_lines(by_runner: Mapping[str, Sequence[Prediction]]) -> list[str]:
    """A line for each input; of several runners a column for each."""
    if len(by_runner) == 1:
        return [_line(one) for one in next(iter(by_runner.values()))]
    rows = [(_name(each[0].input), *map(_cell, each)) for each in zip(*by_runner.values(), strict=True)]
    return table(("input", *by_runner), rows)


def comparison_lines(comparisons: Sequence[Comparison], differences: Mapping[str, float]) -> list[str]:
    """A line for each; `differences` are the largest of real values, by runner."""
    lines = []
    for one in comparisons:
        if one.level is Level.BYTE_EQUAL:
            lines.append(f"{one.a}: byte for byte as {one.b}")
        else:
            where = f"{one.differing_samples:,} of {one.samples:,} inputs"
            lines.append(f"{one.a}: differs from {one.b} in {where}, by up to {differences[one.a]:.4g} ({one.level.value})")
    return lines


def _line(prediction: Prediction) -> str:
    found, name = prediction.predicted, visible_line(prediction.input)
    if found.index is None:
        return f"{name}: " + "; ".join(f"{visible_line(key)} {_shown(values)}" for key, values in prediction.outputs.items())
    label = "" if found.label in (None, str(found.index)) else f" ({visible_line(found.label)})"
    sure = "" if found.probability is None else f", probability {100 * found.probability:.1f} %"
    return f"{name}: class {found.index}{label}{sure}"


def _cell(prediction: Prediction) -> str:
    found = prediction.predicted
    if found.index is None:
        values = [value for outputs in prediction.outputs.values() for value in outputs]
        return " ".join(map(_number, values[:_IN_A_CELL])) + (" ..." if len(values) > _IN_A_CELL else "")
    name = str(found.index) if found.label is None else visible_line(found.label)
    return name if found.probability is None else f"{name} {100 * found.probability:.1f} %"


def _name(words: str) -> str:
    shown = visible_line(words)
    return shown if len(shown) <= _NAME_WIDTH else f"...{shown[3 - _NAME_WIDTH :]}"


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.6g}"


def _shown(values: Sequence[float | None]) -> str:
    more = f" ... ({len(values)})" if len(values) > _SHOWN_VALUES else ""
    return ", ".join(map(_number, values[:_SHOWN_VALUES])) + more
