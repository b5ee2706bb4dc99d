"""What a training task is: data, model and training, as functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mcu_toolkit.train.dataset import Dataset


@dataclass(frozen=True)
class TaskOptions:
    """What the user may choose about a task's data; a task uses what concerns it."""

    slope: float = 2.0
    """`linear` only: the line to learn is y = slope * x + intercept."""
    intercept: float = -1.0


@dataclass(frozen=True)
class LearnedLine:
    """What a model with one weight and one bias learned."""

    slope: float
    intercept: float
    prediction_for_10: float
    """The model's own answer, not computed from slope and intercept."""


@dataclass(frozen=True)
class Task:
    """One file in `tasks/` makes one of these, called `TASK`.

    Functions that build something of TensorFlow get the module as their first argument, so that listing tasks does not import it.
    """

    name: str
    summary: str
    """One line, for lists and help."""
    kind: Literal["classification", "regression"]
    epochs: int
    """The default."""
    batch_size: int
    data: Callable[[TaskOptions], Dataset]
    """The same options give the same data, whatever the training seed: results of two seeds stay comparable."""
    build: Callable[[Any, Any], Any]
    """(tensorflow, its Dataset or None) -> keras.Model.  Model and layers are named: Keras' automatic names count up within a process, and
    names end up in the exported files."""
    compile: Callable[[Any, Any, int], None]
    """(tensorflow, model, training steps in all): set optimizer and loss."""
    trains: bool = True
    """False for a model that comes without data: it is saved as it is built."""
    learned_line: Callable[[Any], LearnedLine] | None = None
    """model -> what it learned, where that is a line."""
