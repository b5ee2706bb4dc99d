"""Results in a notebook: what they say, and that no text of others becomes markup."""

from __future__ import annotations

import dataclasses
from html.parser import HTMLParser

import pytest

from mcu_toolkit.artifacts import Comparison, Footprint, Level
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report import LayerReport, NotRun, Report

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e&\"'"
ALLOWED = {"div", "b", "table", "tr", "th", "td", "ul", "li", "details", "summary", "pre", "code"}


@dataclasses.dataclass(frozen=True)
class Row:
    """Of a table."""

    name: str
    bytes: int | None


@dataclasses.dataclass(frozen=True)
class Facts:
    """A record as steps have them."""

    label: str
    rows: tuple[Row, ...]


class Tags(HTMLParser):
    """The elements, their attributes and the text of some HTML; refuses elements that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile_report() -> Report:
    comparison = Comparison("device", "tflm", 3, 1, 2, 1, Level.WITHIN_LSB)
    return Report(
        "fail",
        HOSTILE,
        "0" * 64,
        "tflm",
        board=HOSTILE,
        runtime="aot",
        comparisons=(comparison,),
        reasons=(HOSTILE,),
        notes=(HOSTILE,),
        not_run=(NotRun("litert", HOSTILE),),
        footprint=Footprint(2048, 512, 1024, 1024, 0, 512, 256),
        layers=(LayerReport(0, HOSTILE, 1000),),
    )


def hostile_step() -> StepResult[Facts]:
    return StepResult("fit", (HOSTILE, "second line"), Facts(HOSTILE, (Row(HOSTILE, 1234), Row("b", None))), next_command=HOSTILE)


@pytest.mark.parametrize("text", [hostile_report()._repr_html_(), hostile_step()._repr_html_()], ids=["report", "step"])
def test_no_text_becomes_markup_or_reaches_a_terminal(text: str) -> None:
    tags = Tags(text)
    assert tags.seen <= ALLOWED
    assert tags.attributes <= {"class", "style"}
    assert "<script>alert(1)</script>" in tags.text
    assert "\\x1b[31m\\u202e" in tags.text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_report_says_verdict_figures_and_comparisons() -> None:
    text = Tags(hostile_report()._repr_html_()).text
    assert "fail" in text
    assert "2,048 B: code 1,024 B, weights 1,024 B" in text
    assert "within-lsb" in text


def test_a_step_says_its_lines_and_its_tables() -> None:
    tags = Tags(hostile_step()._repr_html_())
    assert "second line" in tags.text
    assert "1,234" in tags.text
    assert {"pre", "table", "details"} <= tags.seen


def test_what_is_long_is_cut_and_says_so() -> None:
    many = StepResult("fit", tuple(map(str, range(300))), Facts("x" * 500, tuple(Row("r", n) for n in range(60))))
    text = Tags(many._repr_html_()).text
    assert "... and 100 more lines" in text
    assert "... and 10 more" in text
    assert "x" * 300 + "..." in text
    assert "x" * 301 not in text


def test_a_prompt_shows_a_line() -> None:
    assert repr(StepResult("fit", ("one", "two"), None)) == "<StepResult fit: pass; one>"
    shown = Report("fail", "m", "0" * 64, "tflm", reasons=("a", "b", "c", "d"))
    assert repr(shown) == "<Report fail: m on this machine; a; b; c>"
