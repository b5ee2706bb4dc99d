"""Photographs over the serial line: a MobileNetV2 of full width on an emulated board of 4 MB, byte for byte what the host computes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.predict import PredictRequest, predict
from mcu_toolkit.pipeline.proof.job import JobRequest, open_job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.train.images.images import train_images
from mcu_toolkit.train.images.options import ImageOptions
from mcu_toolkit.train.images.weights_package import fetched_weights
from mcu_toolkit.train.phases import Reporting
from tests.drawn_shapes import draw_folder

BOARD = "mps2-an386"
PHOTOGRAPHS = Path(__file__).resolve().parents[3] / "shared" / "data" / "cats_dogs"


def _proved(folder: Path, options: ImageOptions, samples: int) -> None:
    trained = train_images(options, folder / "trained", Reporting(print, print, lambda *_: None))
    tflite = folder / "pets.tflite"
    quantize_model(trained.keras_file, trained.data_file, output=tflite, on_note=print)
    job = open_job(JobRequest(tflite, BOARD, data=trained.data_file, samples=samples, output=folder / "deployed"))
    report = deploy(job, Silent())
    assert report.verdict == "pass", report.reasons
    assert {one.a: one.level.value for one in report.comparisons}["device"] == "byte-equal"
    score = report.scores.overall["device"]
    assert score == report.scores.overall["aot-host"]
    assert sum(map(sum, json.loads((folder / "deployed/predictions.json").read_text())["score"]["confusion"])) == samples
    assert (folder / "deployed/predictions.png").is_file()
    photographs = [str(path) for path in sorted(options.folder.glob("*/*.jpg"))[:2]]
    said = predict(PredictRequest(folder / "deployed", photographs, ["device", "aot-host"]), Silent()).facts
    assert said.by_runner["device"] == said.by_runner["aot-host"]
    assert {one.predicted.label for one in said.predictions} <= {"cats", "dogs"}


@pytest.mark.slow
def test_drawn_shapes_reach_the_board_as_the_host_sees_them(boards: Path, tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "shapes", pictures=12, shapes=("cats", "dogs"))
    _proved(tmp_path, ImageOptions(folder, backbone="small-cnn", size=48, epochs=2), samples=3)


@pytest.mark.nightly
@pytest.mark.timeout(2 * 3600)
def test_photographs_reach_a_network_of_full_width(boards: Path, tmp_path: Path) -> None:
    if not PHOTOGRAPHS.is_dir():
        pytest.skip(f"no photographs: {PHOTOGRAPHS.name} is not there")
    if fetched_weights() is None:
        pytest.skip("torchvision's weights are not in the cache: mcu weights fetch")
    _proved(tmp_path, ImageOptions(PHOTOGRAPHS, size=160, epochs=1), samples=20)
