"""What MkDocs calls while it builds the site: pages are added, and links that leave docs/ are turned."""

from __future__ import annotations

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from scripts.site.markdown import with_lists_apart
from scripts.site.pages import generated_pages
from scripts.site.repository_links import ROOT, files_of_others, place_in_repository, place_in_site, rewritten


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the generated reference, and the files of other folders that pages link to."""
    written = [file.src_uri for file in files.documentation_pages()]
    for name, content in generated_pages().items():
        files.append(File.generated(config, name, content=content))
    for path in files_of_others(f"docs/{name}" for name in written):
        files.append(File.generated(config, place_in_site(path), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """The page's text with links that lead somewhere in the site, in MkDocs' dialect."""
    return with_lists_apart(rewritten(markdown, place_in_repository(page.file.src_uri)))
