"""Texts that end parsers and terminals, in every file that is read: a message with the file's name, exit code 2."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mcu_toolkit.artifacts.contract import METADATA_NAME, read_preprocessing
from mcu_toolkit.cli.defects import defect_error
from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.firmware import MANIFEST
from mcu_toolkit.model.metadata import with_metadata
from tests import small_models
from tests.boards.test_deploy_everywhere import MADE_UP
from tests.cli.in_process import DEFECT, assert_answered, mcu_here
from tests.cli.running import Outcome, mcu

DEEP_LIST = "[" * 20_000 + "]" * 20_000
DEEP_OPEN = "[" * 20_000
DEEP_TABLE = '{"a":' * 20_000 + "1" + "}" * 20_000
SURROGATE = '"\\ud800"'


def metadata(text: str) -> bytes:
    return with_metadata(small_models.fully_connected(), METADATA_NAME, text.encode())


def contract(labels: str) -> str:
    return f'{{"schema_version":1,"preprocessing":{{"labels":{labels}}}}}'


def in_model(text: str, here: Path) -> Outcome:
    (here / "m.tflite").write_bytes(metadata(text))
    return mcu_here("inspect", "m.tflite")


def in_labels(text: str, here: Path) -> Outcome:
    return in_model(contract(f'["a", "b", "c", {text}]'), here)


def in_manifest(text: str, here: Path) -> Outcome:
    (here / "p").mkdir()
    (here / "p" / MANIFEST).write_text(text)
    return mcu_here("inspect", "p")


def in_configuration(text: str, here: Path) -> Outcome:
    (here / "mcu.toml").write_text(f"[defaults]\nboard = {text}\n")
    return mcu_here("runtimes")


def in_board(text: str, here: Path) -> Outcome:
    (here / "my_board.toml").write_text(f"notes = {text}\n{MADE_UP}")
    return mcu_here("boards", "show", "my_board.toml")


PLACES: dict[str, Callable[[str, Path], Outcome]] = {
    "metadata": in_model,
    "label": in_labels,
    "manifest": in_manifest,
    "mcu.toml": in_configuration,
    "board": in_board,
}
TEXTS = {"list": DEEP_LIST, "open": DEEP_OPEN, "table": DEEP_TABLE, "half": SURROGATE, "number": "1" * 5000}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_ends_a_parser_is_refused_with_its_place(place: str, text: str, here: Path) -> None:
    outcome = PLACES[place](TEXTS[text], here)
    assert_answered(outcome)
    assert outcome.exit_code == 2, outcome.stdout
    assert re.match(r"error: (m(\.tflite)?|p/\S+|\S+/mcu\.toml|my_board\.toml): ", outcome.stderr), outcome.stderr[:300]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("suffix", ["json", "toml"])
def test_so_is_one_in_a_file_of_preprocessing(text: str, suffix: str, here: Path) -> None:
    path = here / f"d.{suffix}"
    path.write_text(f'{{"labels": {TEXTS[text]}}}' if suffix == "json" else f"labels = {TEXTS[text]}")
    with pytest.raises(InputError) as refused:
        read_preprocessing(path)
    assert refused.value.on == str(path)


def test_the_parsers_survive_in_a_process_of_their_own(here: Path) -> None:
    """Python's own limits of recursion are other ones there."""
    (here / "m.tflite").write_bytes(metadata(DEEP_LIST))
    outcome = mcu("inspect", "m.tflite")
    assert (outcome.exit_code, "nested more than 100 levels" in outcome.error) == (2, True), outcome.stderr


@pytest.mark.parametrize("letters", ["\x1b[31m\x1b]0;title\x07", "\u202e\u2066", "\u200b", "\x9b2J", "a\nverdict: pass", "\r\x08"])
def test_a_label_is_shown_and_obeyed_by_nothing(letters: str, here: Path) -> None:
    (here / "m.tflite").write_bytes(metadata(contract(json.dumps(["a", "b", "c", f"class{letters}"]))))
    outcome = mcu_here("inspect", "m.tflite")
    assert_answered(outcome)
    assert outcome.exit_code == 0
    assert "class\\" in outcome.stdout or "classa\\n" in outcome.stdout
    assert "\nverdict" not in outcome.stdout


def test_names_of_files_are_obeyed_by_nothing(here: Path) -> None:
    name = "m\x1b[2J\u202e\nx.tflite"
    (here / name).write_bytes(small_models.fully_connected())
    for words in (("inspect", name), ("inspect", f"{name}none"), ("generate", name, "-o", "out\x1b[0m"), ("inspect", "--no\x1b[1m")):
        assert_answered(mcu_here(*words))
    outcome = mcu("inspect", name)
    assert "\x1b" not in outcome.stdout + outcome.stderr


class _OddError(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


def test_a_name_that_is_no_text_is_shown_and_written_to_json(here: Path) -> None:
    name = os.fsdecode(b"m\xff\xfe.tflite")
    (here / name).write_bytes(small_models.fully_connected())
    outcome = mcu_here("inspect", name, "--json", "r.json")
    assert_answered(outcome)
    assert outcome.exit_code == 0, outcome.stderr
    json.loads((here / "r.json").read_bytes())
    assert_answered(mcu_here("generate", name, "--board", "host", "-o", "p", "--json", "g.json"))


ESCAPED = [RecursionError("deep"), MemoryError(), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), _OddError(), ValueError("a\nb\x1b")]


@pytest.mark.parametrize("error", ESCAPED)
def test_whatever_escapes_becomes_a_few_lines_and_a_saved_trace(error: Exception, boards: Path) -> None:
    told = str(defect_error(error))
    assert isinstance(defect_error(error), ToolError)
    assert len(told.splitlines()) <= 3
    assert "Traceback" not in told
    saved = list((boards / "traces").glob("trace-*.txt"))
    assert type(error).__name__ in saved[0].read_text()
    assert str(saved[0]) in told


def test_the_guard_is_around_everything(here: Path, boards: Path) -> None:
    (here / "sitecustomize.py").write_text(
        "import mcu_toolkit.pipeline.inspection.catalogue as c\n"
        "def list_runtimes(): raise IndexError('nobody \\x1b expected this')\nc.list_runtimes = list_runtimes\n"
    )
    outcome = mcu("runtimes", env={"PYTHONPATH": str(here)})
    assert outcome.exit_code == 3
    assert outcome.stderr.startswith("error: internal error: IndexError: nobody \\x1b expected this\n")
    assert DEFECT in outcome.stderr
    assert "Traceback" not in outcome.stderr
    trace = Path(re.findall(r"the trace is in (\S+):", outcome.stderr)[0])
    assert trace.is_relative_to(boards)
    assert "Traceback" in trace.read_text()
    assert "mcu" in trace.read_text().splitlines()[0]


def test_only_the_last_traces_are_kept(boards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        monkeypatch.setattr("os.getpid", lambda number=number: 1000 + number)
        defect_error(ValueError(str(number)))
    assert len(list((boards / "traces").iterdir())) == 20
