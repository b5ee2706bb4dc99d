"""`mcu new`: what its README says works as it stands."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused


def readme_commands(folder: Path) -> list[list[str]]:
    """The commands of the README's shell block, comments taken off."""
    [block] = re.findall(r"```sh\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    return [shlex.split(line, comments=True) for line in block.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "board"), [pytest.param("linear", "host", marks=pytest.mark.nightly), ("sine", "netduinoplus2")])
def test_every_command_of_the_readme_runs(task: str, board: str, here: Path) -> None:
    succeed_here("new", "first steps", "--task", task, "--board", board)
    project = here / "first steps"
    commands = readme_commands(project)
    assert [words[1] for words in commands] == ["train", "quantize", "inspect", "validate", "deploy", "verify"]
    for program, *words in commands:
        assert program == "mcu"
        succeed_here(*words, cwd=project)
    trained = json.loads((project / "model/training.json").read_text())
    assert trained["parameters"] == {"linear": 2, "sine": 321}[task]
    assert task == "linear" or trained["error"] < 0.05
    report = json.loads((project / "build/report.json").read_text())
    assert (report["verdict"], report["board"]) == ("pass", board)


def test_the_config_it_writes_is_one_it_reads(here: Path) -> None:
    succeed_here("new", "p", "--json", "r.json")
    facts = json.loads((here / "r.json").read_text())
    assert facts["files"] == ["mcu.toml", "README.md", ".gitignore"]
    assert sorted(path.name for path in (here / "p").iterdir()) == [".gitignore", "README.md", "mcu.toml"]
    succeed_here("runtimes", cwd=here / "p")


def test_a_folder_with_something_in_it_is_left_alone(here: Path) -> None:
    (here / "p").mkdir()
    (here / "p/notes.txt").write_text("mine")
    message = "error: p: exists and is not empty\n  expected: a new name\n  try: mcu new p-2"
    assert_refused(mcu_here("new", "p"), 2, message)
    assert [path.name for path in (here / "p").iterdir()] == ["notes.txt"]


def test_names_that_no_shell_likes_are_refused(here: Path) -> None:
    message = "error: $(x): is not a valid project name\n  expected: letters, digits, spaces, '.', '_' and '-'"
    assert_refused(mcu_here("new", "$(x)"), 2, message)
    assert not list(here.iterdir())
