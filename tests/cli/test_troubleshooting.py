"""docs/how-to/troubleshooting says what the program really says, and its links lead somewhere."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "how-to" / "troubleshooting").glob("*.md"))
PAINS = 20
STATES = ("handled", "partly", "not yet")


@functools.cache
def texts_of_the_source() -> tuple[str, ...]:
    """Every string the package holds; what an f-string fills in is `<>`, as `<...>` is on the pages."""
    found = []
    for path in sorted((ROOT / "mcu_toolkit").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(_part(value) for value in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return tuple(found)


def _part(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else "<>"


def quotations() -> Iterator[tuple[str, str]]:
    """(page, line) of everything in ```text blocks."""
    for page in PAGES:
        for block in re.findall(r"```text\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.splitlines():
                yield page.name, line


def pieces(line: str) -> list[str]:
    """The fixed text of a quoted line between its placeholders, without `error:` and the thing it is about."""
    text = re.sub(r"^error: (<[^>]*>: )?", "", line)
    return [piece for piece in re.split(r"<[^>]*>", text) if len(piece.strip()) > 1]


def occurs(line: str) -> bool:
    """True if one string of the source has all pieces of the line, in order."""
    pattern = re.compile(".*?".join(re.escape(piece) for piece in pieces(line)), re.DOTALL)
    return any(pattern.search(text) for text in texts_of_the_source())


@pytest.mark.parametrize(("page", "line"), list(quotations()))
def test_every_quoted_message_is_in_the_source(page: str, line: str) -> None:
    assert max(map(len, pieces(line))) >= 8, "too little fixed text to look for"
    assert occurs(line), f"{page} quotes what the program does not say: {line}"


def test_a_message_that_nobody_prints_would_be_noticed() -> None:
    assert not occurs("error: <port>: the port is on holiday until <date>")


def test_the_index_lists_every_pain_with_a_state_and_a_place() -> None:
    index = (ROOT / "docs/how-to/troubleshooting/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| \[.+?\]\((.+?)\) \|$", index, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, PAINS + 1))
    for number, _, state, target in rows:
        assert state in STATES
        page, _, anchor = target.partition("#")
        text = (ROOT / "docs/how-to/troubleshooting" / page).read_text(encoding="utf-8")
        headings = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
        assert not anchor or anchor in headings, target
        section = re.search(rf"^#+ {number}\. .*?(?=^#+ \d|\Z)", text, re.MULTILINE | re.DOTALL)
        assert section is not None, f"{page} has no section {number}"
        says = {"not yet": "**Not handled yet**", "partly": "**Missing.**", "handled": "**What the tool does.**"}[state]
        assert says in section[0], f"{page}, section {number}: {state}, but no {says}"
        assert state != "handled" or "**Missing.**" not in section[0] or number == "4"


def test_links_lead_to_files() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
