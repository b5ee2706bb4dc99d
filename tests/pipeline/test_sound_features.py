"""`mcu frontend`: features of WAV files, C that compiles, a model that holds the front end and predicts from a sound."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import InputContract, contract_of_model, find_frontend, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import MICRO_FRONTEND, features_of
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.predict import PredictRequest, predict
from mcu_toolkit.pipeline.quantize import QuantizeRequest, quantize
from mcu_toolkit.pipeline.sound_features import FrontendRequest, show_frontend
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.tensorflow_loader import load_tensorflow
from tests import small_models
from tests.frontend.sounds import generated
from tests.model_builder import ModelBuilder
from tests.quantize.keras_models import save

SCALE = 0.0390625
FRAMES = 10


def sound(path: Path, number: int, rate_hz: int = 16_000, samples: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(generated(number, samples).tobytes())
    return path


def model_of_features(path: Path) -> Path:
    """A model that hands back its features, [1, frames, bands] in int8."""
    builder = ModelBuilder()
    x, y = (builder.tensor([1, FRAMES, MICRO_FRONTEND.bands], "int8", 0.125, -128, name=name) for name in "xy")
    builder.op("RELU", [x], [y])
    path.write_bytes(with_contract(builder.build([x], [y]), InputContract(Preprocessing("uint16", scale=(SCALE,)))))
    return path


def test_features_are_written_for_training(tmp_path: Path) -> None:
    sounds = [sound(tmp_path / f"{number}.wav", number) for number in (0, 6)]
    result = show_frontend(FrontendRequest("micro_frontend", sounds, tmp_path / "f.npz")).facts
    with np.load(tmp_path / "f.npz") as stored:
        assert np.array_equal(stored["x"], np.stack([features_of(generated(number), MICRO_FRONTEND) for number in (0, 6)]))
    assert [one.frames for one in result.sounds] == [98, 98]
    assert result.files == (tmp_path / "f.npz",)


def test_its_c_compiles_without_a_warning_as_c_and_its_header_as_cpp(tmp_path: Path) -> None:
    show_frontend(FrontendRequest("micro_frontend", c_folder=tmp_path / "c", name="ears"))
    options = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
    subprocess.run(["gcc", "-std=c99", *options, "-c", "ears_frontend.c", "-o", "ears.o"], cwd=tmp_path / "c", check=True)
    (tmp_path / "c/user.cpp").write_text('#include "ears_frontend.h"\nears_frontend *nothing;\n')
    subprocess.run(["g++", *options, "-c", "user.cpp", "-o", "user.o"], cwd=tmp_path / "c", check=True)


@pytest.mark.parametrize("name", ["ears_frontend.c", "ears_frontend.h", "frontend/window.h"])
def test_a_file_of_the_users_is_not_replaced_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    own = tmp_path / "src" / name
    own.parent.mkdir(parents=True)
    own.write_text("/* mine */\n")
    sounds = [sound(tmp_path / "a.wav", 0)]
    with pytest.raises(InputError, match="is there and no part of a front end"):
        show_frontend(FrontendRequest("micro_frontend", sounds, tmp_path / "f.npz", c_folder=tmp_path / "src", name="ears"))
    assert [path for path in (tmp_path / "src").rglob("*") if path.is_file()] == [own]
    assert own.read_text() == "/* mine */\n"
    assert not (tmp_path / "f.npz").exists()


def test_its_own_files_of_an_earlier_time_are_replaced(tmp_path: Path) -> None:
    request = FrontendRequest("micro_frontend", c_folder=tmp_path, name="ears")
    written = {path: path.read_bytes() for path in show_frontend(request).facts.files}
    for path, content in written.items():
        path.write_bytes(content.replace(b"mcu_toolkit 0.1.0", b"mcu_toolkit 0.0.9") + b"/* older */\n")
    show_frontend(request)
    show_frontend(FrontendRequest("micro_frontend", c_folder=tmp_path, name="nose"))
    assert {path: path.read_bytes() for path in written} == written


def test_a_model_that_holds_it_predicts_from_a_sound(tmp_path: Path) -> None:
    model, path = model_of_features(tmp_path / "m.tflite"), sound(tmp_path / "s.wav", 6)
    show_frontend(FrontendRequest("micro_frontend", model=model, model_output=tmp_path / "with.tflite"))
    assert contract_of_model(read_model(tmp_path / "with.tflite")).frontend == MICRO_FRONTEND
    assert contract_of_model(read_model(tmp_path / "with.tflite")).preprocessing == Preprocessing("uint16", scale=(SCALE,))
    assert find_frontend(str(tmp_path / "with.tflite")) == MICRO_FRONTEND
    result = predict(PredictRequest(tmp_path / "with.tflite", [str(path)], ["litert"]), Silent()).facts
    outputs = np.array(result.predictions[0].outputs["y"]).reshape(FRAMES, -1)
    expected = features_of(generated(6), MICRO_FRONTEND)[:FRAMES] * SCALE
    assert np.abs(outputs - np.clip(expected, 0, 255 * 0.125)).max() <= 0.0625 + 1e-6
    assert "the rest is cut off" in " ".join(result.notes)


def test_a_front_end_may_be_named_where_the_model_holds_none(tmp_path: Path) -> None:
    model, path = model_of_features(tmp_path / "m.tflite"), sound(tmp_path / "s.wav", 6)
    with pytest.raises(InputError, match="does not take the samples of a sound"):
        predict(PredictRequest(model, [str(path)], ["litert"]), Silent())
    result = predict(PredictRequest(model, [str(path)], ["litert"], frontend="micro_frontend"), Silent()).facts
    assert max(value or 0 for value in result.predictions[0].outputs["y"]) > 1


def test_sounds_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    short, good = sound(tmp_path / "b.wav", 0, samples=400), sound(tmp_path / "c.wav", 0)
    long = sound(tmp_path / "d.wav", 0, samples=17_000)
    for sounds, words in (([short], "400 samples"), ([good, long], "98 to 104 frames")):
        with pytest.raises(InputError, match=words):
            show_frontend(FrontendRequest("micro_frontend", sounds, tmp_path / "f.npz"))
    assert not (tmp_path / "f.npz").exists()


def test_a_sound_of_another_rate_is_resampled_and_that_is_said(tmp_path: Path) -> None:
    slow = sound(tmp_path / "a.wav", 0, 8000)
    result = show_frontend(FrontendRequest("micro_frontend", [slow]))
    assert result.facts.sounds[0].samples == 32_000
    assert result.facts.sounds[0].remarks == ("resampled from 8,000 to 16,000 Hz",)
    assert "resampled from 8,000" in result.lines[-1]


def test_a_model_that_cannot_take_the_features_gets_no_front_end(tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(small_models.fully_connected())
    request = FrontendRequest("micro_frontend", model=tmp_path / "m.tflite", model_output=tmp_path / "out.tflite")
    with pytest.raises(InputError, match="cannot take what its front end computes"):
        show_frontend(request)
    assert not (tmp_path / "out.tflite").exists()


def test_a_model_is_not_replaced_by_its_copy(tmp_path: Path) -> None:
    model = model_of_features(tmp_path / "m.tflite")
    before = model.read_bytes()
    with pytest.raises(InputError, match="is the model itself"):
        show_frontend(FrontendRequest("micro_frontend", model=model, model_output=tmp_path / "x" / ".." / "m.tflite"))
    assert model.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"frontend": "bogus"}, "unknown front end 'bogus'"),
        ({"output": Path("f.csv")}, "is no .npz file"),
        ({"output": Path("f.npz")}, "features of no sound"),
        ({"name": "int"}, "'int' cannot be a name in C"),
        ({"name": "../x"}, "cannot be a name in C"),
        ({"model": Path("m.tflite")}, "--into and --model-output go together"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        show_frontend(FrontendRequest(**{"frontend": "micro_frontend", **options}))  # type: ignore[arg-type]


def test_a_model_without_one_is_no_front_end(tmp_path: Path) -> None:
    model = model_of_features(tmp_path / "m.tflite")
    with pytest.raises(InputError, match="holds no front end"):
        find_frontend(str(model))


@pytest.mark.slow
def test_a_model_that_is_quantized_with_a_front_end_hears(tmp_path: Path) -> None:
    """From features of sounds (raw data, uint16) to a .tflite that takes a WAV file."""
    keras = load_tensorflow().keras
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input((FRAMES, MICRO_FRONTEND.bands)), keras.layers.Flatten(), keras.layers.Dense(3)])
    save(network, tmp_path / "model.keras")
    features = np.stack([features_of(generated(number), MICRO_FRONTEND)[:FRAMES] for number in range(20)])
    np.savez(tmp_path / "data.npz", x_rep=features, x=features)
    (tmp_path / "raw.toml").write_text(f'raw_dtype = "uint16"\nscale = {SCALE}\nlabels = ["on", "off", "other"]\n')
    request = QuantizeRequest(
        tmp_path / "model.keras",
        tmp_path / "data.npz",
        tmp_path / "m.tflite",
        preprocessing=tmp_path / "raw.toml",
        frontend="micro_frontend",
    )
    quantize(request, Silent())
    model = tmp_path / "m.tflite"
    assert contract_of_model(read_model(model)).frontend == MICRO_FRONTEND
    said = predict(PredictRequest(model, [str(sound(tmp_path / "s.wav", 6))], ["litert"]), Silent()).facts.predictions[0]
    given = np.load(tmp_path / "data.npz")["x"][6:7]
    np.save(tmp_path / "same.npy", (given * np.float32(SCALE)).astype(np.float32))
    same = predict(PredictRequest(model, [str(tmp_path / "same.npy")], ["litert"]), Silent()).facts.predictions[0]
    assert said.outputs == same.outputs
    assert any(value for values in said.outputs.values() for value in values)


def test_a_model_that_cannot_take_the_features_is_no_place_for_them(tmp_path: Path) -> None:
    model = model_of_features(tmp_path / "m.tflite")
    (tmp_path / "f.toml").write_text('preset = "micro_frontend"\nbands = 41\n')
    written = sound(tmp_path / "s.wav", 6)
    with pytest.raises(InputError, match="cannot take what its front end computes"):
        show_frontend(
            FrontendRequest(str(tmp_path / "f.toml"), [written], tmp_path / "f.npz", model=model, model_output=tmp_path / "with.tflite")
        )
    with pytest.raises(InputError, match="is the model itself"):
        show_frontend(FrontendRequest("micro_frontend", model=model, model_output=model))
    assert not (tmp_path / "with.tflite").exists()
    assert not (tmp_path / "f.npz").exists()
