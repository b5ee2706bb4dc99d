"""Whatever a command ends with, a program that asked for JSON gets JSON: also of errors, refusals and interruptions."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from mcu_toolkit.cli.app import app
from tests import small_models
from tests.cli.in_process import mcu_here
from tests.cli.running import interrupt, mcu, started, unprivileged, wait_for_line

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "report-schema.json").read_text(encoding="utf-8"))
ERROR = {**SCHEMA["$defs"]["error"], "$defs": SCHEMA["$defs"]}


def _commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that has --json, as its words."""
    if words and any(option.name == "json" for option in command.params):
        yield words
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*words, name))


COMMANDS = sorted({" ".join(words) for words in _commands(typer.main.get_command(app))})


def failure_in(text: str, exit_code: int) -> dict[str, Any]:
    """The JSON of an error, which agrees with the schema."""
    fields: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(ERROR).validate(fields)
    assert fields["exit_code"] == exit_code
    return fields


def test_the_schema_of_errors_is_a_schema() -> None:
    assert len(COMMANDS) > 20
    jsonschema.Draft202012Validator.check_schema(ERROR)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_line_that_makes_no_sense_is_refused_in_json(command: str, here: Path) -> None:
    outcome = mcu_here(*command.split(), "--json", "e.json", "--no-such=option")
    if command == "predict":  # what looks like an option may be a negative number there: it is refused as an input
        assert outcome.exit_code == 2
    fields = failure_in(Path("e.json").read_text(), 2)
    assert fields["verdict"] == "error"
    assert fields["message"].splitlines()[0] in outcome.stderr
    assert outcome.stdout == ""


ERRORS = {
    "no such file": ("inspect absent.tflite", 2, {"message": "model file not found", "on": "absent.tflite", "hint": "check the path"}),
    "no model": ("deploy mcu.txt", 2, {"on": "mcu.txt"}),
    "no such board": ("bench tiny.tflite -b nosuch", 2, {"message": "unknown board 'nosuch'", "on": None}),
    "no such command": ("inspekt", 2, {"message": "No such command 'inspekt'. Did you mean 'inspect'?"}),
    "no such option": ("validate tiny.tflite --randm 3", 2, {"hint": "mcu validate --help"}),
    "an option without its value": ("validate tiny.tflite --random", 2, {}),
    "a board that is not there": ("verify tiny.tflite -b microbit --port /dev/nosuch", 3, {"on": "/dev/nosuch"}),
    "a project that was never built": ("build p", 2, {"on": "p"}),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_json_with_what_the_message_says(name: str, tiny: Path, here: Path) -> None:
    (here / "mcu.txt").write_text("no model")
    words, exit_code, expected = ERRORS[name]
    first, *rest = shlex.split(words)
    outcome = mcu_here(first, "--json", "-", *rest)
    assert outcome.exit_code == exit_code, outcome.stderr
    fields = failure_in(outcome.stdout, exit_code)
    assert {key: fields[key] for key in expected} == expected
    assert fields["message"].splitlines()[0] in outcome.stderr


def test_a_result_of_before_does_not_outlive_an_error(tiny: Path, here: Path) -> None:
    assert mcu_here("inspect", tiny, "--json", "r.json").exit_code == 0
    tiny.write_bytes(b"damaged")
    assert mcu_here("inspect", tiny, "--json=r.json").exit_code == 2
    assert failure_in(Path("r.json").read_text(), 2)["on"] == "tiny.tflite"


def test_mcu_toml_may_ask_for_it(here: Path) -> None:
    (here / "mcu.toml").write_text("[inspect]\njson = 'r.json'\n")
    assert mcu_here("inspect", "absent.tflite").exit_code == 2
    assert failure_in(Path("r.json").read_text(), 2)["on"] == "absent.tflite"
    assert mcu_here("inspect", "--no-such-option").exit_code == 2
    assert "--no-such-option" in failure_in(Path("r.json").read_text(), 2)["message"]


def test_words_behind_the_end_of_options_are_no_option(here: Path) -> None:
    assert mcu_here("inspect", "--no-such-option", "--", "--json", "e.json").exit_code == 2
    assert list(here.iterdir()) == []


def test_a_check_that_failed_says_no_and_is_no_error(here: Path) -> None:
    (here / "large.tflite").write_bytes(small_models.fully_connected(inputs=600, outputs=600))
    outcome = mcu_here("generate", "large.tflite", "-b", "microbit", "-o", "p", "--json", "-", "-q")
    assert outcome.exit_code == 1, outcome.stderr
    fields = json.loads(outcome.stdout)
    assert (fields["verdict"], fields["exit_code"]) == ("fail", 1)
    assert fields["reasons"]
    assert fields["message"] in outcome.stderr


def test_a_defect_of_ours_is_json_too(tiny: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("mcu_toolkit.pipeline.inspection.inspect.inspect", fails)
    outcome = mcu_here("inspect", tiny, "--json", "-")
    assert failure_in(outcome.stdout, 3)["message"] == "internal error: RuntimeError: planted"


def test_json_that_cannot_be_written_leaves_the_message(here: Path) -> None:
    (here / "locked").mkdir(mode=0o555)
    outcome = mcu("inspect", "absent.tflite", "--json", "locked/r.json", prefix=unprivileged())
    assert outcome.exit_code == 2
    assert outcome.error == "error: absent.tflite: model file not found\n  try: check the path"
    assert not list((here / "locked").iterdir())


def test_ctrl_c_leaves_json(here: Path) -> None:
    with started("train", "sine", "-o", "out", "--json", "r.json") as child:
        wait_for_line(child, "-- training")
        interrupt(child)
        assert child.returncode == 130
    assert failure_in(Path("r.json").read_text(), 130)["message"] == "interrupted"
