"""Links that leave docs/: pages of other folders come along into the site, so that a link works there as in the repository.

In the site they stand below `repository/`, with their path in the repository: `boards/README.md` is `repository/boards/README.md`.
Files that are no pages (a template for CI, say) are copied as they are.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = "docs"
COPIES = "repository"
_LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")
_CODE = re.compile(r"^(?P<fence>```|~~~).*?^(?P=fence)|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def place_in_site(path: str) -> str:
    """Where a file of the repository lies in the site's sources; `path` is relative to the repository's root."""
    inside, _, rest = path.partition("/")
    return rest if inside == DOCS and rest else f"{COPIES}/{path}"


def place_in_repository(source: str) -> str:
    """The reverse of `place_in_site`."""
    inside, _, rest = source.partition("/")
    return rest if inside == COPIES and rest else f"{DOCS}/{source}"


def rewritten(markdown: str, path: str) -> str:
    """The text of a page with its links as they are in the site; `path` is the page's in the repository."""
    here = posixpath.dirname(place_in_site(path))

    def in_site(link: re.Match[str]) -> str:
        target = _target(link["target"], path)
        if target is None:
            return link[0]
        return f"{link['before']}{posixpath.relpath(place_in_site(target), here or '.')}{link['anchor'] or ''}"

    return _outside_of_code(markdown, lambda text: _LINK.sub(in_site, text))


def files_of_others(pages: Iterator[str]) -> tuple[str, ...]:
    """Files outside of docs/ that `pages` (paths in the repository) link to, directly or by way of each other; sorted."""
    found: set[str] = set()
    waiting = list(pages)
    while waiting:
        for target in _links_of(waiting.pop()):
            if place_in_site(target).startswith(f"{COPIES}/") and target not in found:
                found.add(target)
                waiting += [target] if target.endswith(".md") else []
    return tuple(sorted(found))


def _links_of(path: str) -> Iterator[str]:
    text = _CODE.sub("", (ROOT / path).read_text(encoding="utf-8"))
    for link in _LINK.finditer(text):
        target = _target(link["target"], path)
        if target is not None:
            yield target


def _target(link: str, path: str) -> str | None:
    """The file that a link of the page `path` names, in the repository; None for an address, and for what is not there."""
    if "://" in link or link.startswith("mailto:"):
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
    return target if not target.startswith("..") and (ROOT / target).is_file() else None


def _outside_of_code(markdown: str, change: Callable[[str], str]) -> str:
    """`markdown` with `change` made to all that is neither a fenced block nor code in a line."""
    parts, end = [], 0
    for code in _CODE.finditer(markdown):
        parts += [change(markdown[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, change(markdown[end:])])
