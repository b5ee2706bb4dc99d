"""Differences as text, Markdown and JUnit XML: complete, narrow enough, and harmless whatever a model is called."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from mcu_toolkit.report.difference import Difference, difference
from mcu_toolkit.report.difference_views import difference_junit, difference_markdown, difference_text
from mcu_toolkit.report.fail_on import default_fail_on
from mcu_toolkit.system.json_table import JsonTable
from tests.report.reports import BASE, report, with_parity

HOSTILE = "</testcase>\x1b[31m`|<img src=x onerror=alert(1)>\n@everyone ![](http://x)\x00\ufffe"


def of(new: dict[str, object]) -> Difference:
    return difference(JsonTable(BASE), JsonTable(new), default_fail_on())


def test_the_text_says_the_verdict_first_and_fits_a_terminal() -> None:
    lines = difference_text([of(report(flash_bytes=60_000))])
    assert lines[0] == "verdict: FAIL - 1 regression"
    assert lines[1] == "  flash grew by 20.00 %, from 50,000 B to 60,000 B (not allowed: flash>+1%)"
    [flash] = [line.split() for line in lines if line.startswith("flash")]
    assert flash == ["flash", "50,000", "B", "60,000", "B", "+20.00", "%", "+1%", "REGRESSION"]
    assert max(map(len, lines)) <= 80
    assert difference_text([of(report())])[0] == "verdict: pass - nothing changed"
    assert difference_text([of(report(flash_bytes=1))])[0] == "verdict: pass - nothing got worse by more than is allowed"


def test_parity_is_a_line_and_layers_are_a_table() -> None:
    layers = [{**BASE["layers"][0], "scheme": "portable"}, BASE["layers"][1]]
    lines = difference_text([of({**with_parity("different", 3), "layers": layers})])
    assert "parity  device byte-equal -> device different, 3 LSB  REGRESSION" in lines
    assert any(line.split() == ["0", "CONV_2D", "dsp", "->", "portable", "1,300,000", "1,300,000", "+0.00", "%"] for line in lines)


def test_many_layers_are_counted() -> None:
    layers = [{"index": number, "operator": "ADD", "instructions": 10} for number in range(30)]
    base = report(layers=[{**layer, "instructions": 20} for layer in layers])
    lines = difference_text([difference(JsonTable(base), JsonTable(report(layers=layers)), default_fail_on())])
    assert "and 22 more layers that changed" in lines


def test_a_build_server_gets_a_case_for_each_measure() -> None:
    root = ET.fromstring(difference_junit([of(report(flash_bytes=60_000, verdict="fail", reasons=["no"]))]))
    [suite] = root
    cases = {case.get("name"): case for case in suite}
    assert suite.get("name") == "kws on netduinoplus2 aot"
    assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), "2")
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    assert failed == {"flash", "verdict"}
    assert cases["flash"].find("failure").get("message", "").startswith("flash grew by 20.00 %")  # type: ignore[union-attr]


def test_a_comment_has_a_table_and_the_reasons() -> None:
    text = difference_markdown([of(report(flash_bytes=60_000))])
    assert text.startswith("### mcu compare: FAIL - 1 regression\n\n**`kws on netduinoplus2 aot`**\n")
    assert "| `flash` | `50,000 B` | `60,000 B` | `+20.00 %` | `+1%` | `REGRESSION` |" in text
    assert "- **regression**: `flash grew by 20.00 %" in text


def test_names_of_strangers_do_nothing() -> None:
    layers = [{**BASE["layers"][0], "operator": HOSTILE}, BASE["layers"][1]]
    found = of(report(model={"name": HOSTILE, "sha256": HOSTILE}, board=HOSTILE, layers=layers, verdict="fail", reasons=[HOSTILE]))
    xml = difference_junit([found])
    [suite] = ET.fromstring(xml)
    assert "\x1b" not in xml
    assert "\x00" not in xml
    assert "</testcase>\\x1b[31m" in (suite.get("name") or "")
    markdown = difference_markdown([found])
    for line in markdown.splitlines():
        outside = line.replace("\\|", "").split("`")[::2]
        assert not any(word in part for part in outside for word in ("<img", "@everyone", "http", "\x1b"))
        assert line.count("`") % 2 == 0
    assert all(line.isprintable() for line in difference_text([found]))
