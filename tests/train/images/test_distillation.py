"""The loss of distillation against its formula, computed by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet
from mcu_toolkit.train.images.distillation import Distillation, distillation_loss, load_teacher, softened


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def test_softened_probabilities_are_a_softmax_with_a_temperature() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (20, 5))
    np.testing.assert_allclose(softened(softmax(logits), 4.0), softmax(logits / 4.0), atol=1e-6)
    np.testing.assert_allclose(softened(softmax(logits), 1.0), softmax(logits), atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_loss_is_that_of_the_paper(share: float) -> None:
    generator = np.random.default_rng(1)
    teacher, student = generator.normal(0, 2, (6, 3)), generator.normal(0, 2, (6, 3))
    labels = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    temperature = 3.0
    soft, mine = softmax(teacher / temperature), softmax(student / temperature)
    hard = -(labels * np.log(softmax(student))).sum(axis=1)
    apart = (soft * (np.log(soft) - np.log(mine))).sum(axis=1)
    expected = (1 - share) * hard + share * temperature**2 * apart
    loss = distillation_loss(load_tensorflow(), Distillation(Path("t.keras"), temperature, share), 3)
    y = np.concatenate([labels, softened(softmax(teacher), temperature)], axis=1).astype(np.float32)
    np.testing.assert_allclose(np.asarray(loss(y, softmax(student).astype(np.float32))), expected, rtol=1e-4, atol=1e-5)


def test_probabilities_of_zero_give_finite_losses() -> None:
    loss = distillation_loss(load_tensorflow(), Distillation(Path("t.keras")), 2)
    y = np.array([[1, 0, 1, 0]], np.float32)
    assert np.isfinite(np.asarray(loss(y, np.array([[0, 1]], np.float32)))).all()


@pytest.mark.parametrize(("wrong", "says"), [({"temperature": 0.5}, "--temperature 0.5"), ({"soft_share": 1.5}, "--soft-labels 1.5")])
def test_values_that_make_no_sense_are_refused(wrong: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Distillation(Path("t.keras"), **wrong)


def test_a_teacher_must_be_a_keras_file_of_pictures(tmp_path: Path) -> None:
    tensorflow = load_tensorflow()
    with pytest.raises(InputError, match=r"is no \.keras file"):
        load_teacher(tensorflow, Distillation(tmp_path / "t.h5"), ("a", "b"))
    with pytest.raises(InputError, match="not found"):
        load_teacher(tensorflow, Distillation(tmp_path / "t.keras"), ("a", "b"))
    keras = tensorflow.keras
    with quiet():  # Keras and numpy 2 warn
        keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(2)]).save(tmp_path / "t.keras")
    with pytest.raises(InputError, match=r"takes samples of \[6\]"):
        load_teacher(tensorflow, Distillation(tmp_path / "t.keras"), ("a", "b"))
