"""Firmware that listens decides what the host decides, reports what it lost and what it costs; on real boards it compiles."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import contract_of_model, with_contract
from mcu_toolkit.artifacts.decider import Decider, scores_of
from mcu_toolkit.artifacts.decision_rule import ClassThreshold, DecisionRule
from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.boards import load_board
from mcu_toolkit.device.sensor import Recording
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import Application, Extras, generate_project
from mcu_toolkit.firmware.listener import Microphone, can_listen
from mcu_toolkit.frontend import features_of
from mcu_toolkit.frontend.sound_input import SoundInput, SoundInputStream
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.sinks import c_string
from tests.firmware.host_program import compile_project, lines_of
from tests.frontend.sounds import generated
from tests.listening_models import listening, listening_to_mfcc, word_model

AOT, HOST = get_runtime("aot"), load_board("host")
APP = Application("sound")
ENDED = "app: the recording has ended"


def rule(threshold: int, *, stride: int = 3, average: int = 4, refractory: int = 5, warm_up: int = 6, quiet: bool = False) -> DecisionRule:
    return DecisionRule(stride, average, (ClassThreshold(0, threshold * average),), warm_up, refractory, quiet)


def sound() -> np.ndarray:
    return np.concatenate([generated(number, 12_000) for number in (1, 2, 6, 9, 4)])


def decided(model: Model, samples: np.ndarray) -> list[tuple[int, int]]:
    """(inference, sum) of each decision, on the host."""
    contract = contract_of_model(model)
    assert contract.preprocessing is not None
    assert contract.frontend is not None
    assert contract.decision is not None
    stored = quantize(contract.preprocessing.apply(features_of(samples, contract.frontend)), model.inputs[0])
    frames, stride = model.inputs[0].shape[1], contract.decision.stride_frames
    windows = np.stack([stored[at : at + frames] for at in range(0, len(stored) - frames + 1, stride)])
    outputs = TflmRunner(model).run((windows,)).outputs[0]
    return [(one.inference, one.sum) for one in Decider(contract.decision, 1).push(scores_of(outputs, 0))]


def heard(lines: list[str], name: str) -> list[tuple[int, int]]:
    found = [re.fullmatch(r"heard: (.*) \(.*\), sum (-?\d+), inference (\d+), at .* s", line) for line in lines]
    return [(int(one[3]), int(one[2])) for one in found if one is not None and one[1] == name]


def project(models: list[Model], folder: Path, microphone: Microphone | None = None, board: str = "host") -> Path:
    application = APP if microphone is None else replace(APP, microphone=microphone)
    return generate_project(models, load_board(board), AOT, folder, Extras(application=application)).folder


def recorded(samples: np.ndarray, rate_hz: float = 16_000.0) -> Recording:
    return Recording("microphone", samples[:, np.newaxis], rate_hz, 1 / 32768)


SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def test_two_models_decide_what_the_host_decides(tmp_path: Path) -> None:
    """One takes each frame once, the other a window that slides; both have one front end."""
    models = [
        listening("adjacent", rule(30)),
        listening("sliding", rule(25, stride=4, average=3), frames=15, labels=("other",)),
    ]
    program = compile_project(project(models, tmp_path / "p"))
    lines = lines_of(program, recorded(sound()), tmp_path, until=ENDED)
    for model, name in zip(models, ('say "hi"', "other"), strict=True):
        expected = decided(model, sound())
        assert len(expected) > 2
        assert heard(lines, name) == expected
    assert lines[0] == "app: listening"
    assert not [line for line in lines if "overrun" in line]
    assert [
        line for line in lines if re.fullmatch(r"app: load: front end \d+, models \d+ us in a second of sound, [\d.]+ % of real time", line)
    ]


def test_a_frame_of_mfcc_is_as_long_as_its_coefficients(tmp_path: Path) -> None:
    """Not as its bands; a model of 40 bands and one of ten coefficients listen together, under sanitizers."""
    models = [listening_to_mfcc("mfcc", rule(138, stride=2), frames=10), listening("bands", rule(30), labels=("bands",))]
    program = compile_project(project(models, tmp_path / "p"), *SANITIZERS)
    lines = lines_of(program, recorded(sound()), tmp_path, until=ENDED)
    for model in models:
        expected = decided(model, sound())
        assert len(expected) > 2
        assert heard(lines, model.name) == expected


@pytest.mark.parametrize(("rate_hz", "gain"), [(8_000, 1.0), (44_100, 2.5), (48_000, 0.5)])
def test_a_microphone_of_another_rate_decides_as_its_python_twin(rate_hz: int, gain: float, tmp_path: Path) -> None:
    model = listening("m", rule(60), labels=("word",))
    program = compile_project(project([model], tmp_path / "p", Microphone(rate_hz, gain, removes_offset=True)), *SANITIZERS)
    samples = np.concatenate([sound()[:30_000], (sound()[:20_000] // 2 + 500).astype(np.int16)])
    lines = lines_of(program, recorded(samples, rate_hz), tmp_path, until=ENDED)
    expected = decided(model, SoundInputStream(SoundInput(rate_hz, 16_000, gain, removes_offset=True)).push(samples))
    assert expected
    assert heard(lines, "word") == expected


def test_hops_that_overrun_are_counted_and_reported(tmp_path: Path) -> None:
    """A clock on which a second of sound passes in half a millisecond: no program is so fast."""
    program = compile_project(project([listening("m", rule(60))], tmp_path / "p"))
    samples = np.tile(sound(), 12)
    lines = lines_of(program, recorded(samples), tmp_path, until=ENDED, ticks_per_s=500)
    lost = [re.fullmatch(r"app: overrun: lost samples (\d+), hops (\d+)", line) for line in lines if "overrun" in line]
    assert lost
    for one in lost:
        assert one is not None
        assert int(one[2]) == -(-int(one[1]) // 160)
    assert sum(int(one[1]) for one in lost if one is not None) < len(samples)


def test_a_microphone_of_the_wrong_rate_is_named(tmp_path: Path) -> None:
    program = compile_project(project([listening("m", rule(60))], tmp_path / "p"))
    wrong = "app: the microphone gives 8000 samples a second of 1 channels, this firmware takes 16000 of 1"
    assert lines_of(program, recorded(sound(), 8_000.0), tmp_path, until="app: the microphone")[-1] == wrong


def test_without_a_recording_there_is_no_microphone(tmp_path: Path) -> None:
    program = compile_project(project([listening("m", rule(60))], tmp_path / "p"))
    broken = Recording("microphone", np.zeros((0, 1), np.int16), 16_000.0, 1.0)
    assert lines_of(program, broken, tmp_path, until=ENDED)[-1] == ENDED


def test_a_model_that_does_not_say_when_it_decides_is_refused(tmp_path: Path) -> None:
    silent = parse_model(word_model(), "m")
    assert not can_listen([silent])
    with pytest.raises(InputError, match="holds no front end"):
        project([silent], tmp_path / "p")
    undecided = replace(contract_of_model(listening("m", rule(60))), decision=None)
    with pytest.raises(InputError, match="holds no decision rule"):
        project([parse_model(with_contract(word_model(), undecided), "m")], tmp_path / "p")
    with pytest.raises(InputError, match="class 1 of 1"):
        project([listening("m", DecisionRule(3, 1, (ClassThreshold(1, 5),), 0))], tmp_path / "p")
    with pytest.raises(InputError, match="a stride of 4 of 3 frames"):
        project([listening("m", rule(60, stride=4))], tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_a_later_generation_keeps_the_microphone(tmp_path: Path) -> None:
    model = listening("m", rule(60))
    before = (project([model], tmp_path / "p", Microphone(8_000, 2.0)) / "src/listener.c").read_text()
    assert "#define SOURCE_HZ 8000ul" in before
    generate_project([model], HOST, AOT, tmp_path / "p")
    assert (tmp_path / "p/src/listener.c").read_text() == before


def test_names_that_the_user_gives_stand_for_those_in_the_file(tmp_path: Path) -> None:
    models = [listening("m", rule(60)), listening("n", rule(60), labels=("other",))]
    application = replace(APP, labels=("a \\ b",))
    generate_project(models, HOST, AOT, tmp_path / "p", Extras(application=application))
    text = (tmp_path / "p/src/listener.c").read_text()
    assert f"    {c_string(application.labels[0])},\n" in text
    assert '"other",' in text
    assert c_string('say "hi"') not in text
