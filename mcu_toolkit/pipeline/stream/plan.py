"""What is done with a stream, settled before the first sample: front end, frames of an input, classes, decision rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import AnomalyRule, InputContract, contract_of_model, find_frontend, read_preprocessing
from mcu_toolkit.artifacts.decider import Scores, scores_of
from mcu_toolkit.artifacts.decision_rule import MOST_SCORE, ClassThreshold, DecisionRule, real_threshold, sum_threshold
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError, UnknownNameError, UnsupportedModelError
from mcu_toolkit.model import Model, Tensor, remembers
from mcu_toolkit.pipeline.inspection.label_check import read_class_names
from mcu_toolkit.pipeline.inspection.output_kind import class_names
from mcu_toolkit.pipeline.stream.frames import FrontEnd, frames_by, samples_until
from mcu_toolkit.pipeline.stream.records import RuleChoices, StreamRequest
from mcu_toolkit.validate import anomaly_scores_of, refuse_other_shapes

DEFAULT_THRESHOLD = 0.5
DEFAULT_REFRACTORY_S = 1.0
_DEFAULT_AVERAGE_OVER, _OF_A_SLIDING_WINDOW = 4, 2
"""Scores; those of a window that slides are of the same sound: a mean over more of them has windows in which a word is half cut off."""
_STRIDES_PER_INPUT = 8
"""A window that slides moves by an eighth of itself, if nothing else is said: in one of them a word is at most a sixteenth off the middle,
and words are trained up to a tenth off it."""
_NOT_DECIDED = frozenset({"silence", "unknown", "background", "noise", "other", "none", "negative", "nothing"})
"""Classes with these names, between underscores too, are what a stream mostly is."""
ANOMALY = "anomaly"
"""What is decided about a machine."""
_THRESHOLD_STEPS = 4096
"""Of an autoencoder's score: integers, as all decisions are made of, in parts of its threshold.  16 thresholds are the most."""


def anomaly_scale(rule: AnomalyRule) -> float:
    """What a step of an autoencoder's score is, as a real value; a threshold of 0 has steps all the same."""
    return max(rule.threshold, 1e-9) / _THRESHOLD_STEPS


@dataclass(frozen=True)
class StreamPlan:
    """How samples become decisions."""

    model: Model
    frontend: FrontEnd | None
    preprocessing: Preprocessing
    rate_hz: float
    """Of the samples."""
    frames_per_input: int
    classes: tuple[str, ...]
    """One for each element of output 0; of an autoencoder `ANOMALY` alone."""
    rule: DecisionRule
    anomaly: AnomalyRule | None = None
    """Of an autoencoder: its score is how far its output is from its input."""

    @property
    def output(self) -> Tensor:
        """The scores."""
        return self.model.outputs[0]

    @property
    def scale(self) -> float:
        """Of a score."""
        return anomaly_scale(self.anomaly) if self.anomaly is not None else _quantization(self.output)[0]

    @property
    def largest_score(self) -> int:
        """That an inference can have."""
        if self.anomaly is not None:
            return MOST_SCORE
        return int(np.iinfo(self.output.dtype.numpy).max) - _quantization(self.output)[1]

    def scores(self, inputs: npt.NDArray[Any], outputs: npt.NDArray[Any]) -> Scores:
        """Of what went into the model and came out of output 0, [inferences, ...]: int32 [inferences, classes]."""
        if self.anomaly is None:
            return scores_of(outputs, _quantization(self.output)[1])
        errors = np.nan_to_num(
            anomaly_scores_of(self.model, inputs, outputs) / self.scale, nan=MOST_SCORE
        )  # what is no number is not normal
        return np.minimum(np.rint(errors), MOST_SCORE).astype(np.int32)[:, None]

    def end_s(self, inference: int) -> float:
        """The end of the newest frame of inference number `inference`, from 0."""
        last_frame = self.frames_per_input + inference * self.rule.stride_frames - 1
        return samples_until(last_frame, self.frontend) / self.rate_hz

    def mean(self, total: int) -> float:
        """The mean that a sum of scores stands for, as a real value."""
        return real_threshold(total, self.scale, self.rule.average_over)

    def lines(self) -> list[str]:
        """For people, a line a fact."""
        rule, hop_s = self.rule, self.end_s(1) - self.end_s(0)
        listened = ", ".join(f"{self.classes[one.index]} above {self.mean(one.sum_threshold):.3f}" for one in rule.classes[:12])
        more = f" and {len(rule.classes) - 12} more" if len(rule.classes) > 12 else ""
        return [
            f"an inference every {hop_s * 1000:g} ms ({rule.stride_frames} of {self.frames_per_input} frames)",
            f"decides: {listened}{more}; mean of {rule.average_over}, then {rule.refractory * hop_s:.2f} s without a decision",
        ]


def plan_stream(model: Model, request: StreamRequest, first_rate_hz: int) -> StreamPlan:
    """Settle everything; raises InputError or UnsupportedModelError saying what does not fit together.

    Sounds get the sample rate of the front end; without one `first_rate_hz`, that of the first of them.
    """
    contract = contract_of_model(model)
    frontend = contract.frontend or contract.motion if request.frontend is None else find_frontend(request.frontend)
    preprocessing = _preprocessing(contract, request, frontend, model)
    frames = _frames_per_input(model, frontend)
    if contract.anomaly is not None:
        refuse_other_shapes(model)
    classes = (ANOMALY,) if contract.anomaly is not None else _classes(model, request, preprocessing)
    scale = anomaly_scale(contract.anomaly) if contract.anomaly is not None else _quantization(model.outputs[0])[0]
    default = DEFAULT_THRESHOLD if contract.anomaly is None else contract.anomaly.threshold
    rate_hz = float(first_rate_hz if frontend is None else frontend.sample_rate_hz)
    if not rate_hz:
        raise InputError("takes the samples of a sound", on=model.name, expected="--wav FILE")
    hop_s = (1 if frontend is None else frontend.hop_samples) / rate_hz
    rule = _rule(model, contract.decision, request.rule, _Given(frames, hop_s, classes, scale, default))
    return StreamPlan(model, frontend, preprocessing, rate_hz, frames, classes, rule, contract.anomaly)


def _preprocessing(contract: InputContract, request: StreamRequest, frontend: FrontEnd | None, model: Model) -> Preprocessing:
    given = contract.preprocessing if request.preprocessing is None else read_preprocessing(request.preprocessing)
    wanted = "int16" if frontend is None else "uint16"
    if given is None and frontend is not None:
        return Preprocessing(wanted)
    if given is None or given.raw_dtype != wanted:
        raise InputError(
            "does not say how sound becomes its inputs" if given is None else f"takes raw data of type {given.raw_dtype}",
            on=model.name,
            expected=f'a preprocessing with raw_dtype "{wanted}"' + (", or a front end" if frontend is None else ""),
            hint="--frontend micro_frontend or FILE.toml, where its inputs are features" if frontend is None else "--preprocessing FILE",
        )
    return given


def _frames_per_input(model: Model, frontend: FrontEnd | None) -> int:
    if len(model.inputs) != 1:
        raise UnsupportedModelError(f"has {len(model.inputs)} inputs", on=model.name, expected="one, which takes the sound")
    elements, width = model.inputs[0].elements, frames_by(frontend).width
    if not elements or elements % width:
        raise InputError(
            f"its input has the shape {list(model.inputs[0].shape)}",
            on=model.name,
            expected=f"a multiple of {width} numbers: whole frames of the front end",
        )
    return elements // width


def _classes(model: Model, request: StreamRequest, preprocessing: Preprocessing) -> tuple[str, ...]:
    count = model.outputs[0].elements if model.outputs else 0
    if not count:
        raise UnsupportedModelError("has no output", on=model.name, expected="scores")
    named = preprocessing.labels
    if request.labels is not None:
        named = read_class_names(request.labels, (count, 2) if count == 1 else (count,))
    elif len(named) not in (count, 2 if count == 1 else count):
        named = class_names(model, 0)
    if count == 1 and len(named) == 2:
        return named[1:]  # one probability, that of the second class
    return named if len(named) == count else tuple(f"class {number}" for number in range(count))


def _quantization(output: Tensor) -> tuple[float, int]:
    if output.quantization is None or output.quantization.per_channel or output.dtype.numpy.kind not in "iu":
        raise UnsupportedModelError(
            f"output '{output.name}' has elements of type {output.dtype.name}",
            expected="scores in quantized integers, so that a board decides by the same numbers",
            hint="mcu quantize --scheme int8",
        )
    return output.quantization.scale, output.quantization.zero_point


@dataclass(frozen=True)
class _Given:
    """What a rule is made for."""

    frames: int
    hop_s: float
    classes: tuple[str, ...]
    scale: float
    """Of a score."""
    threshold: float
    """Of the mean score, where nobody says another one."""


def _rule(model: Model, own: DecisionRule | None, choices: RuleChoices, given: _Given) -> DecisionRule:
    """The user's choices, else the model's rule, else the defaults."""
    default_stride = given.frames if remembers(model) else max(1, given.frames // _STRIDES_PER_INPUT)
    stride = choices.stride_frames or (own.stride_frames if own else default_stride)
    if remembers(model) and stride != given.frames:
        raise InputError(
            f"a stride of {stride} frames", on=model.name, expected=f"{given.frames}: it keeps its state, and takes every frame once"
        )
    if stride > given.frames:
        raise InputError(f"a stride of {stride} frames", on=model.name, expected=f"at most {given.frames}, or frames would be left out")
    default_average = _DEFAULT_AVERAGE_OVER if stride == given.frames else _OF_A_SLIDING_WINDOW
    average = choices.average_over or (own.average_over if own else default_average)
    listened = _listened(choices.listen, own, given.classes, model)
    if choices.threshold is not None or own is None:
        total = sum_threshold(given.threshold if choices.threshold is None else choices.threshold, given.scale, average)
        classes = tuple(ClassThreshold(index, total) for index in listened)
    else:
        by_index = {one.index: one.sum_threshold for one in own.classes}
        loudest = max(by_index.values())
        # Another number of scores in the average: the threshold of the mean stays what it is.
        classes = tuple(ClassThreshold(i, by_index.get(i, loudest) * average // own.average_over) for i in listened)
    waited = own.refractory if own else 0
    if choices.refractory_s is not None or own is None:
        wanted_s = DEFAULT_REFRACTORY_S if choices.refractory_s is None else choices.refractory_s
        waited = _inferences_in(wanted_s, stride * given.hop_s)
    warm_up = max(average - 1, own.warm_up if own else 0)
    quiet = choices.waits_for_quiet if choices.waits_for_quiet is not None else (own is not None and own.waits_for_quiet)
    return DecisionRule(stride, average, classes, warm_up, waited, waits_for_quiet=quiet)


def _inferences_in(seconds: float, hop_s: float) -> int:
    """Of the refractory time, rounded up; raises InputError for what is no time."""
    count = seconds / hop_s
    if not (math.isfinite(count) and count >= 0):
        raise InputError(f"--refractory {seconds:g}", expected="seconds, from 0 on")
    return math.ceil(count - 1e-9)


def _listened(words: Sequence[str], own: DecisionRule | None, classes: tuple[str, ...], model: Model) -> tuple[int, ...]:
    if words:
        return tuple(dict.fromkeys(_class_of(word, classes) for word in words))
    if own is not None:
        beyond = [one.index for one in own.classes if one.index >= len(classes)]
        if beyond:
            raise InputError(
                f"its decision rule listens to class {beyond[0]}", on=model.name, expected=f"classes from 0 to {len(classes) - 1}"
            )
        return tuple(one.index for one in own.classes)
    found = tuple(index for index, name in enumerate(classes) if name.strip("_ ").lower() not in _NOT_DECIDED)
    return found or tuple(range(len(classes)))


def _class_of(word: str, classes: tuple[str, ...]) -> int:
    if word in classes:
        return classes.index(word)
    if word.isdecimal() and int(word) < len(classes):
        return int(word)
    raise UnknownNameError("class", word, classes, hint=f"--listen, with a name or a number from 0 to {len(classes) - 1}")
