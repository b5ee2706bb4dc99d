"""`--limit` and `[limits.<board>]`: exit code 1 and what exceeded by how much, from every command that measures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.firmware.benchmark import mlperf_tiny
from mcu_toolkit.model import read_model
from mcu_toolkit.report.limits import parse_limit
from mcu_toolkit.report.measures import LIMITED, OF_A_BENCHMARK, OF_A_PREDICTION, OF_A_RUN, OF_AN_IMAGE
from mcu_toolkit.runtimes import get_runtime
from tests.cli.in_process import mcu_here, succeed_here

RUN = ("-b", "host", "--random", "2", "-q")


def test_a_deployment_that_is_too_large_is_a_no(tiny: Path, here: Path) -> None:
    outcome = mcu_here("deploy", tiny, *RUN, "-o", "out", "--limit", "flash=1K,ram=900M", "--json", "r.json")
    assert outcome.exit_code == 1, outcome.stderr
    found = json.loads(Path("r.json").read_text())
    assert found["verdict"] == "fail"
    [reason] = found["reasons"]
    over = found["flash_bytes"] - 1024
    assert reason == f"flash is {found['flash_bytes']:,} B, {over:,} B ({100 * over / 1024:.1f} %) more than its limit of 1,024 B"
    assert reason in outcome.stdout
    assert json.loads(Path("out/report.json").read_text())["verdict"] == "fail"

    image = f"{found['flash_bytes']}"
    outcome = mcu_here("build", "out/firmware", "--limit", "flash=1K", "--json", "b.json")
    assert outcome.exit_code == 1
    assert json.loads(Path("b.json").read_text())["reasons"] == [reason]
    succeed_here("build", "out/firmware", "--limit", f"flash={image}")

    assert mcu_here("verify", "out", "--random", "2", "--limit", "flash=1K").exit_code == 1
    succeed_here("verify", "out", "--random", "2", "--limit", f"flash={image}")

    (here / "mcu.toml").write_text("[limits.host]\nflash = '1K'\n[limits.microbit]\nram = 1\n")
    outcome = mcu_here("verify", "out", "--random", "2")
    assert outcome.exit_code == 1
    assert reason in outcome.stdout
    succeed_here("verify", "out", "--random", "2", "--limit", f"flash={image}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("deploy", "tiny.tflite", "--limit", "cycles=5M"), "--limit: this command does not measure cycles"),
        (("verify", "tiny.tflite", "--limit", "flsh=5M"), "unknown measure 'flsh'"),
        (("bench", "tiny.tflite", "--limit", "cycles"), "--limit: 'cycles' is no limit"),
        (("build", ".", "--limit", "stack=1"), "--limit: this command does not measure stack"),
        (("fit", "tiny.tflite", "--limit", "instructions=1"), "--limit: this command does not measure instructions"),
        (("mlperf", "tiny.tflite", "--limit", "flash=1"), "--limit: this command does not measure flash"),
    ],
)
def test_what_is_no_limit_is_refused_before_anything_runs(words: tuple[str, ...], message: str, tiny: Path, here: Path) -> None:
    outcome = mcu_here(*words)
    assert outcome.exit_code == 2
    assert outcome.error.startswith(f"error: {message}")
    assert [path.name for path in here.iterdir()] == ["tiny.tflite"]


@pytest.mark.parametrize(
    ("command", "among"),
    [
        ("deploy", OF_A_RUN),
        ("verify", OF_A_RUN),
        ("bench", LIMITED),
        ("build", OF_AN_IMAGE),
        ("fit", OF_A_PREDICTION),
        ("mlperf", OF_A_BENCHMARK),
    ],
)
def test_help_names_measures_that_the_command_takes(command: str, among: tuple[str, ...]) -> None:
    text = " ".join(succeed_here(command, "--help").stdout.replace("\u2502", " ").split())
    [shown] = re.findall(r"Most of each measure: (.+?)\.(?: |$)", text)
    examples = re.findall(r"\w+=\w+", shown)
    assert len(parse_limit(",".join(examples), among)) == len(examples) >= 2


SECTIONS = {
    "limits = 3": "'limits' is not made of sections of boards",
    "[limits]\nflash = 1": "'limits' is not made of sections of boards",
    "[limits.host]\nflesh = 1": "unknown measure 'flesh'\n  expected: one of rmse, flash, code,",
    "[limits.host]\nflash = true": "flash is True\n  expected: a number, or a text such as",
    "[limits.host]\nflash = '64Q'": "'64Q' is no value for flash",
    "[limits.host]\nflash = nan": "'nan' is no value for flash",
    "[limits.host]\nmin_accuracy = '1'": "min_accuracy is '1'\n  expected: a share from 0 to 1",
    "[limits.host]\nmin_accuracy = 2": "mcu.toml, [limits.host]: min_accuracy is 2\n  expected: a share from 0 to 1",
}


def test_a_section_that_makes_no_sense_is_in_nobody_elses_way(here: Path) -> None:
    (here / "mcu.toml").write_text("[limits.host]\nflash = '64Q'\n")
    succeed_here("boards")


def test_what_is_predicted_is_limited_too(tiny: Path, here: Path) -> None:
    words = ("fit", tiny, "-b", "netduinoplus2", "-r", "aot", "--json", "r.json")
    succeed_here(*words, "--limit", "flash=1M,cycles=1G")
    assert mcu_here(*words, "--limit", "flash=1K,ram=900M").exit_code == 1
    [row] = json.loads(Path("r.json").read_text())["rows"]
    assert row["verdict"] == "does not fit"
    assert row["why"] == [f"flash is {row['flash_bytes']:,} B, {row['flash_bytes'] - 1024:,} B "
                          f"({100 * (row['flash_bytes'] - 1024) / 1024:.1f} %) more than its limit of 1,024 B"]  # fmt: skip
    (here / "mcu.toml").write_text("[limits.netduinoplus2]\narena = 1\n")
    assert mcu_here(*words).exit_code == 1


@pytest.mark.parametrize("text", SECTIONS)
def test_a_section_that_makes_no_sense_is_refused(text: str, tiny: Path, here: Path) -> None:
    (here / "mcu.toml").write_text(text)
    outcome = mcu_here("deploy", tiny, "-b", "host")
    assert outcome.exit_code == 2
    assert SECTIONS[text] in outcome.error


def test_limits_of_a_board_that_nobody_knows_are_told(tiny: Path, here: Path) -> None:
    (here / "mcu.toml").write_text("[limits.microbyte]\nflash = 1\n")
    outcome = succeed_here("fit", tiny, "-b", "host")
    assert "[limits.microbyte] of" in outcome.stderr


def test_cycles_are_limited_by_bench(tiny: Path, here: Path) -> None:
    words = ("bench", tiny, "-b", "microbit", "--random", "1", "-q", "--json", "r.json")
    outcome = mcu_here(*words, "--limit", "cycles=1,instructions=900M")
    assert outcome.exit_code == 1, outcome.stderr
    [reason] = json.loads(Path("r.json").read_text())["reasons"]
    assert reason.startswith("cycles is ")
    assert reason.endswith("more than its limit of 1")


def test_a_benchmark_is_limited_by_what_an_inference_takes(tiny: Path, here: Path) -> None:
    model, board = read_model(tiny), load_board("netduinoplus2")
    project = generate_project([model], board, get_runtime("aot"), here / "p", Extras(benchmark=mlperf_tiny(model, "kws01")))
    flash_project(project, board)
    words = ("mlperf", "p", "--random", "1", "--inferences", "1", "-q", "--json", "r.json")
    succeed_here(*words, "--limit", "instructions=900M")
    outcome = mcu_here(*words, "--limit", "instructions=1")
    assert outcome.exit_code == 1, outcome.stderr
    assert json.loads(Path("r.json").read_text())["verdict"] == "fail"
    assert "instructions is " in outcome.stdout
    assert "more than its limit of 1" in outcome.stdout
