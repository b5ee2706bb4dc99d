"""The site in a real browser, from files, with the network off: it is read, searched and walked through, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import hear_errors, needs_chromium, started_browser

pytestmark = [pytest.mark.slow, needs_chromium]
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 390, "height": 800}
SAMPLE = ("index.html", "tutorial/first-inference.html", "performance.html", "reference/commands.html", "reference/messages.html")
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with started_browser() as started:
        yield started


@pytest.fixture
def opened(browser: Any, site: Path) -> Iterator[Open]:
    """`opened(path, viewport, **context)`: a page of the site.  Until the test ends it logs no error, and no request fails or leaves."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_page(path: str, viewport: dict[str, int], **options: Any) -> Any:
        contexts.append(browser.new_context(viewport=viewport, offline=True, **options))
        page = contexts[-1].new_page()
        hear_errors(page, complaints)
        page.on("requestfailed", lambda request: None if _was_given_up(request) else complaints.append(f"failed: {request.url}"))
        page.on("request", lambda request: None if request.url.startswith(site.as_uri()) else complaints.append(request.url))
        page.goto((site / path).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def _was_given_up(request: Any) -> bool:
    """The browser itself ended it, as the page was left or closed meanwhile: its own icon, on a machine with other work."""
    return bool(request.failure == "net::ERR_ABORTED")


def serious(page: Any) -> list[str]:
    """What axe-core finds that is serious or worse; it would load styles once more, which no page that is a file may do."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_pages_are_read_without_an_error(viewport: dict[str, int], opened: Open, site: Path) -> None:
    page = opened(SAMPLE[0], viewport)
    for path in SAMPLE:
        page.goto((site / path).as_uri())
        assert page.locator("article h1").count() == 1
        page.wait_for_function("document.querySelectorAll('.md-typeset__scrollwrap:not([tabindex])').length === 0")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} is wider than the window"
        assert not serious(page), path


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_search_finds_words_and_leads_to_them(viewport: dict[str, int], opened: Open) -> None:
    page = opened("tutorial/first-inference.html", viewport)
    if viewport is NARROW:
        page.locator("label.md-header__button[for=__search]").click()
    page.locator("[data-md-component=search-query]").click()
    page.keyboard.type("high-water mark")
    found = page.locator(".md-search-result__link", has_text="Glossary")
    found.first.click()
    page.wait_for_url("**/glossary.html*")
    assert "high-water mark" in page.locator("article").inner_text()


def test_links_lead_from_page_to_page_and_out_of_docs(opened: Open) -> None:
    page = opened("index.html", WIDE)
    page.locator("article a", has_text="boards/README.md").click()
    page.wait_for_url("**/repository/boards/index.html")
    page.locator("article a", has_text="adding-a-core").first.click()
    page.wait_for_url("**/how-to/adding-a-core.html")


def test_colours_are_dark_where_the_reader_wants_it(opened: Open) -> None:
    page = opened("reference/commands.html", WIDE, color_scheme="dark")
    page.wait_for_function("document.body.getAttribute('data-md-color-scheme') === 'slate'")
    assert not serious(page)
