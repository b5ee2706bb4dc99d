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
_PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+/?)`")
_SEEN_FROM = (
    ".", "mcu_toolkit", "mcu_toolkit/runtimes", "mcu_toolkit/runtimes/aot",
    "firmware_templates", "firmware_templates/runtimes/aot", "firmware_templates/platforms/baremetal",
)  # fmt: skip
"""Pages about a part of the tree name its files as seen from there."""
_NOT_OURS = (
    "src/",
    "build/",
    "example/",
    ".pio/",
    ".venv/",
    "benchmark/",
    "pets/",
    "schemes/",
    "judged/",
    "out/",
    ".pytest_cache/",
    "../shared/",
)
"""Folders of generated projects, exports and trainings, of what is built or put beside the checkout, and of mlcommons/tiny."""


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


def test_paths_on_the_pages_lead_to_files(files: list[Path]) -> None:
    missing = []
    for page in (path for path in files if path.suffix == ".md"):
        for name in _PATH.findall(text_of(page)):
            places = (page.parent, *(ROOT / base for base in _SEEN_FROM))
            if not name.startswith(_NOT_OURS) and not any((place / name).exists() for place in places):
                missing.append((str(page.relative_to(ROOT)), name))
    assert not missing


def test_modules_that_the_pages_run_are_there(files: list[Path]) -> None:
    pages = {path: text_of(path) for path in files if path.suffix == ".md"}
    run = {(page, name) for page, text in pages.items() for name in re.findall(r"python -m ((?:scripts|benchmarks|tests)[\w.]*\w)", text)}
    assert len(run) > 5
    assert not [name for _, name in run if not (ROOT / (name.replace(".", "/") + ".py")).is_file()]
