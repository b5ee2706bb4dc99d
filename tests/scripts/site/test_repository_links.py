"""Links that leave docs/ lead to copies in the site."""

from __future__ import annotations

import pytest

from scripts.site.repository_links import files_of_others, place_in_repository, place_in_site, rewritten


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        ("docs/README.md", "README.md"),
        ("docs/how-to/app.md", "how-to/app.md"),
        ("CONTRIBUTING.md", "repository/CONTRIBUTING.md"),
        ("boards/README.md", "repository/boards/README.md"),
    ],
)
def test_every_file_has_one_place_in_the_site(repository: str, site: str) -> None:
    assert place_in_site(repository) == site
    assert place_in_repository(site) == repository


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("docs/README.md", "how-to/app.md", "how-to/app.md"),
        ("docs/README.md", "../boards/README.md", "repository/boards/README.md"),
        ("docs/how-to/ci.md", "../../ci/Dockerfile", "../repository/ci/Dockerfile"),
        ("docs/how-to/ci.md", "../../CONTRIBUTING.md#style", "../repository/CONTRIBUTING.md#style"),
        ("boards/README.md", "../docs/how-to/adding-a-core.md", "../../how-to/adding-a-core.md"),
        ("CONTRIBUTING.md", "LICENSE", "LICENSE"),
        ("CONTRIBUTING.md", "docs/glossary.md", "../glossary.md"),
        ("docs/README.md", "https://example.org/a.md", "https://example.org/a.md"),
        ("docs/README.md", "#tutorial", "#tutorial"),
        ("docs/README.md", "../gone.md", "../gone.md"),
    ],
)
def test_a_link_leads_to_the_same_file_in_the_site(page: str, link: str, expected: str) -> None:
    assert rewritten(f"see [this]({link}).", page) == f"see [this]({expected})."


def test_code_is_left_as_it_is() -> None:
    text = "[a](../boards/README.md) `[b](../boards/README.md)`\n```md\n[c](../boards/README.md)\n```\n"
    assert rewritten(text, "docs/README.md") == text.replace("[a](../", "[a](repository/")


def test_pages_of_other_folders_bring_what_they_link_to() -> None:
    """CONTRIBUTING.md is linked from docs/README.md, and LICENSE only from there."""
    found = files_of_others(iter(["docs/README.md"]))
    assert {"CONTRIBUTING.md", "LICENSE", "boards/README.md"} <= set(found)
    assert not [path for path in found if path.startswith("docs/")]
