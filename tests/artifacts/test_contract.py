"""The contract about a model's input: what it says, where it is kept, what is refused."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import (
    NOTHING_KNOWN,
    AnomalyRule,
    InputContract,
    contract_of_model,
    contract_of_source,
    from_json,
    read_preprocessing,
    store_in_keras,
    store_in_saved_model,
    to_json,
    with_contract,
)
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.profile import profile_of
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.motion.description import Filter, MotionFrontend, Spectrum
from mcu_toolkit.model import parse_model, read_model
from tests import small_models

RGB = Preprocessing("uint8", (123.7, 116.3, 103.5), (0.017, 0.0175, 0.0174), "chw", "hwc", "rgb", "bgr", ("cat", "dög"))
RAW = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), np.uint8)
CONTRACT = InputContract(RGB, profile_of(RGB.apply(RAW), np.array([0, 1, 1, 0, 1]), classes=2, channels_first=True))


def test_text_and_back() -> None:
    assert from_json(to_json(CONTRACT), "m") == CONTRACT
    assert from_json(to_json(NOTHING_KNOWN), "m") == NOTHING_KNOWN


def test_it_survives_copying_and_renaming_the_model_and_is_part_of_its_hash(tmp_path: Path) -> None:
    content = small_models.convolution()
    (tmp_path / "a.tflite").write_bytes(with_contract(content, CONTRACT))
    shutil.copy(tmp_path / "a.tflite", tmp_path / "b.tflite")
    model = read_model(tmp_path / "b.tflite")
    assert contract_of_model(model) == CONTRACT
    assert model.sha256 != parse_model(content, "a").sha256
    assert with_contract(content, NOTHING_KNOWN) == content


def test_keras_files_and_saved_models_carry_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    store_in_keras(tmp_path / "m.keras", CONTRACT)
    store_in_saved_model(tmp_path / "saved", CONTRACT)
    assert contract_of_source(tmp_path / "m.keras") == CONTRACT
    assert contract_of_source(tmp_path / "saved") == CONTRACT
    assert contract_of_source(tmp_path) == NOTHING_KNOWN


def test_arithmetic_order_of_channels_and_layout() -> None:
    real = RGB.apply(RAW)
    assert real.dtype == np.float32
    assert real.shape == (5, 3, 4, 6)
    blue = np.float32(np.float32(RAW[2, 1, 3, 0]) - np.float32(123.7)) * np.float32(0.017)
    assert real[2, 2, 1, 3] == blue
    assert RGB.raw_shape((3, 4, 6)) == (4, 6, 3)


def test_a_users_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('raw_dtype = "uint8"\nscale = 0.5\nmean = [1, 2, 3]\nlayout = "hwc"\nlabels = ["a", "b"]\n')
    assert read_preprocessing(path) == Preprocessing("uint8", (1.0, 2.0, 3.0), (0.5,), "hwc", labels=("a", "b"))
    (tmp_path / "p.json").write_text(json.dumps({"scale": [2, 3]}))
    assert read_preprocessing(tmp_path / "p.json").scale == (2.0, 3.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scale = 0", "a scale of 0"),
        ("scale = 'big'", "key 'scale' is 'big'"),
        ("sacle = 1", "unknown key 'sacle'"),
        ("scale = [1, 2]\nmean = [1, 2, 3]", "mean and scale of different lengths"),
        ("layout = 'nhwc'", "layout 'nhwc'"),
        ("raw_dtype = 'uint12'", "raw_dtype 'uint12'"),
        ("channel_order = 'rgb'\nraw_channel_order = 'xyz'", "raw_channel_order 'xyz'"),
        ("labels = 'cat'", "key 'labels' is 'cat'"),
        ("scale = nan", "scale"),
        ("scale = ", "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused_naming_the_file(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_preprocessing(path)
    assert caught.value.on == str(path)


def test_a_shape_it_cannot_be_for_is_refused() -> None:
    RGB.check_shape((3, 4, 6), "m")
    for shape in ((4, 6, 3), (3, 24), ()):
        with pytest.raises(InputError):
            RGB.check_shape(shape, "m")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"schema_version":2}', b'{"schema_version":1,"profile":{"mean":1}}'])
def test_what_was_damaged_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        from_json(content, "m")


PYTHONS_WORDS = re.compile(r"object has no|NoneType|__init__|set_int_max|argument|codec|float\(\)|convert")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"[]", "it is a list, not an object"),
        (b"null", "it is null, not an object"),
        (b'"x"', "it is a text, not an object"),
        (b"1", "it is a number, not an object"),
        (b"{}", "it has no schema_version; this toolkit reads 1"),
        (b'{"schema_version":2}', "it has the schema_version 2; this toolkit reads 1"),
        (b'{"schema_version":' + b"9" * 5000 + b"}", "it holds an integer of more than 300 digits"),
        (b'{"schema_version":1,"preprocessing":{"scale":-' + b"9" * 400 + b"}}", "it holds an integer of more than 300 digits"),
        (b"\xff\xfe\x00", "it is no text: byte 2 is not UTF-16"),
        (b'{"a":"\xff"}', "it is no text: byte 6 is not UTF-8"),
        (b'{"schema_version":1,"preprocessing":3}', "'preprocessing' is a number, not an object"),
        (b'{"schema_version":1,"profile":[1]}', "'profile' is a list, not an object"),
        (b'{"schema_version":1,"profile":{"mean":[1]}}', "'profile' has no 'samples'"),
        (b'{"schema_version":1,"profile":{"x":1}}', "'profile' has an unknown key 'x'"),
        (b'{"schema_version":1,"inputs":7}', "names of inputs and outputs that are no list of texts"),
    ],
)
def test_what_was_damaged_is_told_in_words_of_json(content: bytes, found: str) -> None:
    with pytest.raises(InputError) as caught:
        from_json(content, "a model")
    error = caught.value
    assert error.what == f"what is stored about the model's input ('mcu_toolkit' in its metadata) cannot be read: {found}"
    assert (error.on, error.expected) == ("a model", "a JSON object as mcu quantize writes it")
    assert not PYTHONS_WORDS.search(str(error))


def test_a_profile_of_other_things_than_numbers_is_refused() -> None:
    whole = json.loads(to_json(CONTRACT))
    whole["profile"]["mean"] = ["x"]
    with pytest.raises(InputError, match="'mean' of 'profile' is a list, not a list of numbers"):
        from_json(json.dumps(whole).encode(), "m")


@pytest.mark.parametrize("digits", [400, 5000])
def test_an_endless_number_in_a_file_is_refused(digits: int, tmp_path: Path) -> None:
    for name, text in (("p.toml", f"scale = {'9' * digits}"), ("p.json", f'{{"scale": {"9" * digits}}}')):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match="cannot be read: it holds an integer of more than 300 digits"):
            read_preprocessing(tmp_path / name)


@pytest.mark.parametrize(("text", "kind"), [("[]", "a list"), ("3", "a number"), ("null", "null")])
def test_a_file_that_describes_nothing_is_refused(text: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(InputError, match=f"it is {kind}, not an object"):
        read_preprocessing(tmp_path / "p.json")


def test_a_front_end_of_motion_and_a_threshold_are_kept() -> None:
    motion = MotionFrontend(100.0, ("x", "y"), (1024.0,), 64, 32, (Filter("low_pass", cutoff_hz=20.0),), ("mean", "std"), Spectrum(4))
    contract = InputContract(Preprocessing("uint16"), motion=motion, anomaly=AnomalyRule(0.25))
    assert from_json(to_json(contract), "m.tflite") == contract


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'{"schema_version": 1, "anomaly": {"threshold": -1}}', "threshold of anomalies is -1"),
        (b'{"schema_version": 1, "anomaly": {"threshold": Infinity}}', "m.tflite"),
        (b'{"schema_version": 1, "motion": {"axes": ["x"]}}', "it has no 'sample_rate_hz'"),
        (b'{"schema_version": 1, "motion": 7}', "m.tflite"),
    ],
)
def test_rules_and_front_ends_that_cannot_be_are_refused(text: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        from_json(text, "m.tflite")
