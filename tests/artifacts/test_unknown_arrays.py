"""Misspelled arrays are not passed over in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.array_names import TEST, find_inputs
from mcu_toolkit.artifacts.unknown_arrays import unknown_calibration_arrays, unknown_test_arrays
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from mcu_toolkit.quantize.representative import load_representative
from mcu_toolkit.quantize.source import InputSpec
from mcu_toolkit.validate import load_vectors
from tests import small_models

MODEL = parse_model(small_models.fully_connected(inputs=4, outputs=3), "m")
TWO = ("alpha", "zeta")
X = np.zeros((6, 4), np.float32)


@pytest.mark.parametrize("key", ["y_zet", "y0"])
def test_misspelled_labels_are_refused_where_an_output_has_none(key: str) -> None:
    with pytest.raises(InputError, match=f"array '{key}' is unknown.* output 'zeta' has no labels") as caught:
        unknown_test_arrays({"x", "y_alpha", key}, ("x",), TWO, "d.npz")
    assert caught.value.expected == "y_alpha, y_zeta"
    assert caught.value.hint == ("call it y_zeta, or leave it out" if key == "y_zet" else "name it as expected, or leave it out")


@pytest.mark.parametrize("key", ["y_more", "x_more", "golden_more"])
def test_others_are_told_where_nothing_is_missing(key: str) -> None:
    (remark,) = unknown_test_arrays({"x", "y_alpha", "y_zeta", key}, ("x",), TWO, Path("d.npz"))
    assert remark == f"d.npz: {key} is not used: no input or output is called so (inputs x; outputs alpha, zeta)"


def test_arrays_that_are_known_or_not_like_ours_are_not_mentioned() -> None:
    stored = {"x", "y", "y_alpha", "x_rep", "y_rep", "x_train", "y_train", "y_train_zeta", "y_test", "X_val", "mean", "model_sha256"}
    assert unknown_test_arrays(stored, ("x",), TWO, "d.npz") == []
    assert unknown_test_arrays({"x0", "x1", "y0", "y1"}, ("x1", "x0"), ("y1", "y0"), "d.npz") == []


def test_a_misspelled_array_of_the_only_output_is_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=X, y_labls=np.zeros(6, np.int64))
    (remark,) = load_vectors(tmp_path / "d.npz", MODEL).remarks
    assert remark.startswith("d.npz: y_labls is not used")


def test_a_misspelled_representative_set_is_refused_before_others_stand_in_for_it(tmp_path: Path) -> None:
    inputs = (InputSpec("left", (4,), "float32"), InputSpec("right", (4,), "float32"))
    np.savez(tmp_path / "d.npz", x_left=X, x_right=X, x_rep_left=X, x_rep_rigt=X)
    with pytest.raises(InputError, match="array 'x_rep_rigt' is unknown") as caught:
        load_representative(tmp_path / "d.npz", inputs)
    assert caught.value.hint == "call it x_rep_right, or leave it out"


def test_other_unknown_arrays_of_calibration_are_told() -> None:
    (remark,) = unknown_calibration_arrays({"x_rep", "y_rep_zet"}, ("x",), TWO, Path("d.npz"), replaced=False)
    assert remark.startswith("d.npz: y_rep_zet is not used")


def test_of_many_arrays_a_few_are_shown() -> None:
    with pytest.raises(InputError) as caught:
        find_inputs({f"a{number:05}" for number in range(20_000)}, ("x",), (TEST,), "d.npz")
    assert "a00009, ... and 19,990 more)" in str(caught.value)
    assert "a00010" not in str(caught.value)
