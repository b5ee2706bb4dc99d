"""The page in a real browser: it draws, answers to mouse and keyboard, logs no error, and axe-core finds nothing serious."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mcu_toolkit.report import Report
from mcu_toolkit.report.page import libraries
from mcu_toolkit.report.page.compose import compose
from mcu_toolkit.report.page.render import to_html
from mcu_toolkit.report.page.results import labelled, read_results
from tests.browser import hear_errors, needs_chromium, started_browser
from tests.report.page.answers import DOCUMENTS
from tests.report.page.results import failing, report, run
from tests.report.page.test_render import hostile

pytestmark = [
    pytest.mark.slow,
    needs_chromium,
    pytest.mark.skipif(libraries.fetched() is None, reason="the page's libraries were not fetched: scripts/fetch_page_libraries.py"),
]
LIVE = "document.querySelectorAll('.drawing.live').length"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with started_browser() as started:
        yield started


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """`opened(results..., **context)`: the page of reports or files, which must log, load and ask nothing until the test ends."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_page(*results: Report | Path, with_libraries: bool = True, **options: Any) -> Any:
        file = tmp_path / "report.html"
        files = [one for one in results if isinstance(one, Path)]
        runs = (
            read_results(files) if files else labelled([run(one, f"{n}.json") for n, one in enumerate(results) if isinstance(one, Report)])
        )
        file.write_text(to_html(compose(runs), with_libraries=with_libraries), encoding="utf-8")
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        hear_errors(page, complaints)
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: complaints.append(request.url) if request.url.startswith("http") else None)
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def serious(page: Any) -> list[str]:
    """What axe-core finds that is serious or worse, with the elements."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")]


def test_charts_are_drawn_and_resized(opened: Open) -> None:
    page = opened(report(), viewport={"width": 1200, "height": 800})
    page.wait_for_function(f"{LIVE} >= 4")
    chart = page.locator(".drawing.live svg").first
    wide = chart.bounding_box()["width"]
    page.set_viewport_size({"width": 600, "height": 800})
    page.wait_for_function("before => document.querySelector('.drawing.live svg').getBoundingClientRect().width < before", arg=wide)


def test_a_click_on_an_operator_shows_what_is_known_of_it(opened: Open) -> None:
    page = opened(report())
    assert not page.locator(".node-details.open").count()
    page.get_by_role("button", name="1 CONV_2D").click()
    shown = page.locator(".node-details.open")
    assert shown.count() == 1
    assert "net/t1: 1x8x8x4 int8, scale 0.1" in shown.inner_text()
    assert shown.locator("svg").count() == 1, "the histogram of the weights"
    assert page.get_by_role("button", name="1 CONV_2D").get_attribute("aria-pressed") == "true"


def test_the_graph_can_be_walked_with_the_keyboard(opened: Open) -> None:
    page = opened(report())
    page.locator(".node").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator(".node-details.open h4").inner_text() == "1 CONV_2D"
    assert page.evaluate("document.querySelectorAll('.node[tabindex=\"0\"]').length") == 1


def test_search_counts_and_marks_and_shows_the_first(opened: Open) -> None:
    page = opened(report())
    page.get_by_label("Search").fill("NET/w")
    assert page.locator(".found").inner_text() == "2 found"
    assert page.locator(".node.hit").count() == 2
    assert page.locator(".node-details.open h4").inner_text() == "0 CONV_2D"


def test_nodes_are_coloured_by_the_measure_that_is_chosen(opened: Open) -> None:
    page = opened(failing())

    def colours() -> list[str]:
        found: list[str] = page.eval_on_selector_all(".node.operator rect", "all => all.map(one => getComputedStyle(one).fill)")
        return found

    page.get_by_label("Colour by").select_option(label="differing bytes")
    first, second, third = colours()
    assert first != second == third
    assert "17" in page.get_by_role("button", name="0 CONV_2D").locator(".subtitle").text_content()
    page.get_by_label("Colour by").select_option(label="nothing")
    assert len(set(colours())) == 1


def test_the_graph_is_zoomed_and_moved(opened: Open) -> None:
    page = opened(report())
    page.wait_for_timeout(200)
    node = page.get_by_role("button", name="0 CONV_2D")
    before = node.bounding_box()
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(500)
    assert node.bounding_box()["width"] > 1.1 * before["width"]
    page.get_by_role("button", name="Fit").click()
    page.wait_for_timeout(500)
    frame, fitted = page.locator(".canvas").bounding_box(), page.locator(".node").last.bounding_box()
    assert fitted["y"] + fitted["height"] <= frame["y"] + frame["height"] + 1


def test_branches_of_a_graph_do_not_lie_on_each_other(opened: Open) -> None:
    page = opened(report())
    boxes = page.eval_on_selector_all(
        ".node rect", "all => all.map(one => { const b = one.getBoundingClientRect(); return [b.top, b.bottom]; })"
    )
    ordered = sorted(boxes)
    assert all(below[0] >= above[1] for above, below in itertools.pairwise(ordered))


def test_runs_are_tabs(opened: Open) -> None:
    page = opened(report(), failing())
    assert page.locator("article.run:visible").count() == 1
    page.get_by_role("tab").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab").last.get_attribute("aria-selected") == "true"
    assert page.locator("article.run:visible .badge").inner_text() == "PASS"
    page.wait_for_function("[...document.querySelectorAll('article.run:not([hidden]) .drawing')].some(one => one.matches('.live'))")


WAYS_TO_LOOK = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}},
}
CUT = """all => all.filter(one => one.offsetParent !== null && one.scrollWidth > one.clientWidth + 1)
    .map(one => one.getAttribute("aria-label"))"""


@pytest.mark.parametrize("context", WAYS_TO_LOOK.values(), ids=WAYS_TO_LOOK)
def test_axe_finds_nothing_serious(context: dict[str, Any], opened: Open) -> None:
    page = opened(report(), failing(), **context)
    page.wait_for_function(f"{LIVE} >= 4")
    page.locator("article.run:visible .node.operator").first.click()
    assert serious(page) == []


@pytest.fixture
def result(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What a command wrote, by the kind of its page."""
    path = tmp_path / f"{request.param}.json"
    path.write_text(json.dumps(DOCUMENTS[request.param](tmp_path)), encoding="utf-8")
    return path


@pytest.mark.parametrize("context", WAYS_TO_LOOK.values(), ids=WAYS_TO_LOOK)
@pytest.mark.parametrize("result", DOCUMENTS, indirect=True)
def test_axe_finds_nothing_serious_on_any_kind_of_page(result: Path, context: dict[str, Any], opened: Open) -> None:
    page = opened(result, **context)
    page.wait_for_function("document.querySelectorAll('[data-chart]').length === document.querySelectorAll('.drawing.live').length")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls down only"


@pytest.mark.parametrize("result", DOCUMENTS, indirect=True)
def test_no_table_is_cut_off_on_a_wide_screen(result: Path, opened: Open) -> None:
    page = opened(result, viewport={"width": 1280, "height": 900})
    assert page.locator("table:visible").count(), "what a page is about is not folded away"
    assert page.eval_on_selector_all(".scroll", CUT) == []


@pytest.mark.parametrize("result", ["explain"], indirect=True)
def test_long_names_beside_bars_are_shortened_not_cut(result: Path, opened: Open) -> None:
    page = opened(result, viewport={"width": 1280, "height": 900})
    page.wait_for_function(f"{LIVE} == 1")
    left = page.locator(".drawing.live").bounding_box()["x"]
    texts = page.eval_on_selector_all(".drawing.live text", "all => all.map(one => [one.textContent, one.getBoundingClientRect().left])")
    assert any("..." in text for text, _ in texts)
    assert min(start for _, start in texts) >= left


@pytest.mark.parametrize("result", ["stream"], indirect=True)
def test_lines_of_several_series_have_a_legend(result: Path, opened: Open) -> None:
    page = opened(result)
    assert page.locator(".legend").first.locator("li").all_inner_texts() == ["silence", "yes", "no"]


def test_a_phone_scrolls_down_only(opened: Open) -> None:
    page = opened(report(), failing(), viewport={"width": 360, "height": 740})
    page.wait_for_function(f"{LIVE} >= 2")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_a_program_everything_is_there(opened: Open) -> None:
    page = opened(report(), java_script_enabled=False)
    assert page.locator(".node-details:visible").count() == 5
    assert page.locator("svg.static:visible").count() >= 5
    assert not page.locator(".tools:visible").count()


def test_a_static_page_answers_too(opened: Open) -> None:
    page = opened(report(), with_libraries=False)
    page.get_by_role("button", name="1 CONV_2D").click()
    assert page.locator(".node-details.open").count() == 1
    assert serious(page) == []


def test_hostile_names_do_nothing(opened: Open) -> None:
    page = opened(hostile())
    page.wait_for_function(f"{LIVE} >= 2")
    page.locator(".node.operator").first.click()
    page.get_by_label("Search").fill("<img")
    assert page.locator("img[src='x']").count() == 0


def test_on_paper_it_is_light_and_whole(opened: Open) -> None:
    page = opened(report(), color_scheme="dark")
    page.wait_for_function(f"{LIVE} >= 2")
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_timeout(300)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    inks = page.eval_on_selector_all(".drawing.live text", "all => all.map(one => one.getAttribute('fill'))")
    assert inks
    assert "#a3adba" not in inks, "the soft ink of the dark page"
    assert page.pdf(format="A4").startswith(b"%PDF")
