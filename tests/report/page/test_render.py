"""The page is one file that loads nothing; no text of a result becomes markup; without its libraries it is static and says so."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import Comparison, Level
from mcu_toolkit.report import Report
from mcu_toolkit.report.page import libraries
from mcu_toolkit.report.page.compose import compose
from mcu_toolkit.report.page.render import to_html
from mcu_toolkit.report.page.results import labelled
from mcu_toolkit.report.page.run import Run, SchemeRow
from tests.report.page.results import details, failing, graph, report, run

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"`{{7*7}}\u202e&amp;"
MAX_BYTES = 4_000_000


class Elements(html.parser.HTMLParser):
    """What a browser would find: elements with their attributes, and the text of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._in_script = tag == "script" and dict(attrs).get("type") is None
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data


def hostile() -> Report:
    """A report in which every text comes from somebody who wishes us ill."""
    drawn = graph()
    nodes = tuple(replace(node, operator=HOSTILE, options={HOSTILE: HOSTILE}) for node in drawn.nodes)
    tensors = tuple(replace(tensor, name=HOSTILE, dtype=HOSTILE) for tensor in drawn.tensors)
    made = replace(details(), graph=replace(drawn, nodes=nodes, tensors=tensors), class_names=(HOSTILE, HOSTILE), data=HOSTILE)
    return replace(
        report(),
        model_name=HOSTILE,
        board=HOSTILE,
        runtime=HOSTILE,
        golden=HOSTILE,
        notes=(HOSTILE,),
        unknown={HOSTILE: HOSTILE},
        accuracy={HOSTILE: 0.5},
        comparisons=(Comparison(HOSTILE, HOSTILE, 1, 1, 1, 1, Level.DIFFERENT),),
        layers=tuple(replace(layer, operator=HOSTILE, kernel_variant=HOSTILE) for layer in report().layers),
        details=made,
    )


def page(*reports: Report, with_libraries: bool = False) -> str:
    return to_html(compose(labelled([run(one, f"{n}.json") for n, one in enumerate(reports)])), with_libraries=with_libraries)


def test_hostile_texts_stay_texts() -> None:
    friendly, evil = Elements(page(report())), Elements(page(hostile()))
    assert {tag for tag, _ in evil.found} == {tag for tag, _ in friendly.found}
    assert len(evil.scripts) == len(friendly.scripts) == 1
    assert not any(
        name.startswith("on") or (name == "href" and not (value or "").startswith("#")) for _, a in evil.found for name, value in a.items()
    )
    assert "{{7*7}}" in page(hostile())
    assert "\u202e" not in page(hostile()), "a letter that reverses the line is spelled out"


def test_data_cannot_end_the_element_it_stands_in() -> None:
    text = page(hostile())
    inside = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)
    assert inside is not None
    assert not set("<>&") & set(inside[1])
    assert HOSTILE.split("\u202e", maxsplit=1)[0] in json.dumps(json.loads(inside[1]), ensure_ascii=False).replace('\\"', '"')


def test_only_our_scripts_may_run_and_nothing_is_loaded() -> None:
    found = Elements(page(report()))
    policy = next(a["content"] for tag, a in found.found if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    for script in found.scripts:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    loading = [
        (tag, a)
        for tag, a in found.found
        for name, value in a.items()
        if name in ("src", "href", "srcset") and not (value or "").startswith(("#", "data:image/png;base64,"))
    ]
    assert not loading
    assert not {"link", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in found.found}


def test_without_libraries_the_page_says_so_and_has_pictures_and_tables() -> None:
    text = page(report())
    assert "static pictures and tables" in text
    assert text.count('class="static"') >= 4
    assert "Confusion matrix of device" in text
    assert len(text) < 300_000


def test_every_operator_and_its_details_are_in_the_page_without_a_program() -> None:
    text = page(report())
    for words in ("1 CONV_2D", "net/t1: 1x8x8x4 int8, scale 0.1, zero point -3", "4, 0.001 to 0.02", "Values of net/w"):
        assert words in text


@pytest.mark.skipif(libraries.fetched() is None, reason="the page's libraries were not fetched: scripts/fetch_page_libraries.py")
def test_with_libraries_a_large_page_stays_small_enough_and_names_them() -> None:
    def deep(layers: int) -> Report:
        return replace(report(layers), details=details(layers))

    text = page(*[deep(120)] * 6, with_libraries=True)
    assert len(text.encode()) < MAX_BYTES
    assert text.count('class="run"') == 6
    assert len(page(deep(1000), with_libraries=True).encode()) < MAX_BYTES
    for one in libraries.wanted():
        assert f"{one.name} {one.version} ({one.licence})" in text
    assert "Licences of these libraries" in text
    assert "static pictures and tables" not in text


def test_a_library_that_is_not_what_its_hash_says_is_not_used(tmp_path: Path) -> None:
    for one in libraries.wanted():
        (tmp_path / one.kept).write_bytes(libraries.packed(b"alert(1)"))
    assert libraries.fetched(tmp_path) is None
    assert libraries.fetched(tmp_path / "nowhere") is None


def test_each_heading_and_id_is_there_once() -> None:
    rows = (SchemeRow("int8", "int8", 1, 1.0, 0.5, None, (), (), None),)
    schemes = [Run(f"{n}.json", "schemes", schemes=rows) for n in range(2)]
    runs = labelled([run(report(), "a.json"), run(failing(), "b.json"), *schemes])
    found = Elements(to_html(compose(runs), with_libraries=False))
    ids = [a["id"] for _, a in found.found if "id" in a]
    assert len(ids) == len(set(ids))
    assert sum(tag == "h1" for tag, _ in found.found) == 1
