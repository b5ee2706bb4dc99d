"""Distillation (Hinton and others, 2015, arXiv:1503.02531): a small model learns from a large one's probabilities too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import contract_of_source
from mcu_toolkit.errors import InputError
from mcu_toolkit.tensorflow_loader import load_keras_model

_SMALLEST = 1e-7
"""Below it a probability is taken for this one: its logarithm stays finite."""


@dataclass(frozen=True)
class Distillation:
    """What `--teacher` and its companions say."""

    teacher: Path
    temperature: float = 4.0
    """Logits are divided by it before the softmax, so that the small probabilities count."""
    soft_share: float = 0.7
    """Of the loss from the teacher's probabilities; the rest is from the labels."""

    def __post_init__(self) -> None:
        if not 1.0 <= self.temperature <= 100.0:
            raise InputError(f"--temperature {self.temperature:g}", expected="1 to 100")
        if not 0.0 <= self.soft_share <= 1.0:
            raise InputError(f"--soft-labels {self.soft_share:g}", expected="0 (labels only) to 1 (teacher only)")


@dataclass(frozen=True)
class LoadedTeacher:
    """A teacher that answers."""

    size: int
    """Its pictures are [size, size, 3]."""
    answer: Any
    """uint8 pictures [n, size, size, 3] to softened probabilities float32 [n, classes]."""


def load_teacher(tensorflow: Any, distillation: Distillation, classes: tuple[str, ...]) -> LoadedTeacher:
    """Load the teacher's Keras file; raises InputError where it is no classifier of pictures with the same classes."""
    path = distillation.teacher
    if path.suffix != ".keras":  # a .h5 file may hold code (Lambda layers), which Keras would run
        raise InputError("is no .keras file", on=path, expected="the model.keras of an earlier training")
    model = load_keras_model(path)
    shapes = [tuple(model.inputs[0].shape[1:]), tuple(model.outputs[0].shape[1:])]
    if len(model.inputs) != 1 or len(model.outputs) != 1 or len(shapes[0]) != 3 or shapes[0][0] != shapes[0][1] or shapes[0][2] != 3:
        raise InputError(f"takes samples of {list(shapes[0])}", on=path, expected="one square picture in colour, [size, size, 3]")
    preprocessing = contract_of_source(path).preprocessing
    labels = preprocessing.labels if preprocessing is not None else ()
    if shapes[1] != (len(classes),) or (labels and labels != classes):
        known = ", ".join(labels[:20]) or f"{shapes[1][0] if shapes[1] else 1} of them, without names"
        raise InputError(f"the teacher's classes are {known}", on=path, expected=f"those of the folder: {', '.join(classes[:20])}")
    run = tensorflow.function(lambda x: model(x, training=False), reduce_retracing=True)

    def answer(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        x = preprocessing.apply(pictures) if preprocessing is not None else pictures.astype(np.float32)
        return softened(np.asarray(run(tensorflow.constant(x))), distillation.temperature)

    return LoadedTeacher(int(shapes[0][0]), answer)


def softened(probabilities: npt.NDArray[Any], temperature: float) -> npt.NDArray[np.float32]:
    """Probabilities [n, classes] as a softmax with `temperature` would have given them from the same logits."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), _SMALLEST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float32] = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def distillation_loss(tensorflow: Any, distillation: Distillation, classes: int) -> Any:
    """(y [n, 2 * classes], probabilities [n, classes]) -> loss [n].

    (1 - share) * cross-entropy with the labels + share * T^2 * KL(teacher softened || student softened); T^2 keeps the gradients of
    the second part as large as without T (section 2 of the paper).
    """
    ops, share, temperature = tensorflow.keras.ops, distillation.soft_share, distillation.temperature

    def loss(y: Any, probabilities: Any) -> Any:
        hard, soft = y[:, :classes], ops.maximum(y[:, classes:], _SMALLEST)
        logits = ops.log(ops.maximum(probabilities, _SMALLEST))
        apart = ops.sum(soft * (ops.log(soft) - ops.log_softmax(logits / temperature, axis=-1)), axis=-1)
        return (1.0 - share) * -ops.sum(hard * logits, axis=-1) + share * temperature**2 * apart

    return loss
