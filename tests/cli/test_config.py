"""mcu.toml: defaults for every command, from the working directory or a folder above it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.resources import boards_dir
from tests.cli.running import assert_refused, mcu, succeed


def write(folder: Path, text: str) -> None:
    (folder / "mcu.toml").write_text(text)


def test_defaults_reach_every_command_and_its_own_section_wins(tiny: Path, here: Path) -> None:
    write(here, '[defaults]\nboard = "host"\n[generate]\nmodels = ["tiny.tflite"]\noutput = "p"\n[inspect]\nboard = "stm32vldiscovery"\n')
    assert "board host" in succeed("generate").stdout
    assert "for board stm32vldiscovery" in succeed("inspect", tiny).stdout
    assert "for board host" in succeed("inspect", tiny, "--board", "host").stdout


def test_paths_are_relative_to_the_file(tiny: Path, here: Path) -> None:
    np.savez(here / "d.npz", x=np.zeros((7, 6), np.float32))
    write(here, '[validate]\nmodel = "tiny.tflite"\ndata = "d.npz"\n')
    below = here / "a" / "b"
    below.mkdir(parents=True)
    succeed("validate", "--json", "r.json", cwd=below)
    assert json.loads((below / "r.json").read_text())["comparisons"][0]["samples"] == 7


MISTAKES = {
    "[defaults]\nbord = 'host'\n": "unknown key 'bord' in [defaults]\n  expected: one of ",
    "[deploi]\nboard = 'host'\n": "unknown section [deploi]\n  expected: [defaults] or a command: bench, boards, build, ",
    "board = 'host'\n": "'board' is not a section\n  expected: keys below [defaults] or below a command such as [deploy]",
    "[defaults\n": "not valid TOML: ",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_named_with_the_file(text: str, here: Path) -> None:
    write(here, text)
    outcome = mcu("runtimes")
    assert outcome.error.startswith(f"error: {here}/mcu.toml: {MISTAKES[text]}")
    assert outcome.exit_code == 2
    assert "Traceback" not in outcome.stderr


def test_a_value_of_the_wrong_type_is_a_usage_error_that_names_the_option_and_the_file(tiny: Path, here: Path) -> None:
    write(here, "[validate]\nrandom = 'many'\n")
    outcome = mcu("validate", tiny)
    assert outcome.exit_code == 2
    assert "--random" in outcome.stderr
    assert f"defaults come from {here}/mcu.toml" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_help_and_version_work_beside_a_broken_file(here: Path) -> None:
    write(here, "[defaults\n")
    succeed("--help")
    succeed("--version")


def test_a_board_from_the_file_is_checked_like_any_other(tiny: Path, here: Path) -> None:
    write(here, "[defaults]\nboard = 'netduino'\n")
    message = (
        "error: unknown board 'netduino'\n  expected: one of netduinoplus2\n  try: mcu boards, or the path of a .toml file of your own"
        f"\n(defaults come from {here}/mcu.toml)"
    )
    assert_refused(mcu("inspect", tiny), 2, message)


def test_a_project_has_its_own_board_and_runtime_whatever_the_file_says(tiny: Path, here: Path) -> None:
    succeed("generate", tiny, "--board", "host", "--runtime", "aot", "-o", "p")
    write(here, "[defaults]\nboard = 'microbit'\nruntime = 'tflm'\n")
    assert "for board host" in succeed("inspect", "p").stdout
    succeed("flash", "p")
    assert "board    host" in succeed("verify", "p").stdout
    message = (
        "error: p: the project was generated for board host\n  expected: --board host, or none\n"
        f"  try: mcu generate MODEL.tflite --board microbit -o FOLDER\n(defaults come from {here}/mcu.toml)"
    )
    assert_refused(mcu("verify", "p", "--board", "microbit"), 2, message)


def test_a_board_of_ones_own_is_relative_to_the_file(tiny: Path, here: Path) -> None:
    text = (boards_dir() / "host.toml").read_text(encoding="utf-8")
    (here / "mine.toml").write_text(text.replace('board = "host"', 'board = "mine"'))
    write(here, "[defaults]\nboard = 'mine.toml'\n")
    (here / "below").mkdir()
    assert "for board mine" in succeed("inspect", here / tiny, cwd=here / "below").stdout
