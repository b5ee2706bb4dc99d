"""Firmware that feels decides what the host decides on the same readings; what does not go together is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import InputContract, contract_of_model, with_contract
from mcu_toolkit.artifacts.decider import Decider, scores_of
from mcu_toolkit.artifacts.decision_rule import ClassThreshold, DecisionRule
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.boards import load_board
from mcu_toolkit.device.sensor import Recording
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import Application, Extras, generate_project
from mcu_toolkit.firmware.listener import Microphone, can_feel, can_listen
from mcu_toolkit.frontend.motion.compute import motion_features, readings_of
from mcu_toolkit.frontend.motion.description import Filter
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.application import ApplicationRequest, application_for
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from tests.firmware.host_program import compile_project, lines_of
from tests.firmware.test_listener import ENDED, SANITIZERS
from tests.listening_models import listener
from tests.pipeline.stream.moves import MOTION, motion_model, shaken

SHAKEN = [(2.0, 4.0), (7.0, 9.0)]
SCALE = 1 / 8192
"""Of the sensor: two of its steps are one of the front end's, so that every other reading is rounded from a half."""


def feeling(name: str, *, stride: int = 1, motion: object = MOTION, label: str = "shake") -> Model:
    """The model of moves.py with a decision rule in its file."""
    rule = DecisionRule(stride, 2, (ClassThreshold(1, 300),), 1, 4, waits_for_quiet=True)
    contract = InputContract(Preprocessing("uint16", labels=("none", label)), motion=motion, decision=rule)
    return parse_model(with_contract(motion_model(), contract), name)


def decided(model: Model, numbers: np.ndarray) -> list[tuple[int, int]]:
    """(inference, sum) of each decision, on the host."""
    contract = contract_of_model(model)
    assert contract.motion is not None
    assert contract.preprocessing is not None
    assert contract.decision is not None
    features = motion_features(readings_of(numbers * SCALE, contract.motion), contract.motion)
    outputs = TflmRunner(model).run((quantize(contract.preprocessing.apply(features), model.inputs[0]),)).outputs[0]
    scores = scores_of(outputs, -128)
    return [(one.inference, one.sum) for one in Decider(contract.decision, 2).push(scores)]


def project(models: list[Model], folder: Path, example: str = "motion") -> Path:
    application = Application(example, microphone=Microphone())
    return generate_project(models, load_board("host"), get_runtime("aot"), folder, Extras(application=application)).folder


def recorded(numbers: np.ndarray, rate_hz: float = 50.0) -> Recording:
    return Recording("accelerometer", numbers, rate_hz, SCALE)


def test_two_models_decide_what_the_host_decides(tmp_path: Path) -> None:
    """Their front ends have other windows, scales and filters; readings leave 16 bits in one of them."""
    other = replace(
        MOTION, counts_per_unit=(9000.0, 30_000.0, 4096.0), window_samples=40, hop_samples=25, filters=(Filter("high_pass", 0.5),)
    )
    models = [feeling("first"), feeling("second", motion=other, label="jolt")]
    numbers = shaken(SHAKEN, 12.0)
    assert np.abs(numbers * SCALE * 30_000).max() > 32_767
    lines = lines_of(compile_project(project(models, tmp_path / "p"), *SANITIZERS), recorded(numbers), tmp_path, until=ENDED)
    for model, label in zip(models, ("shake", "jolt"), strict=True):
        found = [re.fullmatch(rf"felt: {label} \(.*\), sum (\d+), inference (\d+), at ([\d.]+) s", line) for line in lines]
        felt = [(int(one[2]), int(one[1]), float(one[3])) for one in found if one is not None]
        assert [one[:2] for one in felt] == decided(model, numbers)
        assert len(felt) == len(SHAKEN)
        motion = contract_of_model(model).motion
        assert motion is not None
        times_s = [(motion.window_samples + inference * motion.hop_samples) / 50 for inference, _, _ in felt]
        assert [one[2] for one in felt] == pytest.approx(times_s, abs=0.006)
    assert lines[0] == "app: feeling"
    assert any("us in a second of motion" in line for line in lines)


@pytest.mark.parametrize(
    ("recording", "words"),
    [
        (recorded(shaken([], 1.0), 100.0), "app: the accelerometer gives 100.0 readings a second of 3 axes, this firmware takes 50.0 of 3"),
        (recorded(shaken([], 1.0)[:, :2]), "app: the accelerometer gives 50.0 readings a second of 2 axes, this firmware takes 50.0 of 3"),
    ],
    ids=["rate", "axes"],
)
def test_an_accelerometer_that_gives_something_else_is_named(
    recording: Recording, words: str, feeling_program: Path, tmp_path: Path
) -> None:
    assert lines_of(feeling_program, recording, tmp_path, until="app: the accelerometer")[-1] == words


def test_a_clock_may_be_a_little_off(feeling_program: Path, tmp_path: Path) -> None:
    lines = lines_of(feeling_program, recorded(shaken(SHAKEN, 12.0), 51.0), tmp_path, until=ENDED)
    assert len([line for line in lines if line.startswith("felt: shake")]) == len(SHAKEN)


def test_readings_that_are_lost_are_counted(feeling_program: Path, tmp_path: Path) -> None:
    """A clock on which an hour passes in seconds: no program is so fast."""
    lines = lines_of(feeling_program, recorded(np.tile(shaken(SHAKEN, 12.0), (30, 1))), tmp_path, until=ENDED, ticks_per_s=2)
    lost = [re.fullmatch(r"app: overrun: lost readings (\d+), windows (\d+)", line) for line in lines if "overrun" in line]
    assert lost
    assert all(one is not None and int(one[2]) == -(-int(one[1]) // MOTION.hop_samples) for one in lost)


@pytest.fixture(scope="module")
def feeling_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_project(project([feeling("m")], tmp_path_factory.mktemp("feeling") / "p"))


def test_the_models_say_which_application_it_is(tmp_path: Path) -> None:
    model = feeling("m")
    assert (can_feel([model]), can_listen([model]), can_feel([listener()])) == (True, False, False)
    assert application_for([model], ApplicationRequest()).example == "motion"
    with pytest.raises(InputError, match="options of a microphone"):
        application_for([model], ApplicationRequest(microphone=Microphone(8000)))
    with pytest.raises(InputError, match="does not take sound"):
        project([model], tmp_path / "p", "sound")
    with pytest.raises(InputError, match="does not take motion"):
        project([model, replace(listener(), name="n")], tmp_path / "p")
    with pytest.raises(InputError, match="holds no decision rule"):
        project([parse_model(motion_model(), "m")], tmp_path / "p")
    with pytest.raises(InputError, match="models that take 1 and 3 axes"):
        project([model, feeling("n", motion=replace(MOTION, axes=("x",), statistics=("std", "mean", "rms")))], tmp_path / "p")
    assert not (tmp_path / "p").exists()
