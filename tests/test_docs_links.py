"""Every link in a page leads somewhere, headings included, and every page that a file names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_repository import ROOT, text_of, tracked

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_NAMED_PAGE = re.compile(r"(?<![\w./-])docs/[\w/.-]*\w\.(?:md|json)")
_TEXTS = {".md", ".py", ".c", ".h", ".j2", ".toml"}


@pytest.fixture(scope="module")
def files() -> list[Path]:
    found = tracked()
    if not found:
        pytest.skip("not a git checkout")
    return found


def headings(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them: of equal headings the second ends in `-1`."""
    anchors: list[str] = []
    for heading in re.findall(r"^#+ (.+)$", _FENCE.sub("", page), re.MULTILINE):
        shown = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading)
        anchors.append(re.sub(r"[^\w\- ]", "", shown.lower()).strip().replace(" ", "-"))
    return {
        anchor if anchor not in anchors[:index] else f"{anchor}-{anchors[:index].count(anchor)}" for index, anchor in enumerate(anchors)
    }


def broken_links(path: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    found = []
    text = text_of(path)
    for link in _LINK.findall(_FENCE.sub("", text)):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        page = path.parent / target if target else path
        if not page.exists() or (anchor and anchor not in headings(text_of(page))):
            found.append(link)
    return found


def test_links_lead_to_files_and_headings(files: list[Path]) -> None:
    pages = [path for path in files if path.suffix == ".md"]
    assert len(pages) > 30
    assert not {str(page.relative_to(ROOT)): links for page in pages if (links := broken_links(page))}


def test_a_broken_link_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `b` c\n## Same\n## Same\n[1](#a-b-c) [2](#same-1) [3](gone.md) [4](#gone) [5](page.md#same) [6](https://example.org/x)\n"
    )
    assert broken_links(page) == ["gone.md", "#gone"]


def test_pages_that_files_name_are_there(files: list[Path]) -> None:
    """`docs/how-to/app.md` in a message, a comment or another page: where it says so, it has to be."""
    missing = []
    for path in files:
        if path.suffix in _TEXTS and path != Path(__file__):
            text = text_of(path)
            missing += [(str(path.relative_to(ROOT)), name) for name in _NAMED_PAGE.findall(text) if not (ROOT / name).exists()]
    assert not missing


def test_the_index_lists_every_page(files: list[Path]) -> None:
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in _LINK.findall(index) if "://" not in link}
    pages = {path for path in files if path.suffix == ".md" and ROOT / "docs" in path.parents and "troubleshooting" not in path.parts}
    assert pages - linked - {ROOT / "docs/README.md"} == set()
