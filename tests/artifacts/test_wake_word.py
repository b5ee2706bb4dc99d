"""Manifests of wake words: what they say goes into the model, as ESPHome and pymicro-wakeword compute it.

The real models are those of the package pymicro-wakeword; what needs them is skipped where it is not installed.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import InputContract, contract_of_model, with_contract
from mcu_toolkit.artifacts.decider import Decider, scores_of
from mcu_toolkit.artifacts.decision_rule import DecisionRule
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.artifacts.sound import read_sound
from mcu_toolkit.artifacts.wake_word import STYLES, Style, listening_model, manifest_text, read_manifest
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import build_project, flash_project
from mcu_toolkit.device import open_port
from mcu_toolkit.device.client import Client
from mcu_toolkit.device.emulator import find_emulator
from mcu_toolkit.device.link import Link
from mcu_toolkit.device.sensor import Recording, insert
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.firmware.application import Application
from mcu_toolkit.frontend import MICRO_FRONTEND, features_of
from mcu_toolkit.model import Model, parse_model, read_model, resetting
from mcu_toolkit.pipeline.wake_words import with_manifests, write_manifest
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from tests.emulated import own_boards
from tests.frontend.sounds import generated
from tests.listening_models import word_model
from tests.model_builder import ModelBuilder

WORDS = ("okay_nabu", "hey_jarvis", "hey_mycroft", "alexa")
SAMPLES = 32_000
MANIFEST: dict[str, Any] = {
    "type": "micro",
    "wake_word": "Hey you",
    "model": "hey_you.tflite",
    "version": 2,
    "micro": {"probability_cutoff": 0.9, "feature_step_size": 10, "sliding_window_size": 5, "tensor_arena_size": 22348},
}


def manifest_file(folder: Path, **changes: Any) -> Path:
    path = folder / "m.json"
    micro = {**MANIFEST["micro"], **changes.pop("micro", {})}
    path.write_text(json.dumps({**MANIFEST, **changes, "micro": micro}))
    return path


def rule_of(model: Model) -> DecisionRule:
    rule = contract_of_model(model).decision
    assert rule is not None
    return rule


def stored_inputs(model: Model, samples: np.ndarray) -> np.ndarray:
    """int8 [inferences, 3, 40] of a sound, as the firmware's front end and conversion give them."""
    preprocessing = contract_of_model(model).preprocessing
    assert preprocessing is not None
    features = features_of(samples, MICRO_FRONTEND)
    count = len(features) // 3
    return quantize(preprocessing.apply(features[: 3 * count]), model.inputs[0]).reshape(count, 3, 40)


@pytest.fixture
def model() -> Model:
    return parse_model(word_model(), "hey_you")


@pytest.mark.parametrize("style", STYLES)
def test_every_feature_becomes_the_int8_of_that_style(style: Style, model: Model, tmp_path: Path) -> None:
    listening = listening_model(model, read_manifest(manifest_file(tmp_path)), style)
    preprocessing = contract_of_model(listening).preprocessing
    assert preprocessing is not None
    features = np.arange(1 << 16)
    scale, zero_point = np.float32(26 / 255), -128
    expected = {
        "esphome": np.clip((features * 256 + 333) // 666 - 128, -128, 127),
        "pymicro-wakeword": np.clip(np.round(features * 0.0390625 / scale + zero_point), -128, 127),
    }[style]
    assert np.array_equal(quantize(preprocessing.apply(features.astype(np.uint16)[:, None]), listening.inputs[0])[:, 0], expected)


def test_thresholds_are_those_of_each_style(model: Model, tmp_path: Path) -> None:
    manifest = read_manifest(manifest_file(tmp_path))
    esphome, pymicro = (rule_of(listening_model(model, manifest, style)) for style in STYLES)
    assert esphome.classes[0].sum_threshold == int(0.9 * 255) * 5
    assert (esphome.warm_up, esphome.refractory, esphome.waits_for_quiet) == (33, 33, True), "100 frames of 10 ms, 3 an inference"
    assert pymicro.classes[0].sum_threshold == 1152, "0.9 * 256 * 5, and more is above it"
    assert (pymicro.warm_up, pymicro.refractory) == (4, 0)
    assert esphome.stride_frames == pymicro.stride_frames == 3


def test_the_model_computes_what_it_computed(model: Model, tmp_path: Path) -> None:
    listening = listening_model(model, read_manifest(manifest_file(tmp_path)), "esphome")
    inputs = stored_inputs(listening, generated(2, SAMPLES))
    assert np.array_equal(TflmRunner(model).run((inputs,)).outputs[0], TflmRunner(listening).run((inputs,)).outputs[0])
    assert contract_of_model(listening).frontend == MICRO_FRONTEND


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"type": "nano"}, "type"),
        ({"version": 3}, "version 3"),
        ({"wake_word": ""}, "wake_word"),
        ({"micro": {"probability_cutoff": 1.5}}, "probability_cutoff"),
        ({"micro": {"probability_cutoff": "high"}}, "probability_cutoff"),
        ({"micro": {"sliding_window_size": 0}}, "sliding_window_size"),
        ({"micro": {"feature_step_size": 0}}, "feature_step_size"),
        ({"version": 1}, "sliding_window_average_size"),
    ],
)
def test_what_is_no_manifest_is_named(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        read_manifest(manifest_file(tmp_path, **changes))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b'{"type": "micro"}', b'{"type": "micro", "micro": 3}'])
def test_what_is_no_json_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(InputError, match=r"no manifest"):
        read_manifest(tmp_path / "m.json")


def test_a_model_of_another_form_is_refused(tmp_path: Path) -> None:
    manifest = read_manifest(manifest_file(tmp_path))
    with pytest.raises(InputError, match="cannot take what its front end computes"):
        listening_model(parse_model(word_model(bands=41), "m"), manifest, "esphome")


def test_each_model_has_its_manifest(model: Model, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 manifests for 2 models"):
        with_manifests([model, model], [manifest_file(tmp_path)], "esphome")
    assert with_manifests([model], [], "esphome") == (model,)


def test_a_manifest_that_was_written_gives_the_rule_back(model: Model, tmp_path: Path) -> None:
    listening = listening_model(model, read_manifest(manifest_file(tmp_path)), "esphome")
    (tmp_path / "hey_you.tflite").write_bytes(listening.content)
    write_manifest(tmp_path / "hey_you.tflite", tmp_path / "hey_you.json", "Hey you", 9000)
    manifest = read_manifest(tmp_path / "hey_you.json")
    assert (manifest.wake_word, manifest.sliding_window_size, manifest.tensor_arena_bytes) == ("Hey you", 5, 9000)
    assert rule_of(listening_model(model, manifest, "esphome")).classes == rule_of(listening).classes


def test_every_cutoff_survives_the_manifest(model: Model, tmp_path: Path) -> None:
    listening = listening_model(model, read_manifest(manifest_file(tmp_path)), "esphome")
    for steps in range(255):
        rule = replace(rule_of(listening), classes=(replace(rule_of(listening).classes[0], sum_threshold=5 * steps),))
        changed = replace(contract_of_model(listening), decision=rule)
        text = manifest_text(parse_model(with_contract(model.content, changed), "m"), "w", "m.tflite", 1)
        (tmp_path / "back.json").write_text(text)
        assert int(read_manifest(tmp_path / "back.json").probability_cutoff * 255) == steps


@pytest.mark.parametrize("threshold", [-1, 5 * 255, 5 * 256])
def test_a_threshold_that_no_manifest_holds_is_refused(threshold: int, model: Model, tmp_path: Path) -> None:
    listening = listening_model(model, read_manifest(manifest_file(tmp_path)), "esphome")
    rule = replace(rule_of(listening), classes=(replace(rule_of(listening).classes[0], sum_threshold=threshold),))
    changed = with_contract(model.content, replace(contract_of_model(listening), decision=rule))
    with pytest.raises(InputError, match=r"its threshold is -?\d+ of 255 steps"):
        manifest_text(parse_model(changed, "m"), "w", "m.tflite", 1)


def test_a_model_that_esphome_cannot_run_gets_no_manifest(tmp_path: Path) -> None:
    other = parse_model(word_model(unsigned=False), "m")
    listening = listening_model(other, read_manifest(manifest_file(tmp_path)), "esphome")
    with pytest.raises(InputError, match="not one probability in uint8"):
        manifest_text(listening, "w", "m.tflite", 1)
    package = listening_model(parse_model(word_model(), "m"), read_manifest(manifest_file(tmp_path)), "pymicro-wakeword")
    assert manifest_text(package, "w", "m.tflite", 1), "one step off is what roundings make"
    described = contract_of_model(package)
    raw = with_contract(package.content, replace(described, preprocessing=Preprocessing("uint16", scale=(0.04,))))
    with pytest.raises(InputError, match="other integers than ESPHome's"):
        manifest_text(parse_model(raw, "m"), "w", "m.tflite", 1)
    shifted = listening_model(parse_model(word_model(zero_point=9), "m"), read_manifest(manifest_file(tmp_path)), "esphome")
    with pytest.raises(InputError, match="not one with a zero point of 0"):
        manifest_text(shifted, "w", "m.tflite", 1)
    forgets = listening_model(parse_model(resetting(_with_state()), "m"), read_manifest(manifest_file(tmp_path)), "esphome")
    with pytest.raises(InputError, match="reset before each inference"):
        manifest_text(forgets, "w", "m.tflite", 1)
    bare = parse_model(with_contract(other.content, InputContract(Preprocessing("uint16"))), "m")
    with pytest.raises(InputError, match="holds no front end"):
        manifest_text(bare, "w", "m.tflite", 1)


def _with_state() -> bytes:
    """One frame of 40 features -> SVDF -> one probability."""
    builder = ModelBuilder()
    x = builder.tensor([1, 1, 40], "int8", 26 / 255, -128)
    flat = builder.tensor([1, 40], "int8", 26 / 255, -128)
    weights = builder.tensor([1, 40], "int8", 0.02, data=[[1] * 40])
    time = builder.tensor([1, 4], "int16", 1e-5, data=[[1] * 4])
    state = builder.tensor([1, 4], "int16", 0.01, is_variable=True)
    logit = builder.tensor([1, 1], "int8", 1 / 256, -128)
    y = builder.tensor([1, 1], "uint8", 1 / 256, 0)
    builder.op("RESHAPE", [x, builder.tensor([2], "int32", data=[1, 40])], [flat], new_shape=[1, 40])
    builder.op("SVDF", [flat, weights, time, -1, state], [logit], rank=1, fused_activation_function="NONE")
    builder.op("QUANTIZE", [logit], [y])
    return builder.build([x], [y])


def shipped(word: str, style: Style) -> tuple[Any, Model]:
    """The package's own detector, and its model with what its manifest says in it."""
    package = pytest.importorskip("pymicro_wakeword", reason="the package pymicro-wakeword is not installed")
    folder = Path(package.__file__).parent / "models"
    model = listening_model(read_model(folder / f"{word}.tflite"), read_manifest(folder / f"{word}.json"), style)
    return package.MicroWakeWord.from_builtin(package.Model(word)), model


@pytest.mark.parametrize("word", WORDS)
def test_a_shipped_model_decides_as_its_package_does(word: str, record_property: pytest.RecordProperty) -> None:
    """On sounds that are no speech, with the cutoff low enough that both detect: LiteRT differs by some steps, which are counted."""
    detector, model = shipped(word, "pymicro-wakeword")
    package = pytest.importorskip("pymicro_wakeword")
    samples = np.concatenate([generated(number, SAMPLES) for number in (1, 2, 5, 6, 8, 9)])
    inputs = stored_inputs(model, samples)
    theirs, frames = [], []
    for features in package.MicroWakeWordFeatures().process_streaming(samples.tobytes()):
        frames.append(features.ravel())
        mean = detector.process_streaming_prob(features)
        if len(frames) % 3 == 0:
            theirs.append((detector._probabilities[-1], mean))
    assert np.array_equal(np.round(np.array(frames) / 0.0390625), features_of(samples, MICRO_FRONTEND)), "the same features"
    ours = TflmRunner(model).run((inputs,)).outputs[0].ravel()
    steps = np.abs(ours.astype(int) - np.round(np.array([one for one, _ in theirs]) * 256).astype(int))
    record_property("differing steps", f"{word}: {int((steps > 0).sum())} of {len(steps)}, by up to {int(steps.max())} of 256")
    assert steps.max() <= 32
    assert (steps > 0).mean() < 0.25
    decided = [one.inference for one in Decider(rule_of(model), 1).push(scores_of(ours, 0))]
    assert decided == [number for number, (_, mean) in enumerate(theirs) if mean > detector.probability_cutoff]


RECORDINGS = "MCU_WAKE_WORD_RECORDINGS"
"""Names a folder of WAV files at 16 kHz in a sub-folder for each word: `tests` of the repository OHF-Voice/pymicro-wakeword."""


@pytest.mark.parametrize("word", WORDS)
def test_a_shipped_model_detects_what_its_package_does_on_its_own_recordings(word: str, record_property: pytest.RecordProperty) -> None:
    """Every recording of the word is heard by both, and no other one; single inferences may differ, as LiteRT differs from TFLM."""
    folder = os.environ.get(RECORDINGS)
    if folder is None:
        pytest.skip(f"{RECORDINGS} does not name a folder with recordings of wake words")
    sounds = sorted(Path(folder).glob("*/*.wav"))
    assert any(sound.parent.name == word for sound in sounds)
    differing = inferences = 0
    for sound in sounds:
        detector, model = shipped(word, "pymicro-wakeword")
        theirs, ours = detections(detector, model, read_sound(sound, 16_000).samples)
        assert bool(theirs.any()) == bool(ours.any()) == (sound.parent.name == word), sound
        differing, inferences = differing + int((theirs != ours).sum()), inferences + len(ours)
    record_property("inferences with another decision", f"{word}: {differing} of {inferences}")
    assert differing <= inferences // 100


def detections(detector: Any, model: Model, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(the package's, ours), bool [inferences]: the mean is above the cutoff."""
    package = pytest.importorskip("pymicro_wakeword")
    theirs, frames = [], 0
    for features in package.MicroWakeWordFeatures().process_streaming(samples.tobytes()):
        mean, frames = detector.process_streaming_prob(features), frames + 1
        if frames % 3 == 0:
            theirs.append(mean is not None and mean > detector.probability_cutoff)
    scores = TflmRunner(model).run((stored_inputs(model, samples),)).outputs[0]
    ours = np.zeros(len(scores), bool)
    ours[[one.inference for one in Decider(rule_of(model), 1).push(scores_of(scores.ravel(), 0))]] = True
    return np.array(theirs), ours


@pytest.mark.slow
@pytest.mark.parametrize("word", WORDS)
def test_a_shipped_models_whole_firmware_takes_less_than_half_of_the_arena_it_asks_for(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that is in RAM on an emulated Cortex-M4: protocol, application, front end, model, and the stack that was used."""
    _, model = shipped(word, "esphome")
    folder = Path(pytest.importorskip("pymicro_wakeword").__file__).parent / "models"
    board = load_board("netduinoplus2")
    project = generate_project([model], board, get_runtime("aot"), tmp_path / "p", Extras(application=Application("sound")))
    with own_boards(monkeypatch):
        insert(board, Recording("microphone", generated(6, SAMPLES)[:, np.newaxis], 16_000, 1 / 32768), in_real_time=False)
        image = build_project(project, board)
        port = flash_project(project, board)
        with closing(open_port(port, board.serial.baud)) as link:
            stack_bytes = stack_used_when_heard(link, board)
    asked = read_manifest(folder / f"{word}.json").tensor_arena_bytes
    assert image.footprint is not None
    assert 300 < stack_bytes < 2048
    assert image.footprint.ram_bytes + stack_bytes < asked / 2


def stack_used_when_heard(link: Link, board: Board) -> int:
    """The high-water mark after the board has started again, heard the whole recording and answered a host."""
    emulator, text, deadline_s = find_emulator(board.id), b"", time.monotonic() + 300
    assert emulator is not None
    emulator.reset()
    while b"app: the recording has ended" not in text:
        assert time.monotonic() < deadline_s, text
        text += link.read(1.0)
    assert b"app: listening" in text
    with Client(link) as client:
        return client.status().stack_used_bytes
