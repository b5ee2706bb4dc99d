"""The streaming wake word on emulated boards, run by `mcu mlperf`, with a small model that answers to tones."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import open_port
from mcu_toolkit.device.mlperf import MlperfClient
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.firmware.benchmark import mlperf_tiny
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.profiling.mlperf import MlperfRequest, run_mlperf
from mcu_toolkit.pipeline.profiling.mlperf_stream import BoardUnderTest, golden_scores, run_stream
from mcu_toolkit.pipeline.profiling.wake_word_truth import SpokenWords, counted, read_recording
from mcu_toolkit.pipeline.proof.device import port_of
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.report import Limits
from mcu_toolkit.runtimes import get_runtime
from tests.listening_models import tone_detector
from tests.pipeline.stream.tones import write_wav
from tests.runtimes.tflm.on_board import real_runtime
from tests.tflm_library import NEEDS_LIBRARY

BOARD = "netduinoplus2"
RATE_HZ = 16_000
WORDS_S = [(0.5, 0.9), (3.2, 3.6)]


def stream(seconds: float = 4.2) -> npt.NDArray[np.int16]:
    """Noise in which a tone of 1 kHz is the word."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    sound = np.random.default_rng(2).normal(0, 300, len(times))
    for begin_s, end_s in WORDS_S:
        sound += 9000 * np.sin(2 * np.pi * 1000 * times) * ((times >= begin_s) & (times < end_s))
    return sound.astype(np.int16)


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """As a file of the benchmark's."""
    write_wav(tmp_path / "words.wav", stream(), rate_hz=RATE_HZ)
    path = tmp_path / "sww_test.json"
    recording = {"wav_file": "words.wav", "sample_rate": RATE_HZ, "length_sec": 4.2, "detection_windows": WORDS_S}
    path.write_text(json.dumps([recording]))
    return path


RUNTIMES = ["aot", pytest.param("tflm", marks=[*NEEDS_LIBRARY, pytest.mark.timeout(3600)])]


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_board_hears_detects_and_computes_what_the_host_does(runtime: str, boards: Path, truth: Path, tmp_path: Path) -> None:
    model, board = tone_detector(), load_board(BOARD)
    chosen = get_runtime("aot") if runtime == "aot" else real_runtime()
    flash_project(generate_project([model], board, chosen, tmp_path / "p", Extras(benchmark=mlperf_tiny(model))), board)
    request = MlperfRequest("accuracy", BOARD, data=truth, limits=Limits(most={"instructions": 3_000_000}))
    result = run_mlperf(Subject(tmp_path, (model,)), request, Silent())
    figures = result.facts.figures
    assert (result.facts.benchmark, result.facts.time_unit, result.verdict) == ("sww01", "instructions", "pass")
    assert (figures.heard_by, figures.frames, figures.compared_frames, figures.differing_frames) == ("sensor", 131, 131, 0)
    assert (figures.true_positives, figures.false_negatives, figures.false_positives, figures.lost_samples) == (2, 0, 0, 0)
    expected = np.flatnonzero(golden_scores(model, stream())[1] > 115) * 0.032
    np.testing.assert_allclose(figures.detections_s, expected)
    assert 50_000 < figures.per_frame_features < 400_000
    over_the_line(model, board, tmp_path)


def over_the_line(model: Model, board: Board, folder: Path) -> None:
    """As a real board, whose microphone hears something else: the same image, and fewer frames."""
    words = SpokenWords(folder / "w.wav", stream()[: 512 * 26], ((0.5, 0.6),))
    with closing(open_port(port_of(board, None), board.serial.baud)) as link:
        client = MlperfClient(link)
        client.start()
        figures, lines = run_stream(BoardUnderTest(client, "sww01", model, replace(board, emulator=None), Silent()), words)
    assert (figures.heard_by, figures.frames, figures.differing_frames, figures.differing_features) == ("line", 26, 0, 0)
    assert (figures.true_positives, figures.false_negatives) == (1, 0)
    assert "features that differ from the host's: 0 of 1,040" in lines


@pytest.mark.slow
def test_other_features_and_scores_are_found(boards: Path, truth: Path, tmp_path: Path) -> None:
    """A firmware with another model than the one that is compared: its scores differ, and the verdict is no."""
    model, board = tone_detector(), load_board("host")
    benchmark = mlperf_tiny(model)
    assert benchmark.features is not None
    wrong = replace(benchmark, features=replace(benchmark.features, scale=1 / 250))
    project = generate_project([model], board, get_runtime("aot"), tmp_path / "p", Extras(benchmark=wrong))
    flash_project(project, board)
    result = run_mlperf(Subject(tmp_path, (model,)), MlperfRequest("accuracy", "host", data=truth), Silent())
    assert result.verdict == "fail"
    assert result.facts.figures.differing_frames > 10
    assert "scores differ from the golden interpreter's" in result.facts.figures.reasons[0]
    with pytest.raises(InputError, match="when the wake word is spoken is not known"):
        run_mlperf(Subject(tmp_path, (model,)), MlperfRequest("accuracy", "host"), Silent())
    typed = MlperfRequest("performance", "host", random=3, inferences=20, typed=frozenset({"--random", "--inferences", "--limit"}))
    with pytest.raises(InputError, match="sww01 in performance mode has no use for --inferences and --random"):
        run_mlperf(Subject(tmp_path, (model,)), typed, Silent())


def test_models_of_other_shapes_are_refused() -> None:
    assert mlperf_tiny(tone_detector()).frames == 30
    assert mlperf_tiny(tone_detector(frames=20), "sww01").frames == 20
    with pytest.raises(InputError, match="frames of 40 features"):
        mlperf_tiny(tone_detector(bands=39), "sww01")


@pytest.mark.parametrize(
    ("times_ms", "windows", "expected"),
    [
        ([7], [(1, 2)], (0, 1, 0)),
        ([0, 1000, 1032, 2500], [(1, 1.5)], (1, 0, 0)),
        ([500, 1400, 4100], [(1, 1.5)], (0, 1, 2)),  # 0.9 s is too early, 3.6 s later than two seconds after the end
        ([0, 3500, 3501], [(1, 1.5)], (1, 0, 1)),
        ([0, 5000, 6000, 6001, 7001, 9000], [], (0, 0, 3)),  # not more than a second behind the first of each group
        ([0, 1200], [(1, 1.5), (1.1, 1.6)], (1, 1, 0)),  # a detection belongs to one word
    ],
)
def test_detections_are_judged_as_the_official_runner_does(
    times_ms: list[int], windows: list[tuple[float, float]], expected: object
) -> None:
    counts = counted(times_ms, windows)
    assert (counts.true_positives, counts.false_negatives, counts.false_positives) == expected


REFUSED = [
    ("{", "is no truth file"),
    ("[]", "not a list with one recording"),
    ("[1]", "its recording is not an object"),
    ('[{"wav_file": "words.wav"}]', "'detection_windows' is no list"),
    ('[{"wav_file": "words.wav", "detection_windows": [[2, 1]]}]', "not begin and end"),
    ('[{"wav_file": "words.wav", "detection_windows": [[1, "2"]]}]', "not begin and end"),
    ('[{"wav_file": "words.wav", "detection_windows": [[1, NaN]]}]', "is no truth file"),
    ('[{"wav_file": "../words.wav", "detection_windows": []}]', "names the recording"),
    ('[{"wav_file": "sww_test.json", "detection_windows": []}]', "names the recording"),
    ('[{"wav_file": "absent.wav", "detection_windows": []}]', "absent.wav"),
]
"""Truth files, and what is said of them."""


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_truth_files_that_are_none_are_refused_by_name(truth: Path, text: str, message: str) -> None:
    truth.write_text(text)
    with pytest.raises(InputError, match=message):
        read_recording(truth)


def test_a_recording_has_16_khz_and_its_first_channel_is_heard(tmp_path: Path) -> None:
    write_wav(tmp_path / "slow.wav", stream(), rate_hz=8000)
    with pytest.raises(InputError, match="8,000 samples a second"):
        read_recording(tmp_path / "slow.wav")
    both = np.stack([stream(), -stream()], axis=1)
    write_wav(tmp_path / "two.wav", both, rate_hz=RATE_HZ, channels=2)
    np.testing.assert_array_equal(read_recording(tmp_path / "two.wav").samples, stream())
