"""Generated projects with an application: what is the user's stays the user's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import EXAMPLES, MANIFEST, Application, Extras, differences, generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from tests.platforms.example_models import model_for
from tests.small_models import convolution, fully_connected

AOT = get_runtime("aot")
NETDUINO = load_board("netduinoplus2")
MODEL = parse_model(fully_connected(), "m")
APP = Application(labels=("a", "b", "c", "d"), samples=(bytes(range(6)), bytes(6)))


def test_an_edited_application_survives_every_generation(tmp_path: Path) -> None:
    generate_project([MODEL], NETDUINO, AOT, tmp_path / "p", Extras(application=APP))
    app, pattern = tmp_path / "p/src/app.c", tmp_path / "p/src/app_pattern.h"
    app.write_text("mine")
    pattern.write_text("mine too")
    generate_project([parse_model(convolution(), "other")], NETDUINO, AOT, tmp_path / "p", Extras(application=APP))
    generate_project([MODEL], NETDUINO, AOT, tmp_path / "p", overwrite=True)
    assert (app.read_text(), pattern.read_text()) == ("mine", "mine too")


def test_a_project_keeps_its_application_and_its_labels(tmp_path: Path) -> None:
    generate_project([MODEL], NETDUINO, AOT, tmp_path / "p", Extras(application=APP))
    generate_project([MODEL], NETDUINO, AOT, tmp_path / "p")
    generate_project([MODEL], NETDUINO, AOT, tmp_path / "p", Extras(application=Application(samples=APP.samples)))
    assert "#define FIRMWARE_APPLICATION 1" in (tmp_path / "p/src/firmware_config.h").read_text()
    assert '"d",\n' in (tmp_path / "p/src/app_support.c").read_text()
    assert json.loads((tmp_path / "p" / MANIFEST).read_text())["application"] == {"example": "pattern", "labels": ["a", "b", "c", "d"]}


def test_without_an_application_there_is_nothing_of_it(tmp_path: Path) -> None:
    project = generate_project([MODEL], NETDUINO, AOT, tmp_path / "p").folder
    assert not list((project / "src").glob("app*"))
    assert "#define FIRMWARE_APPLICATION 0" in (project / "src/firmware_config.h").read_text()


def test_the_difference_is_told_and_made_only_when_asked_for(tmp_path: Path) -> None:
    generate_project([MODEL], NETDUINO, AOT, tmp_path / "p", Extras(application=APP))
    app = tmp_path / "p/src/app.c"
    original = app.read_text()
    assert differences(tmp_path / "p", APP, NETDUINO) == ""
    app.write_text(original.replace("app: ready", "app: mine"))
    diff = differences(tmp_path / "p", APP, NETDUINO)
    assert "--- src/app.c (yours)\n+++ src/app.c (the example)\n" in diff
    assert '\n-    app_print("app: mine\\n");\n+    app_print("app: ready\\n");\n' in diff
    generate_project([MODEL], NETDUINO, AOT, tmp_path / "p", Extras(application=Application(samples=APP.samples, replace=True)))
    assert app.read_text() == original


def test_another_example_needs_to_be_asked_for_twice(tmp_path: Path) -> None:
    nano = load_board("nano33ble")
    generate_project([MODEL], nano, AOT, tmp_path / "p", Extras(application=APP))
    with pytest.raises(InputError, match="made from the example 'pattern'"):
        generate_project([MODEL], nano, AOT, tmp_path / "p", Extras(application=Application("microphone")))
    assert "app_pattern" in (tmp_path / "p/src/app.c").read_text()
    generate_project([MODEL], nano, AOT, tmp_path / "p", Extras(application=Application("microphone", replace=True)))
    assert "mcu_sensor_read" in (tmp_path / "p/src/app.c").read_text()


@pytest.mark.parametrize("board", ["nano33ble", "xiao_ble_sense"])
@pytest.mark.parametrize("example", [name for name in EXAMPLES if name != "pattern"])
def test_a_sensors_example_brings_driver_and_library(board: str, example: str, tmp_path: Path) -> None:
    extras = Extras(application=Application(example))
    project = generate_project([model_for(example)], load_board(board), AOT, tmp_path / "p", extras).folder
    assert (project / "src/app_sensor.cpp").is_file()
    ini = (project / "platformio.ini").read_text()
    assert "lib_ldf_mode = chain" in ini
    assert ("lib_deps" in ini) == (example in ("accelerometer", "motion")), "the microphone's library is part of the core"


def test_a_board_without_the_sensor_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the board has no accelerometer"):
        generate_project([MODEL], load_board("nucleo_f446re"), AOT, tmp_path / "p", Extras(application=Application("accelerometer")))
    assert not (tmp_path / "p").exists()
