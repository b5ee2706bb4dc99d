"""Training for real: what is written, that it can be repeated, and that nothing half-done stays behind."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.errors import InputError, NotSatisfiedError, UnknownNameError
from mcu_toolkit.tensorflow_loader import load_keras_model, load_tensorflow, quiet
from mcu_toolkit.train import TrainedModel, get_task, read_trained_model, train_task
from mcu_toolkit.train import train as training
from tests import trained_models

WRITTEN = ["data.npz", "model.keras", "saved_model", "training.json"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """The line after three epochs: quick, and not yet learned."""
    return train_task("linear", tmp_path_factory.mktemp("linear"), epochs=3)


def test_digits_reach_98_percent(digits_folder: Path) -> None:
    trained = read_trained_model(digits_folder)
    assert trained.accuracy is not None
    assert trained.accuracy >= 0.98
    assert trained.parameters >= 10_000
    assert trained.error is None


def test_the_accuracy_in_the_record_is_that_of_the_written_model(digits_folder: Path) -> None:
    with np.load(digits_folder / "data.npz") as data:
        predictions = load_keras_model(digits_folder / "model.keras").predict(data["x"], verbose=0)
        assert float(np.mean(predictions.argmax(axis=1) == data["y"])) == read_trained_model(digits_folder).accuracy


def test_the_data_file_has_test_and_representative_samples(digits_folder: Path) -> None:
    with np.load(digits_folder / "data.npz") as data:
        assert {key: (data[key].shape, data[key].dtype.str) for key in data.files} == {
            "x": ((360, 8, 8, 1), "<f4"),
            "y": ((360,), "<i8"),
            "x_rep": ((200, 8, 8, 1), "<f4"),
            "y_rep": ((200,), "<i8"),
            "x_train": ((1437, 8, 8, 1), "<f4"),
            "y_train": ((1437,), "<i8"),
        }


def test_the_saved_model_takes_a_batch_of_one_and_says_what_keras_says(digits_folder: Path) -> None:
    tensorflow = load_tensorflow()
    with quiet():
        signature = tensorflow.saved_model.load(str(digits_folder / "saved_model")).signatures["serving_default"]
    (spec,) = signature.structured_input_signature[1].values()
    assert spec.shape.as_list() == [1, 8, 8, 1]
    with np.load(digits_folder / "data.npz") as data:
        image = data["x"][:1]
    (probabilities,) = signature(tensorflow.constant(image)).values()
    expected = load_keras_model(digits_folder / "model.keras")(image, training=False)
    np.testing.assert_allclose(probabilities.numpy(), expected.numpy(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("slope", "intercept"), [(2.0, -1.0), pytest.param(-3.0, 4.0, marks=pytest.mark.slow)])
def test_the_line_is_learned(tmp_path: Path, slope: float, intercept: float) -> None:
    trained = train_task("linear", tmp_path, slope=slope, intercept=intercept)
    line = trained.facts.line
    assert line is not None
    assert line.slope == pytest.approx(slope, abs=1e-4)
    assert line.intercept == pytest.approx(intercept, abs=1e-4)
    assert line.prediction_for_10 == pytest.approx(10 * slope + intercept, abs=1e-3)
    assert trained.parameters == 2
    assert any("prediction for 10" in text for text in trained.summary_lines())


@pytest.mark.slow
def test_the_sine_is_learned() -> None:
    trained = read_trained_model(trained_models.trained("sine"))
    assert trained.parameters == 321
    assert trained.error is not None
    assert trained.error < 0.02
    assert trained.accuracy is None


def test_the_prediction_for_10_is_the_models_own(short: TrainedModel) -> None:
    line = short.facts.line
    assert line is not None
    assert line.prediction_for_10 == pytest.approx(10 * line.slope + line.intercept, rel=1e-5)
    assert abs(line.prediction_for_10 - 19.0) > 0.01


def test_everything_is_written_and_the_record_reads_back(short: TrainedModel) -> None:
    assert names(short.folder) == WRITTEN
    assert read_trained_model(short.folder) == short
    assert hashlib.sha256(short.keras_file.read_bytes()).hexdigest() == short.facts.keras_sha256
    assert hashlib.sha256(short.data_file.read_bytes()).hexdigest() == short.facts.data_file_sha256


def test_the_same_seed_gives_the_same_weights_and_data_file(short: TrainedModel, tmp_path: Path) -> None:
    again = train_task("linear", tmp_path / "again", epochs=3)
    other = train_task("linear", tmp_path / "other", epochs=3, seed=1)
    assert again.facts.weights_sha256 == short.facts.weights_sha256
    assert again.facts.data_file_sha256 == short.facts.data_file_sha256
    assert other.facts.weights_sha256 != short.facts.weights_sha256


@pytest.mark.slow
def test_another_process_trains_the_same_convolutional_weights(tmp_path: Path) -> None:
    here = train_task("digits", tmp_path / "here", epochs=2)
    code = (
        "import sys; from pathlib import Path; from mcu_toolkit.train import train_task;"
        "print(train_task('digits', Path(sys.argv[1]), epochs=2).facts.weights_sha256)"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", code, tmp_path / "there"], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == here.facts.weights_sha256
    assert run.stderr == ""


def test_progress_is_told_after_every_epoch(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    train_task("linear", tmp_path, epochs=3, on_epoch=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_an_interrupted_training_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_task("linear", tmp_path / "new", epochs=3, on_epoch=interrupt)
    assert not (tmp_path / "new").exists()


def test_an_interrupted_training_leaves_the_old_result(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    before = train_task("linear", tmp_path, epochs=1)
    with pytest.raises(KeyboardInterrupt):
        train_task("linear", tmp_path, epochs=3, on_epoch=interrupt)
    assert read_trained_model(tmp_path) == before
    assert names(tmp_path) == WRITTEN


def test_training_again_replaces_the_result_and_leaves_other_files(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    train_task("linear", tmp_path, epochs=1)
    second = train_task("linear", tmp_path, epochs=2)
    assert read_trained_model(tmp_path) == second
    assert names(tmp_path) == sorted([*WRITTEN, "notes.txt"])


def test_a_diverging_training_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_fast(tensorflow: Any, model: Any, steps: int) -> None:
        model.compile(optimizer=tensorflow.keras.optimizers.SGD(1e6), loss="mean_squared_error")

    task = dataclasses.replace(get_task("linear"), compile=too_fast)
    monkeypatch.setattr(training, "get_task", lambda name: task)
    with pytest.raises(NotSatisfiedError, match="training diverged: the loss is"):
        train_task("linear", tmp_path / "out", epochs=50)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"), [({"epochs": 0}, "0 epochs"), ({"seed": -1}, "seed -1"), ({"seed": 2**32}, "seed 4294967296")]
)
def test_senseless_options_are_refused(tmp_path: Path, options: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        train_task("linear", tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_an_unknown_task_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        train_task("lines", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="is not a folder"):
        train_task("linear", tmp_path / "out", epochs=1)
    assert (tmp_path / "out").read_text() == "a file"


def test_a_folder_without_record_is_not_a_trained_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="training record not found"):
        read_trained_model(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema_version": 1}', "not json"])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "training.json").write_text(content)
    with pytest.raises(InputError, match="is not a training record"):
        read_trained_model(tmp_path)


@pytest.mark.parametrize(
    ("change", "found"),
    [({"epochs": "two"}, "epochs is 'two'"), ({"sed": 1}, "unknown field 'sed'"), ({"versions": {}}, "versions has no 'python'")],
)
def test_what_is_wrong_in_a_record_is_named(short: TrainedModel, tmp_path: Path, change: dict[str, object], found: str) -> None:
    record = json.loads((short.folder / "training.json").read_text())
    (tmp_path / "training.json").write_text(json.dumps({**record, **change}))
    with pytest.raises(InputError, match=found):
        read_trained_model(tmp_path)


def test_a_record_of_another_version_is_named(short: TrainedModel, tmp_path: Path) -> None:
    record = json.loads((short.folder / "training.json").read_text())
    (tmp_path / "training.json").write_text(json.dumps({**record, "schema_version": 99}))
    with pytest.raises(InputError, match="another version"):
        read_trained_model(tmp_path)


def test_losses_are_finite_numbers(short: TrainedModel) -> None:
    assert math.isfinite(short.facts.loss)
