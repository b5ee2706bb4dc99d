"""A page as Markdown, for a pull request's comment or a wiki: its tables and facts, without pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcu_toolkit.report.page.blocks import Block, Facts, Note, Page, RunView, Section, Table
from mcu_toolkit.terminal_text import visible_line

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&!@])")
_MAX_ROWS = 60


def to_markdown(page: Page) -> str:
    """GitHub's dialect; texts of results cannot become markup, links or mentions."""
    lines = [f"# {markdown_text(page.title)}", ""]
    for section in page.shared:
        lines += _section(section, 2)
    for run in page.runs:
        lines += _run(run)
    lines.append(f"Made by mcu-toolkit {markdown_text(page.toolkit)}.")
    return "\n".join(lines) + "\n"


def _run(run: RunView) -> Iterator[str]:
    yield from (f"## {'PASS' if run.verdict == 'pass' else 'FAIL'}: {markdown_text(run.headline)}", "")
    yield from (f"- {markdown_text(reason)}" for reason in run.reasons)
    if run.reasons:
        yield ""
    if run.tiles:
        yield from _table(Table(("", "", ""), tuple((tile.label, tile.value, tile.detail) for tile in run.tiles)))
    for section in run.sections:
        yield from _section(section, 3)


def _section(section: Section, level: int) -> Iterator[str]:
    blocks = [line for block in section.blocks for line in _block(block)]
    if blocks:
        yield from (f"{'#' * level} {markdown_text(section.title)}", "")
        yield from ((markdown_text(section.lead), "") if section.lead else ())
        yield from blocks


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Facts):
        yield from _table(Table(("", ""), block.pairs))
    elif isinstance(block, Note):
        yield from (markdown_text(block.text), "")


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield from (f"**{markdown_text(table.caption)}**", "")
    numeric = table.numeric
    yield _row(table.columns)
    yield "|" + "|".join("---:" if number and table.rows else "---" for number in numeric) + "|"
    yield from (_row(row) for row in table.rows[:_MAX_ROWS])
    if len(table.rows) > _MAX_ROWS:
        yield from ("", f"... and {len(table.rows) - _MAX_ROWS} more")
    yield ""


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(map(markdown_text, cells)) + " |"


def markdown_text(text: str) -> str:
    """`text` of others as itself in a line or cell: nothing in it is Markdown, HTML or a mention."""
    return _MARKS.sub(r"\\\1", visible_line(text))
