"""The whole chain with real parts: PlatformIO builds, QEMU boots, pyserial opens a tty."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import Level, Vectors
from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import load_project
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.verify import verify
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.validate import load_vectors
from tests.shared_models import shared_model

BOARDS = ("host", "netduinoplus2")


def job_for(model_path: Path, board_id: str, output: Path, vectors: Vectors | None = None) -> Job:
    model = read_model(model_path)
    board = load_board(board_id)
    return Job(model, board, choose_runtime(None, board), vectors or load_inputs(model, None, 5, 0), output)


@pytest.mark.slow
@pytest.mark.parametrize("board_id", BOARDS)
def test_every_test_image_computed_on_the_board_is_byte_equal_to_tflm(
    board_id: str, digits_int8: Path, digits_folder: Path, boards: Path, tmp_path: Path
) -> None:
    vectors = load_vectors(digits_folder / "data.npz", read_model(digits_int8))
    report = deploy(job_for(digits_int8, board_id, tmp_path, vectors), Silent())

    assert report.verdict == "pass"
    assert report.golden == "tflm"
    device = next(c for c in report.comparisons if c.a == "device")
    assert (device.b, device.samples, device.differing_bytes, device.level) == ("tflm", len(vectors), 0, Level.BYTE_EQUAL)
    assert report.accuracy["device"] == report.accuracy["tflm"] > 0.94
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["verdict"] == "pass"
    assert written["model"]["sha256"] == read_model(digits_int8).sha256


@pytest.mark.slow
def test_a_deployed_board_can_be_verified_again_and_again(digits_int8: Path, boards: Path, tmp_path: Path) -> None:
    job = job_for(digits_int8, "host", tmp_path)
    assert deploy(job, Silent()).verdict == "pass"
    for _ in range(2):
        assert verify(job, Silent()).verdict == "pass"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hello_world_int8", "kws_ref_model", "micro_speech_quantized", "ad01_int8"])
def test_public_models_run_byte_equal_on_the_emulated_board(name: str, boards: Path, tmp_path: Path) -> None:
    report = deploy(job_for(shared_model(name), "netduinoplus2", tmp_path), Silent())
    assert report.verdict == "pass"
    assert report.instructions is not None
    assert report.instructions > 0


@pytest.mark.slow
def test_instruction_counts_repeat_exactly(digits_int8: Path, boards: Path, tmp_path: Path) -> None:
    job = job_for(digits_int8, "netduinoplus2", tmp_path)
    first = deploy(job, Silent())
    assert verify(job, Silent()).instructions == first.instructions


@pytest.mark.slow
def test_the_project_of_a_deployment_is_complete_and_names_its_model(digits_int8: Path, boards: Path, tmp_path: Path) -> None:
    deploy(job_for(digits_int8, "host", tmp_path), Silent())
    project = load_project(tmp_path / "firmware")
    assert project.board_id == "host"
    assert project.model_sha256s == (read_model(digits_int8).sha256,)
    assert (tmp_path / "model_data.h").is_file()
    assert (tmp_path / "model_data.cc").is_file()
