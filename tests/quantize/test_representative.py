"""The representative set is checked, not trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError
from mcu_toolkit.quantize.representative import Representative, load_representative
from mcu_toolkit.quantize.source import InputSpec
from tests.quantize.keras_models import random_samples, write_data

IMAGE = InputSpec("image", (1, 4, 4, 1), "float32")
GOOD = random_samples(4, 4, 1)


def load(tmp_path: Path, *specs: InputSpec, **arrays: Any) -> Representative:
    return load_representative(write_data(tmp_path / "data.npz", **arrays), specs or (IMAGE,))


def test_x_rep_is_used_and_nothing_is_noted(tmp_path: Path) -> None:
    found = load(tmp_path, x_rep=GOOD, x=GOOD[:3])
    np.testing.assert_array_equal(found.arrays[0], GOOD)
    assert len(found) == 20
    assert found.notes == ()


def test_x_is_used_with_a_note_where_there_is_no_x_rep(tmp_path: Path) -> None:
    found = load(tmp_path, x=GOOD, y=np.zeros(20))
    np.testing.assert_array_equal(found.arrays[0], GOOD)
    assert "no x_rep: calibrating with x" in found.notes[0]


def test_an_npy_file_is_a_representative_set(tmp_path: Path) -> None:
    np.save(tmp_path / "samples.npy", GOOD)
    found = load_representative(tmp_path / "samples.npy", (IMAGE,))
    np.testing.assert_array_equal(found.arrays[0], GOOD)


@pytest.mark.parametrize("shape", [(20, 4, 4), (20, 1, 4, 4, 1), (20, 1, 4, 4)])
def test_dimensions_of_one_may_be_missing_or_extra(tmp_path: Path, shape: tuple[int, ...]) -> None:
    found = load(tmp_path, x_rep=GOOD.reshape(shape))
    np.testing.assert_array_equal(found.arrays[0], GOOD)
    assert found.notes == (f"x_rep is {list(shape)}; read as [20, 4, 4, 1]",)


@pytest.mark.parametrize("shape", [(4, 4, 4), (4, 4, 1), (20, 16), (20, 4, 1, 1), (20, 5, 4, 1), (320,), ()])
def test_any_other_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    if shape == (4, 4, 4):  # four samples without the channel: right, though few
        assert len(load(tmp_path, x_rep=np.zeros(shape, np.float32))) == 4
        return
    with pytest.raises(InputError, match=r"expected: \[samples, 4, 4, 1\] for input 'image'"):
        load(tmp_path, x_rep=np.zeros(shape, np.float32))


def test_float64_becomes_float32(tmp_path: Path) -> None:
    found = load(tmp_path, x_rep=GOOD.astype(np.float64))
    assert found.arrays[0].dtype == np.float32
    assert found.notes == ()


def test_integers_for_a_float_input_are_used_with_a_note(tmp_path: Path) -> None:
    pixels = (GOOD * 255).astype(np.uint8)
    found = load(tmp_path, x_rep=pixels)
    assert found.arrays[0].dtype == np.float32
    assert f"x_rep holds uint8 ({pixels.min()} to {pixels.max()})" in found.notes[0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused_and_located(tmp_path: Path, value: float) -> None:
    bad = GOOD.copy()
    bad[3, 2, 1, 0] = value
    with pytest.raises(InputError, match=r"'x_rep' holds 1 values that are NaN or infinite, the first at \[3, 2, 1, 0\]"):
        load(tmp_path, x_rep=bad)


def test_values_beyond_float32_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'x_rep' holds 320 values too large for float32, the first is 1e\+300 in sample 0"):
        load(tmp_path, x_rep=np.full((20, 4, 4, 1), 1e300))


@pytest.mark.parametrize("bad", [np.full((20, 4, 4, 1), "a"), np.zeros((20, 4, 4, 1), np.complex64)])
def test_text_and_complex_numbers_are_refused(tmp_path: Path, bad: np.ndarray) -> None:
    with pytest.raises(InputError, match="expected: float32 for input 'image'"):
        load(tmp_path, x_rep=bad)


def test_floats_for_an_integer_input_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected: int32 for input 'ids'"):
        load(tmp_path, InputSpec("ids", (1, 6), "int32"), x_rep=np.zeros((20, 6), np.float32))


def test_integers_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="values that are not int8"):
        load(tmp_path, InputSpec("ids", (1, 6), "int8"), x_rep=np.full((20, 6), 300))


def test_an_empty_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'x_rep' has no samples"):
        load(tmp_path, x_rep=np.zeros((0, 4, 4, 1), np.float32))


def test_a_missing_array_is_named_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"key 'x_rep' is missing \(it has: images, y\)\n  expected: .*'x_rep', or 'x'"):
        load(tmp_path, images=GOOD, y=np.zeros(20))


def test_several_inputs_are_found_by_name(tmp_path: Path) -> None:
    specs = (InputSpec("a", (1, 2), "float32"), InputSpec("b", (1, 3), "float32"))
    found = load(tmp_path, *specs, x_rep_b=random_samples(3), x_rep_a=random_samples(2))
    assert [array.shape for array in found.arrays] == [(20, 2), (20, 3)]
    with pytest.raises(InputError, match="key 'x_rep_b' is missing"):
        load(tmp_path, *specs, x_rep_a=random_samples(2))
    with pytest.raises(InputError, match=r"different numbers of samples: \[20, 7\]"):
        load(tmp_path, *specs, x_rep_a=random_samples(2), x_rep_b=random_samples(3, samples=7))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x93NUMPY broken", b"some text, 1, 2, 3\n"])
def test_files_that_numpy_cannot_read_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        load_representative(path, (IMAGE,))


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path, x_rep=np.array([{"a": 1}], dtype=object))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="data file not found"):
        load_representative(tmp_path / "none.npz", (IMAGE,))
    with pytest.raises(InputError, match="is a folder"):
        load_representative(tmp_path, (IMAGE,))


def test_raw_pictures_become_real_values_by_the_models_preprocessing(tmp_path: Path) -> None:
    raw = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 1), dtype=np.uint8)
    np.savez(tmp_path / "raw.npz", x_rep=raw, x=raw[:3])
    found = load_representative(tmp_path / "raw.npz", (IMAGE,), preprocessing=Preprocessing("uint8", (10.0,), (0.5,), layout="hwc"))
    np.testing.assert_array_equal(found.arrays[0], (raw.astype(np.float32) - 10) * 0.5)
    assert found.test is not None
    np.testing.assert_array_equal(found.test, (raw[:3].astype(np.float32) - 10) * 0.5)
    assert found.notes == ()
