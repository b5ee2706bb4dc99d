"""Benchmark firmware on an emulated board, run by `mcu mlperf` in both modes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.errors import InputError, NoReplyError
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.firmware.benchmark import mlperf_tiny
from mcu_toolkit.model import parse_model, read_model
from mcu_toolkit.pipeline.profiling.mlperf import MlperfRequest, run_mlperf
from mcu_toolkit.pipeline.profiling.mlperf_data import load_samples, stored_inputs
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import random_vectors
from tests.small_models import addition, fully_connected

BOARD = "netduinoplus2"


@pytest.mark.slow
@pytest.mark.parametrize("version", ["kws01", "ic01"])
def test_both_modes_on_real_data(digits_int8: Path, digits_folder: Path, boards: Path, tmp_path: Path, version: str) -> None:
    model = read_model(digits_int8)
    project = generate_project(
        [model], load_board(BOARD), get_runtime("aot"), tmp_path / "p", Extras(benchmark=mlperf_tiny(model, version))
    )
    flash_project(project, load_board(BOARD))
    subject = Subject(digits_int8, (model,))
    data = digits_folder / "data.npz"
    accuracy = run_mlperf(subject, MlperfRequest("accuracy", BOARD, data=data, random=20), Silent())
    assert accuracy.verdict == "pass", accuracy.facts
    assert (accuracy.facts.benchmark, accuracy.facts.figures.samples, accuracy.facts.figures.differing_samples) == (version, 20, 0)
    assert accuracy.facts.figures.accuracy >= 0.9
    with pytest.raises(InputError, match=f"{version} in accuracy mode has no use for --inferences"):
        run_mlperf(subject, MlperfRequest("accuracy", BOARD, data=data, typed=frozenset({"--random", "--inferences"})), Silent())
    performance = run_mlperf(subject, MlperfRequest("performance", BOARD, data=data, inferences=3), Silent())
    assert performance.facts.time_unit == "instructions"
    assert 100_000 < performance.facts.figures.per_inference < 1_000_000


def write_windows(folder: Path, files: int, windows: int) -> None:
    """A data set as the benchmark's for ad01: files of overlapping windows of 640 floats, every other one an anomaly."""
    folder.mkdir()
    pick = np.random.default_rng(5)
    rows = []
    for number in range(files):
        values = pick.normal(0, 1 + 3 * (number % 2), 640 + 128 * (windows - 1)).astype("<f4")
        (folder / f"{number}.bin").write_bytes(values.tobytes() + b"\0" * 8)  # what is left is no window
        rows.append(f"{number}.bin,2,{number % 2},2560,512\n")
    (folder / "y_labels.csv").write_text("".join(rows))


@pytest.mark.slow
def test_an_autoencoder_gets_floats_and_is_judged_by_the_mean_of_each_file(boards: Path, tmp_path: Path) -> None:
    model = parse_model(fully_connected(inputs=640, outputs=640), "ad")
    write_windows(tmp_path / "data", files=4, windows=3)
    project = generate_project([model], load_board(BOARD), get_runtime("aot"), tmp_path / "p", Extras(benchmark=mlperf_tiny(model)))
    flash_project(project, load_board(BOARD))
    subject = Subject(tmp_path, (model,))
    result = run_mlperf(subject, MlperfRequest("accuracy", BOARD, data=tmp_path / "data"), Silent())
    assert (result.facts.benchmark, result.facts.figures.files, result.facts.figures.samples) == ("ad01", 4, 12)
    assert (result.facts.figures.differing_samples, result.facts.figures.accuracy) == (0, 1.0)  # larger inputs, larger errors
    assert result.verdict == "pass"
    timed = run_mlperf(subject, MlperfRequest("performance", BOARD, data=tmp_path / "data", inferences=2), Silent())
    assert 410_000 < timed.facts.figures.per_inference < 4_000_000  # 409,600 multiply-accumulates


def test_a_data_set_of_the_benchmark_is_read_as_its_runner_does(tmp_path: Path) -> None:
    model = parse_model(fully_connected(inputs=640, outputs=640), "ad")
    write_windows(tmp_path / "data", files=3, windows=2)
    samples = load_samples("ad01", model, tmp_path / "data", 2, 0)
    assert samples.files.tolist() == [0, 0, 1, 1]
    assert samples.labels is not None
    assert samples.labels.tolist() == [0, 1]
    content = (tmp_path / "data/1.bin").read_bytes()
    assert samples.wire[2:] == (content[:2560], content[512:3072])
    pixels = load_samples("vww01", model, None, 3, 0)
    assert stored_inputs("vww01", model, pixels.wire).tobytes() == random_vectors(model, 3, 0).inputs[0].tobytes()


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        ("0.bin;2;1\n", "has the line '0.bin;2;1'"),
        ("0.bin,2,normal\n", "has the line"),
        ("0.bin,2,0\n", "gives 0 samples of 2,560 bytes"),
        ("0.bin,2,0,2556,512\n", "samples of 2,560 bytes"),
        ("1.bin,2,0,2560,512\n", "1.bin"),
        ("\n", "names no file"),
    ],
)
def test_a_data_set_that_does_not_suit_is_refused(tmp_path: Path, truth: str, message: str) -> None:
    (tmp_path / "0.bin").write_bytes(bytes(3000))
    (tmp_path / "y_labels.csv").write_text(truth)
    with pytest.raises(InputError, match=message):
        load_samples("ad01", parse_model(fully_connected(inputs=640, outputs=640), "ad"), tmp_path, None, 0)


@pytest.mark.slow
def test_other_firmware_is_named(boards: Path, tmp_path: Path) -> None:
    model = parse_model(fully_connected(), "m")
    flash_project(generate_project([model], load_board("host"), get_runtime("aot"), tmp_path / "p"), load_board("host"))
    with pytest.raises(NoReplyError, match="no m-ready") as caught:
        run_mlperf(Subject(tmp_path, (model,)), MlperfRequest("performance", "host"), Silent())
    assert "--protocol mlperf-tiny" in str(caught.value)


def test_models_the_benchmark_has_no_room_for_are_refused() -> None:
    with pytest.raises(InputError, match="not one INT8 input"):
        mlperf_tiny(parse_model(addition(), "two"))
    with pytest.raises(InputError, match="an input takes 27,649 bytes"):
        mlperf_tiny(parse_model(fully_connected(inputs=27_649), "wide"))
    with pytest.raises(InputError, match="no benchmark 'kws02'"):
        mlperf_tiny(parse_model(fully_connected(), "m"), "kws02")
    assert mlperf_tiny(parse_model(fully_connected(inputs=640, outputs=640), "ad")).db_bytes == 2560
