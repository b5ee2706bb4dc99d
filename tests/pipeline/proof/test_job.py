"""What a deployment is asked for, opened."""

from __future__ import annotations

from pathlib import Path

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import Application, Extras, generate_project, load_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.proof.job import JobRequest, open_job
from mcu_toolkit.runtimes import get_runtime
from tests import small_models

MODEL = parse_model(small_models.convolution(), "m")


def test_a_project_whose_application_is_left_out_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "product" / "firmware"
    extras = Extras(application=Application(samples=(bytes(MODEL.inputs[0].size_bytes),)))
    made = generate_project([MODEL], load_board("host"), get_runtime("aot"), folder, extras)
    assert made.has_application
    assert load_project(folder) == made
    assert open_job(JobRequest(tmp_path / "product")).notes == ()
    [note] = open_job(JobRequest(folder, output=tmp_path / "elsewhere")).notes
    assert f"the application in {folder} is not part of it" in note


def test_a_project_without_an_application_loses_nothing(tmp_path: Path) -> None:
    generate_project([MODEL], load_board("host"), get_runtime("aot"), tmp_path / "p")
    assert open_job(JobRequest(tmp_path / "p", output=tmp_path / "elsewhere")).notes == ()
