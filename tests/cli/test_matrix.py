"""`mcu matrix` as a program: real jobs on emulated boards, mcu.toml, resuming, an interruption, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import small_models
from tests.cli.in_process import mcu_here
from tests.cli.running import children_left_by, interrupt, mcu, started, wait_for_line

CONFIG = """
[matrix]
models = ["tiny.tflite", "broken.tflite"]
board = ["host", "netduinoplus2"]
jobs = 2

[matrix.flags.plain]
[matrix.flags.small]
optimize = "size"

[matrix.data]
tiny = "data.csv"

[[matrix.exclude]]
board = "host"
flags = "small"

[limits.netduinoplus2]
flash = "2K"
"""


def test_models_boards_and_flags_of_a_file_become_one_report_and_are_known_afterwards(tiny: Path, here: Path) -> None:
    (here / "mcu.toml").write_text(CONFIG)
    (here / "data.csv").write_text("".join(f"{','.join(['0.5'] * 6)}\n" for _ in range(3)))
    (here / "broken.tflite").write_bytes(small_models.fully_connected()[:300])
    outcome = mcu("matrix", "--json", "m.json")
    assert outcome.exit_code == 1, outcome.stderr
    result = json.loads((here / "m.json").read_text())
    rows = {(row["model"], row["board"], row["flags"]): row for row in result["rows"]}
    assert len(rows) == 6
    assert rows["tiny", "host", "plain"]["verdict"] == "pass", "one failure does not stop the rest"
    limited = rows["tiny", "netduinoplus2", "plain"]
    assert limited["verdict"] == "fail"
    assert "more than its limit of 2,048 B" in limited["reasons"][0]
    assert limited["figures"]["instructions"] > 0 < limited["figures"]["cycles"]
    assert json.loads((here / "build/matrix" / limited["report"]).read_text())["comparisons"][0]["samples"] == 3
    assert {row["verdict"] for (model, _, _), row in rows.items() if model == "broken"} == {"error"}
    assert "2 of" not in outcome.stdout
    assert "1 of 6 passed" in outcome.stdout
    (here / "broken.tflite").write_bytes(small_models.fully_connected(seed=3))
    again = mcu_here("matrix", "--json", "m.json", "--board", "host")
    assert again.exit_code == 0, again.stderr
    kept = {row["model"]: row["kept"] for row in json.loads((here / "m.json").read_text())["rows"]}
    assert kept == {"tiny": True, "broken": False}
    shown = mcu_here("report", "m.json", "--format", "md", "-o", "-")
    assert "2 of 2 passed" in shown.stdout


def test_an_interruption_ends_every_process_of_every_job(tiny: Path, here: Path) -> None:
    (here / "b.tflite").write_bytes(small_models.fully_connected(seed=9))
    with started("matrix", tiny, "b.tflite", "-b", "host", "--jobs", "2", "--json", "m.json") as child:
        wait_for_line(child, "-- matrix: 2 cells")
        said = interrupt(child)
        assert child.returncode == 130
        assert "interrupted: what was finished is kept" in said
        assert not children_left_by(child, here)
    assert json.loads((here / "m.json").read_text())["exit_code"] == 130


TABLES = {
    "flags are no table": ('[matrix]\nflags = ["x"]', "'matrix.flags' is ['x']"),
    "a flag nobody knows": ("[matrix.flags.x]\nspeed = 1", "unknown key 'speed' in [matrix.flags.x]"),
    "a flag of another type": ("[matrix.flags.x]\nmax_arena = 'big'", "'matrix.flags.x.max_arena' is 'big'"),
    "an aim nobody knows": ("[matrix.flags.x]\noptimize = 'fast'", "unknown aim 'fast'"),
    "a port that is none": ("[matrix.ports]\nnano33ble = 3", "'matrix.ports.nano33ble' is 3"),
    "an axis nobody knows": ("[[matrix.exclude]]\nboards = 'x'", "'matrix.exclude' is {'boards': 'x'}"),
    "an option nobody knows": ("[matrix]\nboards = ['x']", "unknown key 'boards' in [matrix]"),
}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_wrong_in_mcu_toml_is_named(name: str, tiny: Path, here: Path) -> None:
    text, message = TABLES[name]
    (here / "mcu.toml").write_text(text)
    outcome = mcu_here("matrix", tiny, "-b", "host")
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert not (here / "build").exists()


def test_nothing_to_do_and_two_places_at_once_are_refused(tiny: Path, here: Path) -> None:
    nothing = mcu_here("matrix", tiny)
    assert (nothing.exit_code, "nothing to do: no models or no boards" in nothing.stderr) == (2, True)
    both = mcu_here("matrix", tiny, "-b", "host", "--jobs", "2", "--scheduler", "127.0.0.1:8786")
    assert (both.exit_code, "--jobs with --scheduler" in both.stderr) == (2, True)
    open_one = mcu_here("matrix", tiny, "-b", "host", "--scheduler", "tcp://192.0.2.7:8786")
    assert (open_one.exit_code, "without encryption" in open_one.stderr) == (2, True)


def test_a_folder_that_may_not_be_written_is_refused_before_anything_runs(tiny: Path, here: Path) -> None:
    (here / "file").write_text("not a folder")
    outcome = mcu_here("matrix", tiny, "-b", "host", "-o", "file")
    assert (outcome.exit_code, "error: file: is not a folder" in outcome.stderr, "-- matrix" in outcome.stderr) == (2, True, False)
