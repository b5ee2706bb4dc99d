"""Results as JUnit XML: a suite a result, a test case a question that it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from mcu_toolkit.report.page.run import Run
from mcu_toolkit.runners import roles

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Letters that XML 1.0 has no way to write (section 2.2)."""


def to_junit(runs: Sequence[Run]) -> str:
    """The XML text; what was compared without being judged has no test case of its own."""
    suites = Xml.Element("testsuites")
    for run in runs:
        suite = Xml.SubElement(suites, "testsuite", name=_xml(run.label))
        for name, failure in _cases(run):
            case = Xml.SubElement(suite, "testcase", classname=_xml(run.label), name=_xml(name))
            if failure:
                Xml.SubElement(case, "failure", message=_xml(failure.splitlines()[0])).text = _xml(failure)
        for one in run.not_run:
            case = Xml.SubElement(suite, "testcase", classname=_xml(run.label), name=_xml(f"{one.runner} runs"))
            Xml.SubElement(case, "skipped", message=_xml(one.why))
        _count(suite)
    _count(suites)
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suites, encoding="unicode") + "\n"


def _cases(run: Run) -> list[tuple[str, str]]:
    """(name, why it failed): the verdict, every comparison that is judged, every layer that was, every cell of a matrix."""
    cases = [("verdict", "" if run.verdict == "pass" else "\n".join(run.reasons) or "the verdict is fail")]
    for found in run.comparisons:
        if found.a in roles.must_be_equal():
            said = next((reason for reason in run.reasons if reason.startswith(f"{found.a} differs from {found.b} ")), "")
            cases.append((f"{found.a} equals {found.b}", said))
    for layer in run.layers:
        if layer.differing_bytes is not None:
            wrong = f"{layer.differing_bytes:,} bytes differ" if layer.differing_bytes else ""
            cases.append((f"layer {layer.index} {layer.operator}", wrong))
    for cell in run.matrix:
        cases.append((cell.name, "" if cell.verdict == "pass" else "\n".join(cell.reasons) or cell.verdict))
    return cases


def _count(element: Xml.Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    element.set("failures", str(len(list(element.iter("failure")))))
    element.set("skipped", str(len(list(element.iter("skipped")))))


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
