"""`mcu report` as people run it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mcu_toolkit.pipeline.report import write_page
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.report import to_document, to_json
from mcu_toolkit.system.json_table import JsonTable
from tests.cli.running import assert_refused, mcu, succeed, unprivileged
from tests.cli.test_full_disk import NO_ROOM, disk
from tests.report.page.results import failing, report


@pytest.fixture
def results(here: Path) -> Path:
    (here / "good.json").write_text(to_json(report()), encoding="utf-8")
    (here / "bad.json").write_text(to_json(failing()), encoding="utf-8")
    return here


def test_a_page_is_written_and_each_run_named(results: Path) -> None:
    done = succeed("report", "good.json", "bad.json", "--json", "r.json", cwd=results)
    assert "pass  good\nfail  bad\n" in done.stdout
    assert "page: report.html" in done.stdout
    text = (results / "report.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "What changed" in text
    facts = json.loads((results / "r.json").read_text(encoding="utf-8"))
    assert [(run["label"], run["verdict"]) for run in facts["runs"]] == [("good", "pass"), ("bad", "fail")]


def test_other_forms_go_to_standard_output_or_by_the_name_of_the_file(results: Path) -> None:
    assert succeed("report", "good.json", "--format", "md", cwd=results).stdout.startswith("# pets")
    assert succeed("report", "bad.json", "--format", "junit", "-o", "-", cwd=results).stdout.startswith("<?xml")
    succeed("report", "good.json", "-o", "out.xml", cwd=results)
    assert "<testsuites" in (results / "out.xml").read_text(encoding="utf-8")


def test_a_static_page_is_small(results: Path) -> None:
    succeed("report", "good.json", "--static", "-o", "small.html", cwd=results)
    assert (results / "small.html").stat().st_size < 200_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.json",), "nothing.json: result not found"),
        (("good.json", "-o", "good.json"), "good.json: is a result, and would be overwritten"),
        (("good.json", "-o", "x.pdf"), "x.pdf: a report has no format .pdf"),
        (("good.json", "--format", "pdf"), "unknown format 'pdf'"),
        (("half.json",), "half.json: is not JSON"),
        ((), "Missing argument"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(words: tuple[str, ...], said: str, results: Path) -> None:
    (results / "half.json").write_text(to_json(report())[:500], encoding="utf-8")
    before = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    done = mcu("report", *words, cwd=results)
    assert done.exit_code == 2
    assert said in done.stderr
    assert {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()} == before


def test_a_page_that_cannot_be_written_is_a_remark(tmp_path: Path) -> None:
    notes: list[str] = []

    class Told(Silent):
        def note(self, text: str) -> None:
            notes.append(text)

    (tmp_path / "report.html").symlink_to(os.devnull)
    assert write_page(tmp_path, "report.html", [to_json(report())], Told()) is None
    assert "no page of the result: is a link" in notes[0]
    assert write_page(tmp_path, "other.html", [to_json(report())], Told()) == tmp_path / "other.html"


def test_a_page_shows_what_changed_since_a_baseline(tmp_path: Path) -> None:
    page = write_page(tmp_path, "report.html", [to_json(failing())], Silent(), before=[JsonTable(to_document(report()))])
    assert page is not None
    text = page.read_text(encoding="utf-8")
    assert "From baseline to report." in text
    assert "2 samples changed class" in text


def test_a_full_disk_is_said_and_no_half_page_stays(results: Path) -> None:
    done = mcu("report", "good.json", "-o", "disk/r.html", prefix=disk("size=8k"))
    assert done.error.startswith(f"error: disk/r.html: {NO_ROOM}")
    assert done.exit_code == 3
    assert done.error.splitlines()[2:] == [], "nothing is on the disk"


def test_a_folder_that_may_not_be_written_is_said(results: Path) -> None:
    (results / "locked").mkdir(mode=0o555)
    message = "error: locked/r.html: cannot be written: permission denied\n  try: choose another output folder"
    assert_refused(mcu("report", "good.json", "-o", "locked/r.html", prefix=unprivileged()), 2, message)
