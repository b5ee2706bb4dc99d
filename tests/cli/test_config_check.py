"""`mcu config`: mistakes in mcu.toml and board files are found before a command meets them, and the schemas of both say the same."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mcu_toolkit.boards.load import board_ids, load_board_file
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.parsing import toml_table
from mcu_toolkit.system.resources import boards_dir
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.cli.test_config import MISTAKES, WRONG_TYPES

GOOD = """
[defaults]
board = "netduinoplus2"
data = "data.npz"
quiet = true

[tflm]
library = "../tflm"
kernels = "reference"

[deploy]
min_accuracy = 1
optimize = "size"
random = 3

[predict]
on = ["tflm,litert"]

[generate]
models = ["a.tflite", "b.tflite"]

[limits.netduinoplus2]
flash = "64K"
cycles = 5_000_000
min_accuracy = 0.95

[limits.my_board]
ram = 1024

[matrix]
models = ["a.tflite"]
board = ["host"]
[matrix.flags.small]
optimize = "size"
max_arena = 24000
[matrix.ports]
nano33ble = ["/dev/ttyACM0", "rfc2217://127.0.0.1:4000"]
[matrix.data]
a = "a.npz"
[[matrix.exclude]]
board = "host"
runtime = "tflm"
"""
WORDS = {
    "[deploy]\noptimize = 'sped'\n": ("[deploy]: optimize is 'sped'", "one of size, balanced, speed, ram"),
    "[defaults]\nruntime = 'atf'\n": ("[defaults]: runtime is 'atf'", "one of aot, tflm"),
    "[tflm]\nkernels = 'best'\n": ("[tflm]: kernels is 'best'", "one of optimized, reference"),
    "[defaults]\nboard = 'netduino'\n": (": unknown board 'netduino'", "one of netduinoplus2"),
    "[fit]\nboard = ['host', 'netduino']\n": (": unknown board 'netduino'", "one of netduinoplus2"),
    "[limits.host]\nflsh = 1\n": ("[limits.host]: unknown measure 'flsh'", "one of rmse, flash, "),
    "[matrix.flags.small]\nmax_arena = 0\n": (": 'matrix.flags.small.max_arena' is 0", "a whole number of bytes"),
    "[matrix.flags.small]\nflash = 1\n": (": unknown key 'flash' in [matrix.flags.small]", "one of optimize, max_arena"),
    "[matrix.ports]\nhost = []\n": (": 'matrix.ports.host' is []", '["/dev/ttyACM0"]'),
    "[[matrix.exclude]]\nboards = 'host'\n": (": 'matrix.exclude' is {'boards': 'host'}", "[[matrix.exclude]] with some of"),
    "[limits.host]\nmin_accuracy = 2\n": ("[limits.host]: min_accuracy is 2", "a share from 0 to 1, such as 0.95"),
}


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft7Validator:
    return validator("mcu.toml")


@pytest.fixture(scope="module")
def of_boards() -> jsonschema.Draft7Validator:
    return validator("board")


def validator(of: str) -> jsonschema.Draft7Validator:
    made = json.loads(succeed_here("config", "schema", of).stdout)
    jsonschema.Draft7Validator.check_schema(made)
    return jsonschema.Draft7Validator(made)


def test_a_file_without_mistakes_passes_and_agrees_with_the_schema(here: Path, schema: jsonschema.Draft7Validator) -> None:
    (here / "mcu.toml").write_text(GOOD)
    said = succeed_here("config", "check", "--json", "c.json").stdout
    assert "mcu.toml: configuration, no mistakes (defaults, tflm, deploy, predict, generate, limits, matrix)" in said
    assert "note: [limits.my_board] of" in said
    [found] = json.loads((here / "c.json").read_text())["files"]
    assert found["kind"] == "configuration"
    schema.validate(toml_table(GOOD.encode()))


@pytest.mark.parametrize("text", [*MISTAKES, *WRONG_TYPES, *WORDS])
def test_a_mistake_is_found_by_the_check_and_by_the_schema(text: str, here: Path, schema: jsonschema.Draft7Validator) -> None:
    (here / "mcu.toml").write_text(text)
    outcome = mcu_here("config", "check")
    assert outcome.exit_code == 2
    assert str(here / "mcu.toml") in outcome.error
    if text in WORDS:
        found, expected = WORDS[text]
        assert f"mcu.toml, {found}" in outcome.error or f"mcu.toml{found}" in outcome.error
        assert f"expected: {expected}" in outcome.error
    try:
        table = toml_table(text.encode())
    except ValueError:
        return
    assert not schema.is_valid(table)


def test_a_file_is_checked_whatever_counts_here(here: Path) -> None:
    (here / "mcu.toml").write_text("[nonsense]\n")
    (here / "below").mkdir()
    (here / "below" / "mcu.toml").write_text(GOOD)
    succeed_here("config", "check", "below/mcu.toml")
    assert mcu_here("config", "check", "below/mcu.toml", "mcu.toml").exit_code == 2
    assert mcu_here("runtimes").exit_code == 2, "and the next command reads it as ever"


def test_where_none_counts_that_is_said(here: Path) -> None:
    message = "error: no mcu.toml counts here\n  expected: one in this folder or above it, or a FILE\n  try: mcu new NAME"
    assert_refused(mcu_here("config", "check"), 2, message)


def test_a_schema_is_written_whole_or_not_at_all(here: Path) -> None:
    assert succeed_here("config", "schema", "board", "-o", "b.json").stdout == "schema: b.json (of board)\n"
    assert json.loads((here / "b.json").read_text()) == json.loads(succeed_here("config", "schema", "board").stdout)
    assert_refused(mcu_here("config", "schema", "bord"), 2, "error: unknown kind of file 'bord'\n  expected: one of board")


@pytest.mark.parametrize("board", board_ids())
def test_every_shipped_board_agrees_with_the_schema(board: str, of_boards: jsonschema.Draft7Validator, here: Path) -> None:
    of_boards.validate(toml_table((boards_dir() / f"{board}.toml").read_bytes()))


def test_a_board_file_is_checked(here: Path) -> None:
    text = (boards_dir() / "netduinoplus2.toml").read_text()
    (here / "mine.toml").write_text(text.replace('program = "qemu-system-arm"', 'program = "./emulator"'))
    said = succeed_here("config", "check", "mine.toml").stdout
    assert said.startswith("mine.toml: board file, no mistakes (name, vendor, ")
    assert "note: emulator.program = './emulator' decides what is run" in said
    (here / "mine.toml").write_text(text.replace("clock_hz", "clock_khz"))
    assert mcu_here("config", "check", "mine.toml").error.startswith("error: mine.toml: unknown key 'clock_khz'")


def broken_boards() -> list[tuple[str, dict[str, Any]]]:
    """Tables of boards with one mistake each: a key that is missing, unknown or of another type, at every place."""
    whole = toml_table((boards_dir() / "netduinoplus2.toml").read_bytes())
    found: list[tuple[str, dict[str, Any]]] = []
    for key, value in whole.items():
        found.append((f"{key} of another type", {**whole, key: not value if isinstance(value, bool) else [[1]]}))
        if key in ("name", "core", "flash", "serial", "ticks", "default_runtime"):
            found.append((f"no {key}", {name: other for name, other in whole.items() if name != key}))
        if isinstance(value, dict):
            inner = copy.deepcopy(whole)
            inner[key]["no_such_key"] = 1
            found.append((f"unknown key in {key}", inner))
    return [*found, ("unknown key", {**whole, "clock_khz": 1}), ("unknown core", {**whole, "core": "cortex-m99"})]


@pytest.mark.parametrize(("mistake", "table"), broken_boards(), ids=lambda given: given if isinstance(given, str) else "")
def test_the_loader_and_the_schema_refuse_the_same(
    mistake: str, table: dict[str, Any], of_boards: jsonschema.Draft7Validator, here: Path
) -> None:
    (here / "netduinoplus2.toml").write_text(toml_text(table))
    with pytest.raises(InputError):
        load_board_file(here / "netduinoplus2.toml")
    assert not of_boards.is_valid(table), mistake


def toml_text(table: dict[str, Any]) -> str:
    """A table as TOML, with tables inside of it on one line."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    return "[" + ", ".join(map(_value, value)) + "]" if isinstance(value, list) else json.dumps(value)


def test_keys_have_their_meaning_for_an_editor(schema: jsonschema.Draft7Validator, of_boards: jsonschema.Draft7Validator) -> None:
    deploy = schema.schema["properties"]["deploy"]["properties"]
    assert deploy["optimize"] == {"enum": ["size", "balanced", "speed", "ram"], "description": deploy["optimize"]["description"]}
    assert deploy["random"]["minimum"] == 1
    assert "netduinoplus2" in schema.schema["definitions"]["board"]["anyOf"][0]["enum"]
    sections = {name: section["properties"] for name, section in schema.schema["properties"].items() if name != "limits"}
    missing = [(name, key) for name, keys in sections.items() for key, one in keys.items() if not describes(one)]
    assert not missing
    assert of_boards.schema["properties"]["program_bytes"]["description"]


def describes(one: dict[str, Any]) -> bool:
    return bool(one.get("description")) or all(describes(form) for form in one.get("anyOf", [{}]))
