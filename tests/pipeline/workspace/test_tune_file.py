"""The file of a choice: what is written is read again, and what belongs to another model or core is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import Tuning
from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.workspace.tune_file import Candidate, TunedLayer, TuneFile, read_tuning, tune_path, with_tunings, write_tune_file
from mcu_toolkit.runtimes.base import RuntimeOptions
from tests import small_models

MODEL = parse_model(small_models.convolution(), 'a "quoted" \u00fcname')
BOARD = load_board("netduinoplus2")
TUNING = Tuning(MODEL.sha256, "cortex-m4f", "dsp", ((0, "dsp"), (3, "dsp into add")))
FILE = TuneFile(
    tuning=TUNING,
    model_name=MODEL.name,
    toolkit="0.1.0",
    board=BOARD.id,
    compiler="gcc 12.2",
    optimize="balanced",
    layers=(
        TunedLayer(0, "CONV_2D", "dsp", "dsp", (Candidate("dsp", 10, 15, 100, 20, 30), Candidate("portable", 90, None, 80, 20, 10))),
        TunedLayer(3, "ADD", "dsp into add", "dsp", (), (2,)),
    ),
    totals={"default": {"instructions": 12}, "chosen": {"instructions": 10}},
)


def test_the_choice_is_read_as_it_was_written(tmp_path: Path) -> None:
    model_path = tmp_path / "m.tflite"
    path = tune_path(model_path, BOARD.core)
    assert path.name == "m.cortex-m4f.tune.toml"
    write_tune_file(path, FILE)
    assert read_tuning(path, model_path, MODEL, BOARD) == TUNING
    assert with_tunings(None, {model_path: MODEL}, BOARD).tunings == (TUNING,)
    assert with_tunings(RuntimeOptions(tune=False), {model_path: MODEL}, BOARD).tunings == ()
    assert with_tunings(None, {model_path: MODEL}, load_board("mps2-an385")).tunings == ()


def test_the_choice_for_another_model_is_refused_with_the_command_that_makes_it_again(tmp_path: Path) -> None:
    path, model_path = tmp_path / "m.cortex-m4f.tune.toml", tmp_path / "m.tflite"
    write_tune_file(path, dataclasses.replace(FILE, tuning=dataclasses.replace(TUNING, model_sha256="ab" * 32)))
    with pytest.raises(InputError, match="was made for another model, sha256 abababababababab") as caught:
        read_tuning(path, model_path, MODEL, BOARD)
    assert f"mcu tune {model_path} --board netduinoplus2; or --no-tune" in str(caught.value)


@pytest.mark.parametrize("other", [{"core": "cortex-m7"}, {"instruction_set": "portable"}])
def test_the_choice_for_another_core_is_refused(other: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "renamed.toml"
    write_tune_file(path, dataclasses.replace(FILE, tuning=dataclasses.replace(TUNING, **other)))
    with pytest.raises(InputError, match="was made for"):
        read_tuning(path, tmp_path / "m.tflite", MODEL, BOARD)


def test_files_of_older_toolkits_say_scheme_and_planes(tmp_path: Path) -> None:
    path = tmp_path / "m.cortex-m4f.tune.toml"
    tuning = dataclasses.replace(TUNING, variants=((0, "dsp channel-major 4 KB"), (3, "dsp into add")))
    head = f'schema_version = 1\n[model]\nname = "m"\nsha256 = "{MODEL.sha256}"\n'
    head += '[target]\ncore = "cortex-m4f"\ninstruction_set = "dsp"\n'
    path.write_text(head + '[[layer]]\nindex = 0\nscheme = "dsp planes 4 KB"\n[[layer]]\nindex = 3\nscheme = "dsp into add"\n')
    assert read_tuning(path, tmp_path / "m.tflite", MODEL, BOARD) == tuning


@pytest.mark.parametrize(
    "text", ["", "=", "schema_version = 3", 'schema_version = 1\n[model]\nsha256 = "x"\n', "schema_version = 1\nlayer = 3\n", "\0"]
)
def test_anything_else_is_refused_as_damaged(text: str, tmp_path: Path) -> None:
    path = tmp_path / "m.cortex-m4f.tune.toml"
    path.write_text(text)
    with pytest.raises(InputError, match="is not a file of mcu tune"):
        read_tuning(path, tmp_path / "m.tflite", MODEL, BOARD)
