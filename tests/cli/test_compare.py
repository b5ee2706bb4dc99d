"""`mcu compare` and `--baseline`, as a user or a CI job runs them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused, mcu, unprivileged
from tests.report.reports import report


def write(name: str, content: Any) -> str:
    Path(name).write_text(json.dumps(content))
    return name


def test_two_results_that_are_the_same(here: Path) -> None:
    write("a.json", report())
    outcome = succeed_here("compare", "a.json", "a.json", "--json", "c.json", "--junit", "c.xml")
    assert outcome.stdout.startswith("verdict: pass - nothing changed\n")
    found = json.loads(Path("c.json").read_text())
    assert (found["verdict"], found["step"], found["regressions"]) == ("pass", "compare", [])
    assert ET.parse("c.xml").getroot().find(".//failure") is None


def test_a_regression_is_a_no_in_every_form(here: Path) -> None:
    write("a.json", report())
    write("b.json", report(flash_bytes=60_000))
    outcome = mcu_here("compare", "a.json", "b.json", "--json", "-", "--junit", "c.xml", "--format", "md")
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith("### mcu compare: FAIL")
    found = json.loads(outcome.stdout)
    assert found["verdict"] == "fail"
    assert found["regressions"] == ["flash grew by 20.00 %, from 50,000 B to 60,000 B (not allowed: flash>+1%)"]
    assert ET.parse("c.xml").getroot().find(".//failure") is not None
    assert mcu_here("compare", "a.json", "b.json", "--fail-on", "flash>+25%").exit_code == 0


def test_the_models_of_a_project_are_compared_by_name(here: Path) -> None:
    first, second = report(), report(model={"name": "ad", "sha256": "c" * 64})
    write("a.json", {"schema_version": 2, "verdict": "pass", "reports": [first, second]})
    write("b.json", {"schema_version": 2, "verdict": "pass", "reports": [second, {**first, "ram_bytes": 20_000}]})
    outcome = mcu_here("compare", "a.json", "b.json")
    assert outcome.exit_code == 1
    assert outcome.stdout.count("ram grew by 100.00 %") == 1
    write("b.json", second)
    outcome = mcu_here("compare", "a.json", "b.json")
    assert outcome.exit_code == 1
    assert "missing: kws on netduinoplus2 is in the baseline and has no new report\n" in outcome.stdout
    outcome = succeed_here("compare", "b.json", "a.json")
    assert "new: kws on netduinoplus2 has no report in the baseline" in outcome.stdout


REFUSED = {
    "no file": (("compare", "none.json", "a.json"), "none.json: result not found"),
    "no json": (("compare", "text", "a.json"), "text: is not JSON"),
    "no report": (("compare", "list", "a.json"), "list: is not a result"),
    "an error": (("compare", "a.json", "error"), "error: holds no result, because the command failed: the board is silent"),
    "another version": (("compare", "a.json", "later"), "later: is a report of schema_version 99"),
    "a folder without": (("compare", "a.json", "."), "report.json: result not found"),
    "an unknown measure": (
        ("compare", "a.json", "a.json", "--fail-on", "flsh>+1%"),
        "unknown measure 'flsh'\n  expected: one of accuracy,",
    ),
    "an unknown format": (("compare", "a.json", "a.json", "--format", "pdf"), "unknown format 'pdf'"),
    "a rule without a baseline": (("deploy", "tiny.tflite", "--fail-on", "parity"), "--fail-on compares with a baseline"),
    "a baseline that is none": (("deploy", "tiny.tflite", "--baseline", "text"), "text: is not JSON"),
    "a baseline without the measure": (
        ("bench", "tiny.tflite", "--baseline", "a.json", "--fail-on", "latency>+1%"),
        "the baseline does not say latency",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_compared_is_refused_before_anything_runs(name: str, tiny: Path, here: Path) -> None:
    write("a.json", report())
    write("list", [1])
    write("later", report(schema_version=99))
    write("error", {"schema_version": 2, "verdict": "error", "message": "the board is silent"})
    Path("text").write_text("text")
    words, message = REFUSED[name]
    outcome = mcu_here(*words)
    assert outcome.exit_code == 2
    assert outcome.error.startswith(f"error: {message}"), outcome.error
    assert not Path("build").exists()


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_a_folder_that_may_not_be_written(option: str, here: Path) -> None:
    write("a.json", report())
    (here / "locked").mkdir(mode=0o555)
    outcome = mcu("compare", "a.json", "a.json", option, "locked/x", prefix=unprivileged())
    assert_refused(outcome, 2, "error: locked/x: cannot be written: permission denied\n  try: choose another output folder")
    assert not list((here / "locked").iterdir())


def test_a_deployment_is_held_against_an_earlier_one(tiny: Path, here: Path) -> None:
    words = ("-b", "host", "--random", "3", "-q", "-o", "out")
    succeed_here("deploy", tiny, *words, "--json", "a.json")
    first = json.loads(Path("a.json").read_text())
    outcome = succeed_here("deploy", tiny, *words, "--baseline", "out", "--json", "b.json")
    assert json.loads(Path("b.json").read_text())["difference"]["regressions"] == []
    assert "baseline" in outcome.stdout
    write("a.json", {**first, "flash_bytes": 10})
    outcome = mcu_here("deploy", tiny, *words, "--baseline", "a.json", "--json", "b.json")
    assert outcome.exit_code == 1
    found = json.loads(Path("b.json").read_text())
    assert found["verdict"] == "fail"
    assert found["reasons"] == found["difference"]["regressions"]
    assert found["reasons"][0].startswith("flash grew by ")
    assert mcu_here("deploy", tiny, *words, "--baseline", "a.json", "--fail-on", "parity").exit_code == 0


def test_a_damaged_report_is_named(here: Path) -> None:
    write("good.json", report())
    write("bad.json", report(flash_bytes="big"))
    said = "bad.json: a report is damaged: 'flash_bytes' is not a number"
    assert said in mcu_here("compare", "good.json", "bad.json").stderr
    assert said in mcu_here("compare", "bad.json", "good.json").stderr


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_what_is_compared_is_not_replaced(option: str, here: Path) -> None:
    write("a.json", report())
    before = write("b.json", report(flash_bytes=60_000)) and Path("b.json").read_text()
    outcome = mcu_here("compare", "a.json", "b.json", option, "b.json")
    assert outcome.exit_code == 2
    assert "would be overwritten" in outcome.stderr
    assert Path("b.json").read_text() == before
