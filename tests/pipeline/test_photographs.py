"""Photographs over the serial line: trained models on emulated boards, byte for byte what the host computes, as accurate as promised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.predict import PredictRequest, predict
from mcu_toolkit.pipeline.proof.job import JobRequest, open_job
from mcu_toolkit.pipeline.quantize import QuantizeRequest, compare
from mcu_toolkit.pipeline.scheme_costs import OnBoard
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.report import Report
from mcu_toolkit.train import TrainedModel
from mcu_toolkit.train.images.distillation import Distillation
from mcu_toolkit.train.images.images import train_images
from mcu_toolkit.train.images.options import ImageOptions
from mcu_toolkit.train.phases import Reporting
from tests.drawn_shapes import draw_folder
from tests.photographs import SEEDS, photographs

LARGE_BOARD, SMALL_BOARD = "mps2-an386", "netduinoplus2"
"""With 4 MB of RAM, and with 128 KB."""
ROOM_BYTES = 256 * 1024
"""Of RAM, for a student."""
SMALLEST_ACCURACY = 0.94
"""Of a single training with 160 pixels: of 150 pictures, four less than promised of the mean (tests/train/images/test_photographs.py)."""
LARGEST_LOSS = 0.03
"""Of one scheme against float: four of 150 pictures."""


def _trained(output: Path, options: ImageOptions) -> TrainedModel:
    trained = train_images(options, output, Reporting(print, print, lambda *_: None))
    print("\n".join(trained.summary_lines()))
    return trained


def _proved(folder: Path, trained: TrainedModel, board: str, samples: int) -> Report:
    """The model in full int8 on the board: byte-equal to TFLM, and as right as on the host."""
    tflite = folder / "pets.tflite"
    quantize_model(trained.keras_file, trained.data_file, output=tflite, on_note=print)
    output = folder / "deployed"
    job = open_job(JobRequest(tflite, board, data=trained.data_file, samples=samples, output=output))
    report = deploy(job, Silent())
    assert report.verdict == "pass", report.reasons
    assert {one.a: one.level.value for one in report.comparisons}["device"] == "byte-equal"
    assert report.scores.overall["device"] == report.scores.overall["aot-host"]
    assert sum(map(sum, json.loads((output / "predictions.json").read_text())["score"]["confusion"])) == samples
    assert (output / "predictions.png").is_file()
    return report


def _same_on_the_board(deployed: Path, folder: Path) -> None:
    """Photographs of other sizes than the model's go to the firmware that runs there."""
    pictures = [str(path) for path in sorted(folder.glob("*/*.jpg"))[:2]]
    said = predict(PredictRequest(deployed, pictures, ["device", "aot-host"]), Silent()).facts
    assert said.by_runner["device"] == said.by_runner["aot-host"]
    assert {one.predicted.label for one in said.predictions} <= {"cats", "dogs"}


@pytest.mark.slow
def test_drawn_shapes_reach_the_board_as_the_host_sees_them(boards: Path, tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "shapes", pictures=12, shapes=("cats", "dogs"))
    trained = _trained(tmp_path / "trained", ImageOptions(folder, backbone="small-cnn", size=48, epochs=2))
    _proved(tmp_path, trained, LARGE_BOARD, samples=3)
    _same_on_the_board(tmp_path / "deployed", folder)


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """What `mcu train images FOLDER` makes of the photographs."""
    return _trained(tmp_path_factory.mktemp("pets") / "trained", ImageOptions(photographs(), seed=SEEDS[0]))


@pytest.mark.nightly
@pytest.mark.timeout(6 * 3600)
def test_photographs_reach_a_network_of_full_width(boards: Path, pets: TrainedModel, tmp_path: Path) -> None:
    assert pets.accuracy is not None
    assert pets.accuracy >= SMALLEST_ACCURACY
    _proved(tmp_path, pets, LARGE_BOARD, samples=20)
    _same_on_the_board(tmp_path / "deployed", photographs())


@pytest.mark.nightly
@pytest.mark.timeout(6 * 3600)
def test_every_scheme_keeps_what_was_learned_and_those_of_integers_run_on_the_board(
    boards: Path, pets: TrainedModel, tmp_path: Path
) -> None:
    request = QuantizeRequest(pets.keras_file, pets.data_file, tmp_path / "schemes")
    result = compare(request, Silent(), where=OnBoard(load_board(LARGE_BOARD)))
    print("\n".join(result.lines))
    rows = {row.scheme: row for row in result.facts.rows}
    assert list(rows) == ["float32", "float16", "dynamic", "int8", "int8-float-io", "int16x8"]
    assert rows["float32"].quality.accuracy == pets.accuracy
    for row in rows.values():
        assert row.quality.accuracy is not None
        assert row.quality.accuracy >= (pets.accuracy or 1.0) - LARGEST_LOSS, row.scheme
    verdicts = {scheme: row.on_board.verdict for scheme, row in rows.items() if row.on_board is not None}
    assert verdicts == {"float32": "", "float16": "", "dynamic": "", "int8": "pass", "int8-float-io": "pass", "int16x8": "pass"}
    assert result.verdict == "pass"


@pytest.mark.nightly
@pytest.mark.timeout(6 * 3600)
def test_a_student_of_a_third_of_the_width_has_room_in_256_kilobytes(boards: Path, pets: TrainedModel, tmp_path: Path) -> None:
    folder = photographs()
    distilled = ImageOptions(folder, alpha=0.35, size=96, seed=SEEDS[0], distillation=Distillation(pets.keras_file))
    student = _trained(tmp_path / "student", distilled)
    images = student.facts.images
    assert images is not None
    assert student.accuracy is not None
    assert (images.teacher_accuracy, images.teacher_saw) == (pets.accuracy, 0)
    assert student.accuracy > 0.6, "half is chance"
    report = _proved(tmp_path, student, SMALL_BOARD, samples=20)
    assert report.footprint is not None
    assert report.stack_bytes is not None
    assert report.footprint.ram_bytes + report.stack_bytes <= ROOM_BYTES
