"""What `mcu stream` refuses: each file and what is wrong with it, before anything is run or written."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.decision_rule import ClassThreshold, DecisionRule
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError, McuError
from mcu_toolkit.pipeline.stream import RuleChoices, StreamRequest, stream
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests import small_models
from tests.pipeline.stream.tones import FRONTEND, stateful_model, tone_model, tones, write_track, write_wav
from tests.wav_files import wav_of

FEATURES = InputContract(Preprocessing("uint16"), frontend=FRONTEND)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("m.tflite").write_bytes(tone_model())
    Path("state.tflite").write_bytes(stateful_model())
    write_wav(Path("good.wav"), tones([], 2))
    return tmp_path


def refusal(**options: object) -> McuError:
    request = StreamRequest(**{"model": Path("m.tflite"), "sounds": [Path("good.wav")], "output": Path("out"), **options})  # type: ignore[arg-type]
    with pytest.raises(McuError) as caught:
        stream(request, Silent())
    assert not Path("out").exists(), "nothing was written"
    return caught.value


def test_every_sound_that_cannot_be_used_is_named(here: Path) -> None:
    whole = Path("good.wav").read_bytes()
    Path("cut.wav").write_bytes(whole[:-100])
    Path("text.wav").write_text("no sound")
    Path("empty.wav").write_bytes(b"")
    Path("nan.wav").write_bytes(wav_of(np.full(8000, np.nan, "<f4").tobytes(), 1, 8000, 32, 3)[:-8])
    write_wav(Path("none.wav"), np.zeros(0, np.int16))
    names = ["good.wav", "cut.wav", "text.wav", "empty.wav", "nan.wav", "none.wav", "absent.wav"]
    error = refusal(sounds=[Path(name) for name in names])
    assert error.what.startswith("6 recordings cannot be used:")
    for name in names[1:]:
        assert f"\n    {name}: " in error.what
    assert "cut.wav: is not a readable sound: it ends early" in error.what


def test_every_label_track_that_cannot_be_used_is_named(here: Path) -> None:
    write_track(Path("late.csv"), [(1.0, 3.0, "low")])
    write_track(Path("order.csv"), [(1.0, 1.1, "low"), (0.5, 0.6, "low")])
    error = refusal(sounds=[Path("good.wav")] * 2, truth=[Path("late.csv"), Path("order.csv")])
    assert "late.csv: 1 lines are wrong" in error.what
    assert "order.csv: 1 lines are wrong" in error.what


def test_a_track_of_words_that_are_not_decided_is_refused(here: Path) -> None:
    write_track(Path("t.csv"), [(1.0, 1.1, "cat")])
    assert refusal(truth=[Path("t.csv")]).what == "its labels are cat"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sounds": []}, "no sound"),
        ({"truth": [Path("a.csv"), Path("b.csv")]}, "2 label tracks for 1 sounds"),
        ({"on": ["keras"]}, "--on keras"),
        ({"max_miss_rate": 0.1}, "--max-miss-rate without --truth"),
        ({"truth": [Path("t.csv")], "max_false_alarms_per_hour": float("nan")}, "--max-false-alarms nan"),
        ({"on": ["tflmm"]}, "unknown runner 'tflmm'"),
        ({"rule": RuleChoices(stride_frames=7)}, "a stride of 7 frames"),
        ({"rule": RuleChoices(listen=["cat"])}, "unknown class 'cat'"),
        ({"rule": RuleChoices(listen=["3"])}, "unknown class '3'"),
        ({"rule": RuleChoices(threshold=1e9)}, "a threshold of 1e+09"),
        ({"rule": RuleChoices(threshold=float("nan"))}, "a threshold of nan"),
        ({"rule": RuleChoices(refractory_s=float("nan"))}, "--refractory nan"),
        ({"rule": RuleChoices(refractory_s=float("inf"))}, "--refractory inf"),
        ({"rule": RuleChoices(refractory_s=1e308)}, "--refractory 1e+308"),
        ({"rule": RuleChoices(refractory_s=-1.0)}, "--refractory -1"),
        ({"tolerance_s": float("nan")}, "--tolerance nan"),
        ({"tolerance_s": -1.0}, "--tolerance -1"),
        ({"rule": RuleChoices(refractory_s=1e9)}, "decision rule: refractory"),
        ({"frontend": "micro_frontend"}, "its input has the shape [1, 6, 8]"),
        ({"model": Path("state.tflite"), "rule": RuleChoices(stride_frames=2)}, "a stride of 2 frames"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, object], message: str, here: Path) -> None:
    assert message in str(refusal(**options))


@pytest.mark.parametrize("option", ["labels", "preprocessing", "frontend"])
def test_no_file_that_is_read_is_replaced_by_the_model_with_the_rule(option: str, here: Path) -> None:
    Path("read.toml").write_text("x")
    given: object = "./read.toml" if option == "frontend" else Path("read.toml")
    assert refusal(**{option: given, "saved_model": Path("read.toml")}).what == "is read, and would be overwritten"
    assert Path("read.toml").read_text() == "x"


def model_with(contract: InputContract, content: bytes) -> Path:
    Path("other.tflite").write_bytes(with_contract(content, contract))
    return Path("other.tflite")


@pytest.mark.parametrize(
    ("content", "contract", "message"),
    [
        (small_models.fully_connected(), InputContract(), "does not say how sound becomes its inputs"),
        (small_models.fully_connected(), InputContract(Preprocessing("uint8")), "takes raw data of type uint8"),
        (
            small_models.fully_connected(inputs=9),
            InputContract(Preprocessing("uint16"), frontend=FRONTEND),
            "its input has the shape [1, 9]",
        ),
        (small_models.addition(), FEATURES, "has 2 inputs"),
        (small_models.counter(), InputContract(Preprocessing("int16")), "has elements of type FLOAT32"),
        (
            small_models.fully_connected(),
            InputContract(Preprocessing("int16"), decision=DecisionRule(1, 1, (ClassThreshold(4, 5),), 0)),
            "its decision rule listens to class 4",
        ),
    ],
)
def test_models_that_hear_nothing(content: bytes, contract: InputContract, message: str, here: Path) -> None:
    assert re.search(re.escape(message), str(refusal(model=model_with(contract, content))))


def test_a_sound_that_becomes_shorter_while_it_is_read_is_an_error(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shortens(Silent):
        def advance(self, done: int, total: int, state: str = "") -> None:
            Path("long.wav").write_bytes(Path("good.wav").read_bytes()[:100])

    write_wav(Path("long.wav"), tones([], 25))
    with pytest.raises(InputError, match="has become shorter"):
        stream(StreamRequest(Path("m.tflite"), [Path("long.wav")], output=Path("out")), Shortens())
    assert not list(Path("out").iterdir()), "no half of a table is left"
