"""The same results as Markdown, JUnit XML and JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from mcu_toolkit.errors import UnknownNameError
from mcu_toolkit.report import NotRun
from mcu_toolkit.report.page.results import labelled
from mcu_toolkit.report.page.write import format_for, written_as
from tests.report.page.results import failing, report, run


def test_markdown_has_the_verdict_the_figures_and_no_markup_of_others() -> None:
    evil = replace(report(), notes=("see [this](http://x) @you <b>`x`</b> | a",))
    text = written_as(labelled([run(evil)]), "md")
    assert "## PASS: pets: netduinoplus2 computes exactly what tflm does" in text
    assert "| flash | 1,400 B |" in text
    assert "see \\[this\\](http://x) \\@you \\<b\\>\\`x\\`\\</b\\> \\| a" in text


def test_junit_has_a_case_a_question_and_counts_what_failed() -> None:
    made = replace(failing(), not_run=(NotRun("litert", "not installed"),), model_name="pe\x01ts")
    root = Xml.fromstring(written_as(labelled([run(), run(made, "new.json")]), "junit"))
    good, bad = root.findall("testsuite")
    assert (good.get("failures"), bad.get("failures"), bad.get("skipped")) == ("0", "3", "1")
    failures = {case.get("name"): case.find("failure") for case in bad.findall("testcase")}
    assert failures["device equals tflm"] is not None
    assert failures["layer 0 CONV_2D"].get("message") == "17 bytes differ"  # type: ignore[union-attr]
    assert failures["layer 1 CONV_2D"] is None


def test_json_is_the_page_as_a_record() -> None:
    whole = json.loads(written_as(labelled([run()]), "json"))
    assert whole["runs"][0]["verdict"] == "pass"
    assert {block["kind"] for section in whole["runs"][0]["sections"] for block in section["blocks"]} >= {"table", "graph", "arena", "tree"}


def test_the_format_is_that_of_the_option_else_of_the_name() -> None:
    assert format_for("junit", Path("x.html")) == "junit"
    assert [format_for(None, Path(f"x{end}")) for end in (".md", ".xml", ".json", ".HTML", "")] == ["md", "junit", "json", "html", "html"]
    assert format_for(None, None) == "html"
    with pytest.raises(UnknownNameError):
        format_for("pdf", None)
