from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.validate import inputs_for, load_vectors, random_vectors, real_inputs_for
from tests import small_models
from tests.model_builder import ModelBuilder

IMAGE = parse_model(small_models.convolution(), "image")  # int8 [1, 6, 5, 3] -> [1, 6, 5, 4]
DENSE = parse_model(small_models.fully_connected(softmax=True), "dense")  # int8 [1, 6] -> [1, 4]
TWO_INPUTS = parse_model(small_models.addition(), "add")
FLOAT = parse_model(small_models.counter(), "counter")  # float32 [1, 2]


def _indices() -> Model:
    builder = ModelBuilder()
    x = builder.tensor([1, 3], "int32")
    builder.op("ZEROS_LIKE", [x], [builder.tensor([1, 3], "int32")])
    return parse_model(builder.build([x], [1]), "indices")


def _npz(folder: Path, **arrays: Any) -> Path:
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


def test_npz_gives_inputs_and_labels(tmp_path: Path) -> None:
    x = np.linspace(-1, 1, 30, dtype=np.float64).reshape(5, 6)
    path = _npz(tmp_path, x=x, y=[0, 1, 2, 3, 0], x_rep=np.zeros((99, 6)), other=np.array(["text"]))
    vectors = load_vectors(path, DENSE)
    assert vectors.inputs[0].dtype == np.float32
    np.testing.assert_array_equal(vectors.inputs[0], x.astype(np.float32))
    assert vectors.labels is not None
    assert vectors.labels.tolist() == [0, 1, 2, 3, 0]
    assert vectors.source == str(path)


def _pictures(**how: Any) -> Model:
    """IMAGE, whose samples are made from bytes by the preprocessing `how`."""
    preprocessing = Preprocessing("uint8", layout="hwc", **how)
    return parse_model(with_contract(small_models.convolution(), InputContract(preprocessing)), "pictures")


def test_raw_pictures_become_real_values_by_the_models_preprocessing(tmp_path: Path) -> None:
    raw = np.random.default_rng(0).integers(0, 256, (3, 6, 5, 3), dtype=np.uint8)
    path = _npz(tmp_path, x=raw)
    np.testing.assert_array_equal(load_vectors(path, _pictures()).inputs[0], raw.astype(np.float32))
    scaled = load_vectors(path, _pictures(mean=(128.0,), scale=(1 / 128,)))
    np.testing.assert_allclose(scaled.inputs[0], (raw.astype(np.float32) - 128) / 128)
    assert scaled.inputs[0].dtype == np.float32


def test_integers_that_nothing_describes_are_refused_as_before(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'x' is uint8"):
        load_vectors(_npz(tmp_path, x=np.zeros((3, 6, 5, 3), np.uint8)), IMAGE)
    with pytest.raises(InputError, match="'x' is int16"):
        load_vectors(_npz(tmp_path, x=np.zeros((3, 6, 5, 3), np.int16)), _pictures())


def test_pictures_of_another_size_are_fitted_where_the_model_says_so(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", (50, 60), (200, 0, 0)).save(tmp_path / "photos" / name / "1.png")
    vectors = load_vectors(tmp_path / "photos", _pictures(labels=("a", "b", "c", "d"), fit="crop"))
    assert vectors.inputs[0].shape == (2, 6, 5, 3)
    assert (vectors.inputs[0] == np.array([200, 0, 0])).all()
    with pytest.raises(InputError, match="is 50x60 pixels"):
        load_vectors(tmp_path / "photos", _pictures(labels=("a", "b", "c", "d")))


def test_npz_without_labels(tmp_path: Path) -> None:
    assert load_vectors(_npz(tmp_path, x=np.zeros((2, 6), np.int8)), DENSE).labels is None


def test_npz_with_several_inputs(tmp_path: Path) -> None:
    a, b = np.full((2, 3, 2), 1, np.int8), np.full((2, 3, 2), 2, np.int8)
    vectors = load_vectors(_npz(tmp_path, x0=a, x1=b), TWO_INPUTS)
    assert [array[0, 0, 0] for array in vectors.inputs] == [1, 2]


def test_npy_gives_inputs(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.full((3, 6), -7, np.int8))
    (x,) = load_vectors(path, DENSE).inputs
    assert (x.dtype, x.shape, x[0, 0]) == (np.int8, (3, 6), -7)


@pytest.mark.parametrize("shape", [(2, 6, 5, 3), (2, 1, 6, 5, 3), (2, 90)])
def test_shapes_that_mean_the_same_are_taken(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = np.arange(180, dtype=np.float32)
    (x,) = load_vectors(_npz(tmp_path, x=values.reshape(shape)), IMAGE).inputs
    np.testing.assert_array_equal(x, values.reshape(2, 6, 5, 3))


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("1,2,3,4,5,6\n7,8,9,10,11,12\n", None),
        ("1,2,3,4,5,6,3\n\n7,8,9,10,11,12,0\n", [3, 0]),
        ("a,b,c,d,e,f\n1,2,3,4,5,6\n7,8,9,10,11,12\n", None),
        ("\ufeffLabel,a,b,c,d,e,f\r\n3,1,2,3,4,5,6\r\n0,7,8,9,10,11,12\r\n", [3, 0]),
    ],
)
def test_csv_gives_real_values_and_labels(tmp_path: Path, text: str, labels: list[int] | None) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8", newline="")
    vectors = load_vectors(path, DENSE)
    assert vectors.inputs[0].tolist() == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]
    assert (None if vectors.labels is None else vectors.labels.tolist()) == labels


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no samples"),
        ("a,b,c,d,e,f\n", "holds no samples"),
        ("1,2,3\n", "has 3 columns"),
        ("1;2;3;4;5;6\n", "line 1 is separated by ';'"),
        ("a;b;c\n1;2;3\n", "line 1 is separated by ';'"),
        ("1\t2\n", "line 1 is separated by tabs"),
        ("1,2,3,4,5,1e300\n", "'x' holds 1 values too large for float32, the first is 1e\\+300 in sample 0"),
        ("1,2,3,4,5,6\n1,2,3\n", "line 2 has 3 values"),
        ("1,2,3,4,5,6\n1,2,,4,5,6\n", "line 2, column 3: '' is not a number"),
        ("1,2,3,4,5,six\n", "column 6: 'six' is not a number"),
        ("1,2,3,4,5,nan\n", "holds NaN or infinite values in 1 of 1 samples"),
        ("y,label,a,b,c,d,e,f\n1,2,3,4,5,6,7,8\n", "columns y, label all hold labels"),
        ("1,2,3,4,5,6,4\n", "'y' holds the class 4"),
    ],
)
def test_broken_csv_files_are_refused_with_the_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        load_vectors(path, DENSE)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"data": np.zeros((2, 6))}, "key 'x' is missing"),
        ({"x": np.zeros((2, 7), np.float32)}, r"'x' has the shape \[2, 7\]"),
        ({"x": np.zeros((2, 2, 3), np.float32)}, r"'x' has the shape \[2, 2, 3\]"),
        ({"x": np.float32(1)}, r"'x' has the shape \[\]"),
        ({"x": np.zeros((0, 6), np.float32)}, "'x' holds no samples"),
        ({"x": np.zeros((2, 6), np.uint8)}, "'x' is uint8"),
        ({"x": np.zeros((2, 6), np.int64)}, "'x' is int64"),
        ({"x": np.zeros((2, 6), np.complex64)}, "'x' is complex64"),
        ({"x": np.array([["a"] * 6])}, "'x' is <U1"),
        ({"x": np.array([[1.0] * 6, [np.nan] * 6, [np.inf] * 6])}, "in 2 of 3 samples, the first is sample 1"),
        ({"x": np.zeros((2, 6)), "y": [0, 1, 2]}, r"'y' has the shape \[3\]"),
        ({"x": np.zeros((2, 6)), "y": [0, 4]}, "'y' holds the class 4"),
        ({"x": np.zeros((2, 6)), "y": [0, -1]}, "'y' holds the class -1"),
        ({"x": np.zeros((2, 6)), "y": np.eye(5)[:2]}, r"'y' has the shape \[2, 5\]: labels one-hot"),
        ({"x": np.zeros((2, 6)), "y": ["a", "b"]}, "not all numbers"),
        ({"x": np.zeros((2, 6)), "y": [0.0, np.nan]}, "not all numbers"),
    ],
)
def test_unusable_arrays_are_refused_naming_the_key(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    path = _npz(tmp_path, **arrays)
    with pytest.raises(InputError, match=message) as caught:
        load_vectors(path, DENSE)
    assert str(path) in str(caught.value)
    assert caught.value.expected


def test_the_missing_key_tells_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it has: x, x_b") as caught:
        load_vectors(_npz(tmp_path, x=np.zeros((1, 3, 2)), x_b=np.zeros((1, 3, 2))), TWO_INPUTS)
    assert "key 'x_a' is missing" in str(caught.value)
    assert "numpy.savez(file, x_a=..., x_b=...)" in str(caught.value)


def test_arrays_are_matched_with_the_inputs_by_name_and_numbered_ones_are_told_of(tmp_path: Path) -> None:
    a, b = np.zeros((2, 3, 2), np.int8), np.ones((2, 3, 2), np.int8)
    named = load_vectors(_npz(tmp_path, x_b=b, x_a=a), TWO_INPUTS)
    np.testing.assert_array_equal(named.inputs[0], a)
    np.testing.assert_array_equal(named.inputs[1], b)
    assert named.remarks == ()
    numbered = load_vectors(_npz(tmp_path, x0=a, x1=b), TWO_INPUTS)
    assert numbered.remarks == ("data.npz: x0, x1 were read as the inputs a, b, in this order",)


def test_labels_that_are_no_classes_are_left_aside_and_named(tmp_path: Path) -> None:
    vectors = load_vectors(_npz(tmp_path, x=np.zeros((2, 6)), y=[0.25, 1.5]), DENSE)
    assert vectors.labels is None
    assert "y holds real values" in vectors.source


def test_a_real_number_for_each_element_is_what_the_output_should_be(tmp_path: Path) -> None:
    y = np.linspace(-1, 1, 8).reshape(2, 4)
    vectors = load_vectors(_npz(tmp_path, x=np.zeros((2, 6)), y=y), DENSE)
    assert vectors.labels is None
    assert vectors.is_labelled
    (truth,) = vectors.truth_by_output.values()
    np.testing.assert_array_equal(truth, y.astype(np.float32))
    assert vectors.head(1).truth_by_output.keys() == vectors.truth_by_output.keys()


@pytest.mark.parametrize("y", [[0, 1], [0.5, -2.0], [[3], [4]]])
def test_an_output_of_one_element_is_compared_with_numbers(tmp_path: Path, y: Any) -> None:
    one = parse_model(small_models.fully_connected(outputs=1), "one")
    vectors = load_vectors(_npz(tmp_path, x=np.zeros((2, 6)), y=y), one)
    (truth,) = vectors.truth_by_output.values()
    assert truth.tolist() == np.reshape(y, (2, 1)).tolist()
    assert (vectors.labels, vectors.source) == (None, str(tmp_path / "data.npz"))


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _pickled() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data.npz", b""),
        ("data.npz", b"not a zip file"),
        ("data.npy", b"\x93NUMPY\x01\x00"),
        ("data.npy", _pickled()),
        ("data.npy", b"\x93NUMPY\x01\x00\x40\x00{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 9)}\n"),
        ("data.csv", b"\xff\xfe1,2"),
        ("data.txt", b"1,2"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        load_vectors(_file(tmp_path, name, content), DENSE)


def test_pickles_in_npz_are_not_run(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", _pickled())
    with pytest.raises(InputError, match="cannot be read"):
        load_vectors(path, DENSE)


def test_files_that_unpack_to_too_much_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_MAX_DATA_BYTES", "1000")
    path = tmp_path / "data.npz"
    np.savez_compressed(path, x=np.zeros((100, 6)))
    with pytest.raises(InputError, match="array 'x' takes 4,800 bytes of memory"):
        load_vectors(path, DENSE)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for name in ("none.npz", "none.csv"):
        with pytest.raises(InputError, match="data file not found"):
            load_vectors(tmp_path / name, DENSE)


def test_random_vectors_depend_on_the_seed_only() -> None:
    first, again, other = (random_vectors(IMAGE, 4, seed) for seed in (0, 0, 1))
    assert first.inputs[0].tobytes() == again.inputs[0].tobytes() != other.inputs[0].tobytes()
    assert first.inputs[0].shape == (4, 6, 5, 3)
    assert first.inputs[0].dtype == np.int8
    assert first.source == "random(n=4, seed=0)"
    assert random_vectors(IMAGE, 2, 0).inputs[0].tobytes() == first.inputs[0][:2].tobytes()


def test_random_values_cover_the_range_of_the_dtype() -> None:
    (x,) = random_vectors(IMAGE, 200, 0).inputs
    assert (x.min(), x.max()) == (-128, 127)
    (real,) = random_vectors(FLOAT, 2000, 0).inputs
    assert real.dtype == np.float32
    assert -1 <= real.min() < -0.9 < 0.9 < real.max() < 1
    assert set(random_vectors(_indices(), 50, 0).inputs[0].ravel().tolist()) == {0, 1}
    a, b = random_vectors(TWO_INPUTS, 5, 0).inputs
    assert a.tobytes() != b.tobytes()


@pytest.mark.parametrize(
    ("n", "seed", "message"), [(0, 0, "0 random samples"), (-1, 0, "-1 random"), (10**9, 0, "1,000,000"), (1, -1, "seed -1")]
)
def test_senseless_counts_and_seeds_are_refused(n: int, seed: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        random_vectors(DENSE, n, seed)


def test_inputs_of_a_type_without_numbers_are_refused() -> None:
    builder = ModelBuilder()
    builder.tensor([1], "string")
    model = parse_model(builder.build([0], [0]), "text")
    with pytest.raises(UnsupportedModelError, match="STRING"):
        random_vectors(model, 1, 0)


def test_real_values_are_quantized_for_the_model() -> None:
    x = np.array([[0.0, 0.05, -0.05, 100, -100, 0.076]], np.float32)  # scale 0.05, zero point 3
    (quantized,) = inputs_for(DENSE, Vectors((x,)))
    assert quantized.tolist() == [[3, 4, 2, 127, -128, 5]]
    assert quantized.dtype == np.int8


def test_the_models_own_dtype_is_passed_through() -> None:
    x = np.zeros((1, 6), np.int8)
    assert inputs_for(DENSE, Vectors((x,)))[0] is x
    real = np.zeros((1, 2), np.float32)
    assert inputs_for(FLOAT, Vectors((real,)))[0] is real


def test_indices_from_a_file_of_floats_become_integers(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("1,2,3\n")
    model = _indices()
    (x,) = inputs_for(model, load_vectors(path, model))
    assert (x.dtype, x.tolist()) == (np.int32, [[1, 2, 3]])
    for bad in (0.5, 1e30):
        with pytest.raises(InputError, match="inputs are float32"):
            inputs_for(model, Vectors((np.full((1, 3), bad, np.float32),), source="here"))


def test_real_inputs_are_what_the_integers_stand_for() -> None:
    (real,) = real_inputs_for(DENSE, Vectors((np.array([[3, 4, 2, 13, 3, 3]], np.int8),)))
    np.testing.assert_allclose(real, [[0, 0.05, -0.05, 0.5, 0, 0]], rtol=1e-6)
    x = np.array([[0.3] * 6], np.float32)
    np.testing.assert_array_equal(real_inputs_for(DENSE, Vectors((x,)))[0], x)


def test_messages_call_inputs_as_their_arrays_are_called(tmp_path: Path) -> None:
    builder = ModelBuilder()
    left, right, total = (builder.tensor([1, 2], "float32", name=name) for name in ("serving_default_a:0", "serving_default_b:0", "c"))
    builder.op("ADD", [left, right], [total], fused_activation_function="NONE")
    model = parse_model(builder.build([left, right], [total]), "add")
    for wrong in (np.zeros((2, 5), np.float32), np.zeros((2, 2), np.complex64)):
        with pytest.raises(InputError, match="the model's input 'a'") as caught:
            load_vectors(_npz(tmp_path, x_a=wrong, x_b=np.zeros((2, 2), np.float32)), model)
        assert "serving_default" not in str(caught.value)
