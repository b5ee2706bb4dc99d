"""When the scores of a model that runs over a stream are a decision: integers only, so that Python and C decide the same.

    frames -> inference every `stride_frames` frames -> scores -> moving sums -> threshold -> refractory time

A frame is what the model's input counts in time: one frame of the front end's features, or one sample of the sensor where there is no
front end.  A model's input holds F frames.  The first inference comes when F frames have arrived since the start of the stream, each
further one after `stride_frames` more; nothing is filled up, and a rest at the end makes no inference.

The score of a class is the stored integer of output 0 minus its zero point: real value = score * scale.  What happens after each
inference, in this order (sums and the last `average_over` scores are 0, and `waiting` is `warm_up`, when a stream starts):

    1. Every class: sum += score - (the score of `average_over` inferences ago).
    2. If waiting > 0:  quiet = no class listened to has score * average_over >= its sum_threshold.
                        waiting -= 1 if quiet or not waits_for_quiet.  There is no decision.
    3. Otherwise, of the classes listened to with sum > sum_threshold the one with the largest sum is decided, of equal sums the one
       that comes first in `classes`; waiting = refractory.  If there is none, there is no decision.

The sums go on while it waits.  All of it fits int32: a score has at most 17 bits, and a sum adds at most 1,024 of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mcu_toolkit.errors import InputError

MOST_AVERAGED = 1024
_MOST_CLASSES = 256
_MOST_STEPS = 0xFFFF
_INT32_MAX = 2**31 - 1
MOST_SCORE = 0xFFFF
"""The largest distance of a stored 16-bit integer from its zero point."""


@dataclass(frozen=True)
class ClassThreshold:
    """A class that is listened to."""

    index: int
    """Which element of output 0, flattened."""
    sum_threshold: int
    """Decided where the sum of its last `average_over` scores is larger."""

    def __post_init__(self) -> None:
        _between("index", self.index, 0, _MOST_STEPS)
        _between("sum_threshold", self.sum_threshold, -_INT32_MAX, _INT32_MAX)


@dataclass(frozen=True)
class DecisionRule:
    """See above.  An inference is the unit of everything but `stride_frames`."""

    stride_frames: int
    """Frames from one inference to the next.  A model that keeps its state takes each frame once: as many as its input holds."""
    average_over: int
    """How many scores are averaged."""
    classes: tuple[ClassThreshold, ...]
    warm_up: int
    """Inferences at the start of a stream without a decision; at least average_over - 1, so that no average is of fewer scores."""
    refractory: int = 0
    """Inferences after a decision without another one."""
    waits_for_quiet: bool = False
    """True: only those inferences count as waited whose scores are low, so that a long word is not decided twice."""

    def __post_init__(self) -> None:
        _between("stride_frames", self.stride_frames, 1, _MOST_STEPS)
        _between("average_over", self.average_over, 1, MOST_AVERAGED)
        _between("warm_up", self.warm_up, self.average_over - 1, _MOST_STEPS)
        _between("refractory", self.refractory, 0, _MOST_STEPS)
        _between("the number of classes", len(self.classes), 1, _MOST_CLASSES)
        indices = [one.index for one in self.classes]
        if len(set(indices)) != len(indices):
            raise InputError(f"decision rule: classes {indices}", expected="each class once")


def sum_threshold(real: float, scale: float, average_over: int) -> int:
    """The `sum_threshold` of a threshold of the mean in real values: the mean is above `real` exactly where the sum is above this.

    `scale`: of output 0, float32 as the model has it.  Raises InputError for a threshold that no mean can have.
    """
    if not (math.isfinite(real) and math.isfinite(scale) and scale > 0):
        raise InputError(f"a threshold of {real:g} with a scale of {scale:g}", expected="finite numbers, and a scale above 0")
    exact = Fraction(real) * average_over / Fraction(float(np.float32(scale)))
    if abs(exact) > MOST_SCORE * average_over:
        most = MOST_SCORE * float(np.float32(scale))
        raise InputError(f"a threshold of {real:g}", expected=f"at most {most:g}, which no score exceeds")
    return math.floor(exact)


def real_threshold(sum_threshold: int, scale: float, average_over: int) -> float:
    """The mean in real values that `sum_threshold` stands for."""
    return sum_threshold * float(np.float32(scale)) / average_over


def _between(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InputError(f"decision rule: {name} is {value}", expected=f"{least:,} to {most:,}")
