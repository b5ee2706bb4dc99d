"""The commands on the pages: every one exists, with its options; those of the tutorial run as they stand, in their order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from mcu_toolkit.cli.app import app
from scripts.pictures.recording import TUTORIAL
from tests.cli.in_process import succeed_here
from tests.drawn_shapes import draw_folder
from tests.recordings import differences
from tests.shared_models import shared_model
from tests.test_repository import ROOT

_TUTORIAL = ROOT / "docs/tutorial/first-inference.md"
_WALKTHROUGH = ROOT / "docs/walkthrough.md"
_SMALL = '[train]\nbackbone = "small-cnn"\nsize = 48\nepochs = 3\n'
"""Defaults with which the walk-through's own commands train on drawn shapes in seconds, from random numbers."""
_PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "packaging/core/README.md"]
_BLOCK = re.compile(r"^```(?:sh)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^(?:\$ )?(?:    )?(?:\.venv/bin/)?(mcu .*)$")


def commands(page: Path) -> Iterator[str]:
    """The lines of a page's blocks that call mcu, each call by itself."""
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            found = _LINE.match(line)
            if found:
                yield from (part.strip() for part in found[1].partition("#")[0].split("&&"))


def every_command() -> list[tuple[str, str]]:
    return [(page.relative_to(ROOT).as_posix(), line) for page in _PAGES for line in commands(page)]


@pytest.mark.parametrize(("page", "line"), every_command())
def test_commands_and_options_on_the_pages_exist(page: str, line: str) -> None:
    command: Any = typer.main.get_command(app)  # typer's own copy of click, or click itself
    words = [word for word in shlex.split(line)[1:] if word != "..."]
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.commands.get(name)
        assert found is not None, f"{page}: there is no command '{name}': {line}"
        command = found
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help", "-h"}
    used = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert used <= known, f"{page}: {line}"


def test_the_pages_have_commands() -> None:
    assert len(every_command()) > 40
    assert len(list(commands(_TUTORIAL))) >= 9


@pytest.mark.slow
@pytest.mark.timeout(3600)  # Two trainings, six conversions and an emulated board: a minute, and many on a machine with other work.
def test_the_walkthrough_works_word_for_word_on_drawn_shapes(here: Path) -> None:
    draw_folder(here / "photos", pictures=12, shapes=("cats", "dogs"))
    steps = [line for line in commands(_WALKTHROUGH) if line != "mcu weights fetch"]  # which needs a network
    photographs = steps.index("mcu train images photos -o pets")
    assert "mcu train linear -o line" in steps[:photographs]
    said = {line: succeed_here(*shlex.split(line)[1:]).stdout for line in steps[:photographs]}
    (here / "mcu.toml").write_text(_SMALL)
    said |= {line: succeed_here(*shlex.split(line)[1:]).stdout for line in steps[photographs:]}
    answer = re.search(r"10\b.*?(\d+\.\d+)", said["mcu predict line/linear_int8.tflite 10"])
    assert answer is not None, said
    assert 18 < float(answer[1]) < 20
    assert (here / "student" / "model.keras").is_file()


@pytest.mark.nightly
def test_the_tutorial_works_word_for_word(here: Path) -> None:
    (here / "my_model.tflite").write_bytes(shared_model("hello_world_int8").read_bytes())
    steps = [shlex.split(line)[1:] for line in commands(_TUTORIAL)]
    assert [step[0] for step in steps] == [
        "doctor", "train", "quantize", "inspect", "predict", "deploy", "verify", "inspect", "deploy", "boards",
    ]  # fmt: skip
    outcomes = [succeed_here(*step) for step in steps]
    assert "1.5708: sine" in outcomes[4].stdout
    assert "verdict: pass - netduinoplus2 computes exactly what tflm does" in outcomes[5].stdout
    printed = {line: outcome.stderr + outcome.stdout for line, outcome in zip(commands(_TUTORIAL), outcomes, strict=True)}
    for recording in TUTORIAL:
        assert not differences(recording, [printed[command] for command in recording.commands])


@pytest.mark.parametrize("line", ["mcu deploy m.tflite --bord host", "mcu verfy m.tflite", "mcu boards halt netduinoplus2"])
def test_a_command_that_does_not_exist_would_be_noticed(line: str) -> None:
    with pytest.raises(AssertionError):
        test_commands_and_options_on_the_pages_exist("page.md", line)
