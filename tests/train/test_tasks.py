"""The tasks as data: found by file, cheap to list, with sound data sets."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.train import Dataset, Task, TaskOptions, all_tasks, get_task


def rows(array: np.ndarray) -> set[bytes]:
    return {sample.tobytes() for sample in array}


def test_every_file_in_tasks_is_a_task() -> None:
    assert [task.name for task in all_tasks()] == ["digits", "linear", "sine"]


def test_an_unknown_task_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown task 'digit'\n  expected: one of digits"):
        get_task("digit")


def test_listing_tasks_and_schemes_imports_no_heavy_package() -> None:
    code = (
        "import sys; from mcu_toolkit.train import all_tasks; from mcu_toolkit.quantize import all_schemes; all_tasks(); all_schemes();"
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("task", all_tasks(), ids=lambda task: task.name)
def test_data_are_float32_finite_and_the_same_every_time(task: Task) -> None:
    data = task.data(TaskOptions())
    for x in (data.x_train, data.x_rep, data.x_test):
        assert x.dtype == np.float32
        assert np.isfinite(x).all()
    assert data.sha256 == task.data(TaskOptions()).sha256


@pytest.mark.parametrize("name", ["digits", "sine"])
def test_no_test_sample_is_used_for_training_or_calibration(name: str) -> None:
    data = get_task(name).data(TaskOptions())
    assert rows(data.x_rep) <= rows(data.x_train)
    assert not rows(data.x_test) & rows(data.x_train)


def test_digits_are_all_1797_real_images_scaled_to_0_1() -> None:
    data = get_task("digits").data(TaskOptions())
    assert len(data.x_train) + len(data.x_test) == 1797
    assert len(data.x_test) >= 359
    assert data.input_shape == (8, 8, 1)
    assert data.x_train.min() == 0.0
    assert data.x_train.max() == 1.0
    assert data.class_names == tuple("0123456789")


def test_digits_are_split_by_class() -> None:
    data = get_task("digits").data(TaskOptions())
    for labels in (data.y_train, data.y_test):
        shares = np.array([Counter(labels.tolist())[digit] / len(labels) for digit in range(10)])
        np.testing.assert_allclose(shares, 0.1, atol=0.005)
    by_image = {image.tobytes(): label for image, label in zip(data.x_train, data.y_train, strict=True)}
    calibration = Counter(int(by_image[image.tobytes()]) for image in data.x_rep)
    assert min(calibration.values()) >= 18
    assert len(calibration) == 10


def test_digits_network_is_a_small_cnn_of_layers_microcontrollers_run() -> None:
    task = get_task("digits")
    model = task.build(load_tensorflow(), task.data(TaskOptions()))
    kinds = Counter(type(layer).__name__ for layer in model.layers)
    assert kinds["Conv2D"] + kinds["DepthwiseConv2D"] >= 3
    assert kinds["DepthwiseConv2D"] >= 1
    assert model.count_params() == 11_690
    allowed = {"Conv2D", "DepthwiseConv2D", "BatchNormalization", "ReLU", "MaxPooling2D", "AveragePooling2D", "Flatten", "Dense"}
    assert set(kinds) <= allowed


def test_linear_data_follow_the_line_asked_for() -> None:
    data = get_task("linear").data(TaskOptions(slope=-3.0, intercept=4.0))
    np.testing.assert_allclose(data.y_train, -3.0 * data.x_train + 4.0)
    assert len(data.x_train) == 6
    assert data.x_rep.max() == 10.0
    assert data.origin == "computed: y = -3 x +4"


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e7])
def test_a_line_needs_numbers_that_float32_can_square(bad: float) -> None:
    with pytest.raises(InputError, match="are no line to learn"):
        get_task("linear").data(TaskOptions(slope=bad))


def test_data_sets_cannot_be_changed() -> None:
    data = get_task("sine").data(TaskOptions())
    with pytest.raises(ValueError, match="read-only"):
        data.x_test[0] = 0.0


def test_the_hash_depends_on_content_and_shape() -> None:
    def dataset(x: np.ndarray) -> Dataset:
        y = np.zeros(len(x), np.float32)
        return Dataset("d", "here", x.copy(), y.copy(), x.copy(), x.copy(), y.copy())

    zeros = np.zeros((4, 2), np.float32)
    other = zeros.copy()
    other[3, 1] = 1.0
    assert dataset(zeros).sha256 == dataset(zeros).sha256
    assert len({dataset(zeros).sha256, dataset(other).sha256, dataset(np.zeros((4, 1, 2), np.float32)).sha256}) == 3


def test_a_data_set_with_a_label_missing_is_refused() -> None:
    x = np.zeros((4, 2), np.float32)
    with pytest.raises(ValueError, match="4 samples with 3 labels"):
        Dataset("d", "here", x, np.zeros(3), x, x, np.zeros(4))
