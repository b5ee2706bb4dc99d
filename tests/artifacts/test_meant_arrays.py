"""Arrays by other names, and one-hot labels, are recognised for what they are meant to be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.array_names import REPRESENTATIVE, TEST, find_inputs
from mcu_toolkit.artifacts.meant_arrays import is_one_hot, meant_inputs
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from mcu_toolkit.quantize.representative import load_representative
from mcu_toolkit.quantize.source import InputSpec
from mcu_toolkit.validate import load_vectors
from tests import small_models

MODEL = parse_model(small_models.fully_connected(inputs=4, outputs=3), "m")
X = np.random.default_rng(0).random((6, 4), np.float32)


@pytest.mark.parametrize(
    ("stored", "part", "words"),
    [
        (["X_test", "y_test"], "", "numpy.savez(file, x=X_test, y=y_test)"),
        (["X_train", "y_train", "X_test", "y_test"], "_rep", "numpy.savez(file, x_rep=X_train[:200], x=X_test, y=y_test)"),
        (["x_train"], "", "numpy.savez(file, x=x_train)"),
        (["images", "labels"], "", "numpy.savez(file, x=images, y=labels)"),
    ],
)
def test_the_hint_says_how_to_save_what_is_meant(stored: list[str], part: str, words: str) -> None:
    hint = meant_inputs(stored, part)
    assert hint is not None
    assert words in hint
    with pytest.raises(InputError) as raised:
        find_inputs(stored, ["x"], (REPRESENTATIVE, TEST) if part else (TEST,), "d.npz")
    assert raised.value.hint == hint


def test_names_that_mean_nothing_get_no_guess() -> None:
    assert meant_inputs(["a", "b"], "") is None


def test_labels_by_another_name_are_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=X, y_test=np.zeros(6, np.int64))
    assert load_vectors(tmp_path / "d.npz", MODEL).remarks == ("d.npz: y_test is not used: labels are called y",)


def test_the_classes_of_one_hot_labels_are_taken_by_every_command(tmp_path: Path) -> None:
    y = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    np.savez(tmp_path / "d.npz", x=X, y=y)
    vectors = load_vectors(tmp_path / "d.npz", MODEL)
    assert vectors.labels is not None
    assert vectors.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert vectors.remarks == ("d.npz: y is one-hot: its classes are taken",)
    np.savez(tmp_path / "d.npz", x=X, y=np.eye(4)[[0, 1, 2, 0, 1, 3]])
    with pytest.raises(InputError, match="labels one-hot"):
        load_vectors(tmp_path / "d.npz", MODEL)  # of four classes, for a model of three
    np.savez(tmp_path / "d.npz", x_rep=X, y_rep=y)
    found = load_representative(tmp_path / "d.npz", (InputSpec("x", (1, 4), "float32"),))
    assert found.labels is not None
    assert found.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert any("one-hot" in note for note in found.notes)


def test_what_is_not_one_hot() -> None:
    assert not is_one_hot(np.zeros((6, 3)), 6)
    assert not is_one_hot(np.ones((6, 3)), 6)
    assert not is_one_hot(np.ones((6, 1)), 6)
