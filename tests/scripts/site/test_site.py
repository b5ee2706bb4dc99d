"""The site as it is built: complete, and the same in MkDocs' Markdown as in the repository's."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.test_repository import ROOT, text_of, tracked

pytestmark = pytest.mark.slow
COUNTED = ("h1", "h2", "h3", "table", "tr", "li", "pre", "img")


class Tags(HTMLParser):
    """How often each element occurs in the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = dict.fromkeys(COUNTED, 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.counts:
            self.counts[tag] += 1


def counts(html: str) -> dict[str, int]:
    parser = Tags()
    parser.feed(html)
    return parser.counts


def article(page: Path) -> str:
    """The text of a page of the site, without navigation."""
    return page.read_text(encoding="utf-8").split("<article", 1)[1].split("</article>", 1)[0]


def built(site: Path, page: Path) -> Path:
    inside = page.relative_to(ROOT / "docs")
    return site / (inside.with_name("index.html") if inside.name == "README.md" else inside.with_suffix(".html"))


def pages() -> list[Path]:
    found = [path for path in tracked() if path.suffix == ".md" and ROOT / "docs" in path.parents]
    if not found:
        pytest.skip("not a git checkout")
    return found


def test_every_page_reads_as_in_the_repository(site: Path) -> None:
    """Headings, tables, lists, blocks and pictures: CommonMark, which repositories show, and Python-Markdown differ in what begins one."""
    commonmark = MarkdownIt("commonmark").enable("table")
    different = {}
    for page in pages():
        here, there = counts(commonmark.render(text_of(page))), counts(article(built(site, page)))
        if here != there:
            different[page.name] = {tag: (here[tag], there[tag]) for tag in COUNTED if here[tag] != there[tag]}
    assert not different


def test_no_page_asks_for_anything_of_another_place(site: Path) -> None:
    """Scripts, styles, fonts and pictures; links to click on may lead out."""
    loaded = re.compile(r'<(?:script|img|iframe|source)[^>]+src="?(https?:)?//|<link[^>]+href="?(https?:)?//|url\((https?:)?//|@import')
    texts = {path: path.read_text(encoding="utf-8") for path in site.rglob("*") if path.suffix in {".html", ".css", ".svg"}}
    assert len(texts) > 60
    assert not [path for path, text in texts.items() if loaded.search(text)]


def test_pages_of_other_folders_are_there(site: Path) -> None:
    for page in ("CONTRIBUTING.html", "boards/index.html", "firmware_templates/index.html", "CHANGELOG.html"):
        assert "<article" in (site / "repository" / page).read_text(encoding="utf-8")
    assert (site / "repository/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    """The same settings, on two pages of which one is wrong."""
    pytest.importorskip("mkdocs", reason="mkdocs is not installed: make setup-dev")
    from tests.scripts.site.conftest import build_site

    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/README.md").write_text("# A\n[gone](#gone)\n")
    shutil.copytree(ROOT / "docs/assets", tmp_path / "docs/assets")
    settings = (ROOT / "mkdocs.yml").read_text().split("\nnav:")[0].replace("hooks:", "# hooks:")
    (tmp_path / "mkdocs.yml").write_text(settings)
    done = build_site(tmp_path / "site", "-f", str(tmp_path / "mkdocs.yml"))
    assert done.returncode == 1
    assert "#gone" in done.stderr
