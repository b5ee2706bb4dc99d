"""Benchmark firmware on an emulated board, run by `mcu mlperf` in both modes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.errors import InputError, NoReplyError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.firmware.benchmark import mlperf_tiny
from mcu_toolkit.model import parse_model, read_model
from mcu_toolkit.pipeline.inputs import Subject
from mcu_toolkit.pipeline.mlperf import MlperfRequest, run_mlperf
from mcu_toolkit.pipeline.progress import Silent
from mcu_toolkit.runtimes import get_runtime
from tests.small_models import addition, fully_connected

BOARD = "netduinoplus2"


@pytest.mark.slow
@pytest.mark.parametrize("version", ["kws01", "ic01"])
def test_both_modes_on_real_data(digits_int8: Path, digits_folder: Path, boards: Path, tmp_path: Path, version: str) -> None:
    model = read_model(digits_int8)
    project = generate_project([model], load_board(BOARD), get_runtime("aot"), tmp_path / "p", benchmark=mlperf_tiny(model, version))
    flash_project(project, load_board(BOARD))
    subject = Subject(digits_int8, (model,))
    data = digits_folder / "data.npz"
    accuracy = run_mlperf(subject, MlperfRequest("accuracy", BOARD, data=data, random=20), Silent())
    assert accuracy.verdict == "pass", accuracy.facts
    assert (accuracy.facts["benchmark"], accuracy.facts["samples"], accuracy.facts["differing_samples"]) == (version, 20, 0)
    assert accuracy.facts["accuracy"] >= 0.9
    performance = run_mlperf(subject, MlperfRequest("performance", BOARD, data=data, inferences=3), Silent())
    assert performance.facts["time_unit"] == "instructions"
    assert 100_000 < performance.facts["per_inference"] < 1_000_000


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
