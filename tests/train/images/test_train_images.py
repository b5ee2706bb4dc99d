"""The whole training on drawn shapes: what is written, what the record says, and that others can use it without our code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mcu_toolkit.artifacts.contract import contract_of_source
from mcu_toolkit.errors import InputError
from mcu_toolkit.tensorflow_loader import load_keras_model, load_tensorflow, quiet
from mcu_toolkit.train import TrainedModel, read_trained_model
from mcu_toolkit.train.images.backbones import Variant, get_backbone
from mcu_toolkit.train.images.distillation import Distillation
from mcu_toolkit.train.images.images import train_images
from mcu_toolkit.train.images.network import build_network
from mcu_toolkit.train.images.options import ImageOptions
from mcu_toolkit.train.images.outcome import FILES
from mcu_toolkit.train.phases import Reporting
from tests.drawn_shapes import SHAPES, draw_folder

pytestmark = pytest.mark.slow
SIZE = 48


class Told:
    """Everything that was reported."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.bars: list[tuple[int, int, str]] = []
        self.reporting = Reporting(self.notes.append, self.notes.append, lambda done, total, state: self.bars.append((done, total, state)))


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("data") / "shapes", pictures=40)


@pytest.fixture(scope="module")
def told() -> Told:
    return Told()


@pytest.fixture(scope="module")
def trained(shapes: Path, told: Told, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    options = ImageOptions(shapes, "small-cnn", 0.5, SIZE, epochs=14)
    return train_images(options, tmp_path_factory.mktemp("out") / "shapes", told.reporting)


def test_everything_is_written_and_nothing_else(trained: TrainedModel) -> None:
    assert sorted(path.name for path in trained.folder.iterdir()) == sorted(FILES)
    assert read_trained_model(trained.folder).facts == trained.facts


def test_the_shapes_are_learned(trained: TrainedModel) -> None:
    assert trained.accuracy is not None
    assert trained.accuracy > 0.6  # a third is chance; no more is asked of weights that other processors train differently


def test_the_data_file_holds_pictures_as_bytes_with_their_classes(trained: TrainedModel) -> None:
    split = json.loads((trained.folder / "split.json").read_text())
    parts = Counter(row["part"] for row in split["files"])
    with np.load(trained.data_file) as data:
        assert {key: data[key].dtype.name for key in data.files} == {"x": "uint8", "y": "int64", "x_rep": "uint8", "y_rep": "int64"}
        assert data["x"].shape == (parts["test"], SIZE, SIZE, 3)
        assert data["x_rep"].shape == (parts["train"], SIZE, SIZE, 3)
        assert Counter(data["y"].tolist()) == {0: 6, 1: 6, 2: 6}


def test_the_model_knows_its_labels_and_how_pictures_are_fitted(trained: TrainedModel) -> None:
    for source in (trained.keras_file, trained.saved_model):
        preprocessing = contract_of_source(source).preprocessing
        assert preprocessing is not None
        assert preprocessing.labels == SHAPES
        assert (preprocessing.raw_dtype, preprocessing.layout, preprocessing.fit) == ("uint8", "hwc", "crop")
        assert preprocessing.changes_nothing  # the bytes of a picture are the model's input


def test_the_best_epoch_is_the_one_with_the_smallest_validation_loss(trained: TrainedModel) -> None:
    images = trained.facts.images
    assert images is not None
    assert images.best == min(images.history, key=lambda epoch: epoch.validation_loss)


def test_every_epoch_has_a_bar_with_loss_and_accuracy(trained: TrainedModel, told: Told) -> None:
    images = trained.facts.images
    assert images is not None
    training = [bar for bar in told.bars if "loss" in bar[2] and "accuracy" in bar[2]]
    assert sum(done == total for done, total, _ in training) == len(images.history)
    assert sum("; validation 0." in note or "; validation 1." in note for note in told.notes) == len(images.history)


def test_the_plot_is_a_picture(trained: TrainedModel) -> None:
    with Image.open(trained.folder / "history.png") as plot:
        assert plot.format == "PNG"
        assert plot.width > 600


def test_the_same_seed_gives_the_same_weights(shapes: Path, tmp_path: Path) -> None:
    options = ImageOptions(shapes, "small-cnn", 0.3, SIZE, epochs=1, seed=7)
    first, second = (train_images(options, tmp_path / name, Told().reporting) for name in ("a", "b"))
    assert first.facts.weights_sha256 == second.facts.weights_sha256
    assert (first.folder / "split.json").read_bytes() == (second.folder / "split.json").read_bytes()
    assert first.data_file.read_bytes() == second.data_file.read_bytes()


PLAIN = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy, tensorflow
folder = sys.argv[1]
data = numpy.load(folder + "/data.npz")
x = data["x"].astype("float32")
accuracies = []
for name in ("model.keras", "model.h5"):
    model = tensorflow.keras.models.load_model(folder + "/" + name, compile=False)
    accuracies.append(float((model.predict(x, verbose=0).argmax(1) == data["y"]).mean()))
def representative():
    for one in data["x_rep"].astype("float32"):
        yield [one[None]]
for full_int8 in (False, True):
    for converter in (
        tensorflow.lite.TFLiteConverter.from_saved_model(folder + "/saved_model"),
        tensorflow.lite.TFLiteConverter.from_keras_model(model),
    ):
        if full_int8:
            converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
            converter.representative_dataset = representative
            converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tensorflow.int8
        interpreter = tensorflow.lite.Interpreter(model_content=converter.convert())
        interpreter.allocate_tensors()
        ends = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        right = []
        for one, label in zip(data["x"], data["y"]):
            given = (one.astype("int16") - 128).astype("int8") if full_int8 else one.astype("float32")
            interpreter.set_tensor(ends[0]["index"], given[None])
            interpreter.invoke()
            right.append(interpreter.get_tensor(ends[1]["index"])[0].argmax() == label)
        accuracies.append(float(numpy.mean(right)))
print("modules", sorted(name for name in sys.modules if name.startswith("mcu")))
print("accuracies", accuracies)
"""


def test_the_exports_load_in_plain_keras_and_convert_with_the_plain_converter(trained: TrainedModel, tmp_path: Path) -> None:
    """A program that imports nothing of ours: TensorFlow's own loaders, converter and interpreter; int8 input is the pixel less 128."""
    program = [sys.executable, "-c", PLAIN, str(trained.folder)]
    done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "modules []" in done.stdout
    accuracies: Any = json.loads(done.stdout.rpartition("accuracies ")[2])
    keras, h5, *converted = accuracies
    assert keras == h5 == trained.accuracy
    assert converted[:2] == [keras, keras]
    for int8 in converted[2:]:
        assert abs(int8 - keras) <= 2 / 18  # two of the test pictures


def _parts(trained: TrainedModel) -> dict[str, str]:
    return {row["file"]: row["part"] for row in json.loads((trained.folder / "split.json").read_text())["files"]}


@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
def test_a_small_model_learns_from_a_larger_one(trained: TrainedModel, shapes: Path, tmp_path: Path, share: float) -> None:
    options = ImageOptions(shapes, "small-cnn", 0.3, SIZE, distillation=Distillation(trained.keras_file, 3.0, share), epochs=2, seed=1)
    student = train_images(options, tmp_path / "student", Told().reporting)
    images = student.facts.images
    assert images is not None
    assert (images.teacher, images.temperature, images.soft_share) == (str(trained.keras_file), 3.0, share)
    assert images.history[-1].loss < images.history[0].loss
    assert images.teacher_accuracy is not None
    parts = [
        {row["hash"]: row["part"] for row in json.loads((one.folder / "split.json").read_text())["files"]} for one in (student, trained)
    ]
    assert images.teacher_saw == sum(part == "test" != parts[1][name] for name, part in parts[0].items()) > 0, "another seed, another split"
    assert any(f"teacher {100 * images.teacher_accuracy:.2f} %; the teacher was trained on" in line for line in student.summary_lines())


def test_a_teacher_of_other_classes_is_refused(trained: TrainedModel, tmp_path: Path) -> None:
    other = draw_folder(tmp_path / "two", pictures=6, shapes=("disc", "square"))
    options = ImageOptions(other, "small-cnn", 0.3, SIZE, distillation=Distillation(trained.keras_file))
    with pytest.raises(InputError, match="the teacher's classes are disc, square, triangle"):
        train_images(options, tmp_path / "out", Told().reporting)
    assert not (tmp_path / "out").exists()


def test_a_near_duplicate_in_another_part_is_named(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "shapes", pictures=6, shapes=("disc", "square"), seed=3)
    with Image.open(folder / "disc" / "000.jpg") as image:
        for number in range(10, 16):
            image.save(folder / "disc" / f"{number:03}.jpg", quality=60)
    told = Told()
    facts = train_images(ImageOptions(folder, "small-cnn", 0.3, SIZE, epochs=1), tmp_path / "out", told.reporting).facts
    assert facts.images is not None
    assert facts.images.near_duplicates > 0
    assert any("near duplicates" in note and "disc/0" in note for note in told.notes)
    named = json.loads((tmp_path / "out" / "split.json").read_text())["near_duplicates"]
    assert len(named) == facts.images.near_duplicates


def test_a_file_of_weights_is_a_beginning_for_phases_one_and_two(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "few", pictures=4, shapes=("disc", "square"))
    tensorflow = load_tensorflow()
    backbone = get_backbone("mobilenet_v1")
    donor = build_network(tensorflow, backbone, Variant(0.1), size=SIZE, classes=5)
    with quiet():  # Keras and numpy 2 warn
        donor.save(tmp_path / "before.keras")
    options = ImageOptions(folder, backbone.name, 0.1, SIZE, str(tmp_path / "before.keras"), epochs=1)
    trained = train_images(options, tmp_path / "out", Told().reporting)
    images = trained.facts.images
    assert images is not None
    assert {epoch.phase for epoch in images.history} == {"head", "fine-tuning"}
    assert images.weights == "the file before.keras"
    stem = load_keras_model(trained.keras_file).get_layer("stem")
    np.testing.assert_array_equal(stem.get_weights()[0], donor.get_layer("stem").get_weights()[0])  # not among the last blocks
    wider = ImageOptions(folder, backbone.name, 0.2, SIZE, str(tmp_path / "before.keras"), epochs=1)
    with pytest.raises(InputError, match="its layer 'stem' has the shapes"):
        train_images(wider, tmp_path / "wider", Told().reporting)
    assert not (tmp_path / "wider").exists()
