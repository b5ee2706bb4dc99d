"""What `mcu quantize` and `mcu train` refuse about models and data: a clear message and exit code 2."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.tensorflow_loader import load_tensorflow
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.quantize import keras_models as models

pytestmark = pytest.mark.slow

GRAY = 'raw_dtype = "uint8"\nscale = 0.00392156862745098\nlayout = "hwc"\nlabels = ["cat", "dog"]\n'


@pytest.fixture(scope="module")
def cnn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Keras file for images of 4x4 pixels with 1 channel, two classes."""

    def layers(keras: Any, x: Any) -> Any:
        flat = keras.layers.Flatten(name="flatten")(keras.layers.Conv2D(4, 3, activation="relu", name="conv")(x))
        return keras.layers.Dense(2, activation="softmax", name="classes")(flat)

    return models.save(models.functional(layers, (4, 4, 1)), tmp_path_factory.mktemp("cnn") / "m.keras")


def png(path: Path, height: int = 4, width: int = 4, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 1), np.uint8)
    path.write_bytes(load_tensorflow().io.encode_png(pixels).numpy())


def quantize(cnn: Path, here: Path, data: str = "images") -> Any:
    (here / "p.toml").write_text(GRAY)
    if not (here / "m.keras").exists():
        shutil.copy(cnn, here / "m.keras")
    return mcu_here("quantize", "m.keras", "--data", data, "--preprocessing", "p.toml", "-o", "m.tflite", "--json", "r.json")


def two_classes(here: Path, count: int = 15) -> None:
    for number in range(count):
        png(here / f"images/cat/{number}.png", seed=number)
        png(here / f"images/dog/{number}.png", seed=100 + number)


IMAGES = "files ending in .png, .jpg, .jpeg, .bmp, .gif, or a folder of them for each class"


def test_folders_of_images_are_data(cnn: Path, here: Path) -> None:
    two_classes(here)
    assert quantize(cnn, here).exit_code == 0
    recorded = json.loads((here / "r.json").read_text())
    assert recorded["representative_samples"] == 30
    assert recorded["findings"] == []
    succeed_here("validate", "m.tflite", "--data", "images", "--json", "v.json")
    assert set(json.loads((here / "v.json").read_text())["accuracy"]) == {"tflm", "litert", "aot-host"}


def test_an_empty_folder(cnn: Path, here: Path) -> None:
    (here / "images").mkdir()
    assert_refused(quantize(cnn, here), 2, f"error: images: holds no images\n  expected: {IMAGES}")
    two_classes(here, 1)
    (here / "images/dog/0.png").unlink()
    assert_refused(quantize(cnn, here), 2, f"error: images/dog: holds no images\n  expected: {IMAGES}")


def test_one_class_only(cnn: Path, here: Path) -> None:
    png(here / "images/cat/0.png")
    message = "error: images: holds images of one class only, 'cat'\n  expected: a folder for each class, at least two"
    assert_refused(quantize(cnn, here), 2, message)
    (here / "mine.py").write_text("import numpy as np\ndef build_model(): 0\ndef load_data(): return np.zeros((9, 2)), np.ones(9, int)")
    message = "error: mine.py: load_data(): every sample of y_train is of class 1\n  expected: at least two classes"
    assert_refused(mcu_here("train", "mine.py"), 2, message)


def test_a_class_the_model_does_not_have(cnn: Path, here: Path) -> None:
    two_classes(here, 1)
    png(here / "images/horse/0.png")
    message = "error: images: has a class 'horse' that the model does not know\n  expected: folders named cat, dog"
    assert_refused(quantize(cnn, here), 2, message)


def test_a_corrupt_image_and_one_of_another_size(cnn: Path, here: Path) -> None:
    two_classes(here, 2)
    good = (here / "images/dog/1.png").read_bytes()
    for content in (b"no image", good[:40]):
        (here / "images/dog/1.png").write_bytes(content)
        outcome = quantize(cnn, here)
        assert outcome.error.startswith("error: images/dog/1.png: is not a readable image: ")
        assert (outcome.exit_code, "Traceback" in outcome.stderr) == (2, False)
    png(here / "images/dog/1.png", 5, 6)
    message = "error: images/dog/1.png: is 6x5 pixels\n  expected: 4x4, as the model's input\n  try: resize the images"
    assert_refused(quantize(cnn, here), 2, message)


def test_images_without_a_preprocessing(cnn: Path, here: Path) -> None:
    two_classes(here, 1)
    shutil.copy(cnn, here / "m.keras")
    outcome = mcu_here("quantize", "m.keras", "--data", "images", "-o", "m.tflite")
    assert outcome.error.startswith("error: images: is a folder of images, and nothing says how their pixels become the model's inputs")
    assert outcome.exit_code == 2


def test_nan_and_a_wrong_shape(cnn: Path, here: Path) -> None:
    x = models.random_samples(4, 4, 1)
    x[2, 1, 0, 0] = np.nan
    models.write_data(here / "nan.npz", x_rep=x)
    message = "error: nan.npz: 'x_rep' holds 1 values that are NaN or infinite, the first at [2, 1, 0, 0]\n  expected: finite numbers"
    assert_refused(quantize(cnn, here, "nan.npz"), 2, message)
    models.write_data(here / "shape.npz", x_rep=models.random_samples(5, 4, 1))
    message = "error: shape.npz: 'x_rep' has shape [20, 5, 4, 1]\n  expected: [samples, 4, 4, 1] for input 'x'"
    assert_refused(quantize(cnn, here, "shape.npz"), 2, message)


def test_a_preprocessing_for_other_channels(cnn: Path, here: Path) -> None:
    models.write_data(here / "d.npz", x_rep=models.random_samples(4, 4, 1))
    (here / "q.toml").write_text("mean = [1, 2, 3]\nlayout = 'hwc'\n")
    shutil.copy(cnn, here / "m.keras")
    outcome = mcu_here("quantize", "m.keras", "--data", "d.npz", "--preprocessing", "q.toml", "-o", "m.tflite")
    assert_refused(outcome, 2, "error: q.toml: 3 means and scales for 1 channels (shape [4, 4, 1])\n  expected: 1")


def test_open_dimensions_and_a_batch_of_several(here: Path) -> None:
    models.save(models.functional(lambda keras, x: keras.layers.Conv2D(2, 3)(x), (None, None, 2)), here / "open.keras")
    models.write_data(here / "d.npz", x_rep=models.random_samples(4, 4, 2))
    outcome = mcu_here("quantize", "open.keras", "--data", "d.npz", "-o", "m.tflite")
    assert outcome.error.startswith("error: open.keras: input 'x' has open dimensions: [?, ?, ?, 2]\n  expected: every size but the batch")
    assert outcome.exit_code == 2
    keras = load_tensorflow().keras
    entry = keras.Input(batch_shape=(4, 4, 4, 2), name="x")
    models.save(keras.Model(entry, keras.layers.Conv2D(2, 3)(entry)), here / "four.keras")
    outcome = mcu_here("quantize", "four.keras", "--data", "d.npz", "-o", "m.tflite")
    assert_refused(outcome, 2, "error: four.keras: input 'x' takes a batch of 4\n  expected: a batch of 1, or an open one")


def test_a_layer_without_an_integer_version_and_what_allows_it(here: Path) -> None:
    def layers(keras: Any, x: Any) -> Any:
        return keras.layers.Conv2D(2, 1, name="after")(keras.layers.ELU(name="my_elu")(keras.layers.Conv2D(2, 1, name="c")(x)))

    models.save(models.functional(layers), here / "elu.keras")
    models.write_data(here / "d.npz", x_rep=models.random_samples(4, 4, 2), x=models.random_samples(4, 4, 2))
    words = ("quantize", "elu.keras", "--data", "d.npz", "-o", "m.tflite", "--json", "r.json")
    outcome = mcu_here(*words)
    assert outcome.error.startswith("error: elu.keras: an operator is left in floating point: ELU in layer 'my_elu'")
    assert outcome.error.endswith("or use --allow-float-islands")
    assert outcome.exit_code == 2
    outcome = succeed_here(*words, "--allow-float-islands")
    assert "float fallback: ELU in layer 'my_elu'" in outcome.stdout
    assert json.loads((here / "r.json").read_text())["float_islands"] == ["ELU in layer 'my_elu'"]


def test_an_old_keras_file(here: Path) -> None:
    import h5py

    config = {"class_name": "Sequential", "config": [{"class_name": "Convolution2D", "config": {"name": "c", "nb_filter": 4}}]}
    with h5py.File(here / "old.h5", "w") as file:
        file.attrs["keras_version"] = "1.2.2"
        file.attrs["model_config"] = json.dumps(config)
    outcome = mcu_here("quantize", "old.h5", "--scheme", "float32", "-o", "m.tflite")
    assert outcome.error.startswith("error: old.h5: Keras cannot read the model, which Keras 1.2.2 wrote: ")
    assert outcome.exit_code == 2
    assert "Traceback" not in outcome.stderr
