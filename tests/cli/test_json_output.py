"""`--json -`: the JSON alone on standard output, the text for people on standard error, and no file called `-`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import typer

from mcu_toolkit.cli.app import app
from tests.cli.in_process import mcu_here
from tests.cli.running import COMMAND

COMMANDS = {
    "inspect": (("inspect", "tiny.tflite"), "operators ("),
    "validate": (("validate", "tiny.tflite", "--random", "2"), "verdict: pass"),
    "header": (("header", "tiny.tflite", "-o", "h"), "files: h/model_data.h"),
    "generate": (("generate", "tiny.tflite", "--board", "host", "-o", "p"), "project: p"),
    "predict": (("predict", "tiny.tflite", "0.1,0.2,0.3,0.4,0.5,0.6", "--on", "aot-host"), "0.1,0.2,0.3,0.4,0.5,0.6: class 0"),
    "runtimes": (("runtimes",), "no interpreter"),
    "boards": (("boards",), "netduinoplus2"),
    "boards show": (("boards", "show", "host"), "This machine"),
    "new": (("new", "fresh"), "next: "),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_result_is_all_that_comes_out(name: str, tiny: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    assert tiny.name == "tiny.tflite"
    words, told = COMMANDS[name]
    outcome = mcu_here(*words, "--json", "-")
    assert outcome.exit_code == 0, outcome.stderr
    assert json.loads(outcome.stdout)["verdict"] == "pass"
    assert told in outcome.stderr
    assert not (here / "-").exists()
    assert mcu_here("runtimes").stdout.startswith("aot "), "the next command has its output again"


def test_a_no_is_json_too(tiny: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    np.savez(here / "d.npz", x=np.zeros((4, 6), np.float32), y=np.array([0, 1, 2, 3]))
    outcome = mcu_here("validate", tiny, "--data", "d.npz", "--min-accuracy", "0.99", "--json", "-")
    assert outcome.exit_code == 1
    assert json.loads(outcome.stdout)["verdict"] == "fail"


def test_mcu_toml_may_ask_for_it(tiny: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    (here / "mcu.toml").write_text("[inspect]\njson = '-'\n")
    assert json.loads(mcu_here("inspect", tiny).stdout)["step"] == "inspect"
    assert not (here / "-").exists()


def test_a_pipe_gets_the_json(tiny: Path, here: Path) -> None:
    if shutil.which("cat") is None:
        pytest.skip("no cat")
    command = [*COMMAND, "inspect", tiny, "--json", "-"]
    with subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as sender:
        piped = subprocess.run(["cat"], stdin=sender.stdout, capture_output=True, check=True, timeout=100)
    assert sender.returncode == 0
    assert json.loads(piped.stdout)["step"] == "inspect"


def test_every_option_of_that_name_is_the_same_one() -> None:
    pending, found = [typer.main.get_command(app)], []
    while pending:
        command = pending.pop()
        pending += getattr(command, "commands", {}).values()
        found += [option for option in command.params if option.name == "json"]
    assert len(found) > 20
    assert all("- is standard output" in (getattr(option, "help", None) or "") for option in found)


@pytest.mark.parametrize("form", [("--json", "tiny.tflite"), ("--json=./tiny.tflite",), ("--json", "tiny.tflite", "--nosuch")])
def test_a_file_that_is_read_is_never_replaced(form: tuple[str, ...], tiny: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    before = tiny.read_bytes()
    outcome = mcu_here("inspect", "tiny.tflite", *form)
    assert outcome.exit_code == 2
    if "--nosuch" not in form:
        assert "tiny.tflite: is a file that this command line names elsewhere, and would be overwritten" in outcome.stderr
    assert tiny.read_bytes() == before


def test_a_baseline_outlives_the_run_that_it_judges(tiny: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    (here / "b.json").write_text("no result")
    outcome = mcu_here("bench", tiny, "--baseline=b.json", "--json", "b.json")
    assert outcome.exit_code == 2
    assert (here / "b.json").read_text() == "no result"


def test_the_result_of_an_earlier_run_is_replaced(tiny: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    (here / "r.json").write_text("old")
    assert mcu_here("inspect", tiny, "--json", "r.json").exit_code == 0
    assert json.loads((here / "r.json").read_text())["step"] == "inspect"
