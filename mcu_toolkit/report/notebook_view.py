"""Results as a notebook shows them: a few lines and tables of HTML, which load nothing.

Every text is escaped: names, labels and notes may be a stranger's.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mcu_toolkit.system.records import to_plain, without_empty
from mcu_toolkit.terminal_text import visible, visible_line

if TYPE_CHECKING:
    from mcu_toolkit.report.record import Report

_MOST_ROWS = 50
_MOST_COLUMNS = 12
_MOST_LINES = 200
_MOST_LETTERS = 300
"""Of a cell."""
_COLORS = {"pass": "#1a7f37", "fail": "#cf222e"}


def report_html(report: Report) -> str:
    """The report: verdict, reasons, figures, who was compared with whom, and the layers where they are known."""
    from mcu_toolkit.report.summary_view import accuracy_rows, fact_rows  # noqa: PLC0415 - they read the module that calls this

    remarks = [*(f"not run: {one.runner}: {one.why}" for one in report.not_run), *(f"note: {note}" for note in report.notes)]
    figures = [{"": label, "value": text} for label, text in (*accuracy_rows(report), *fact_rows(report))]
    return _block(
        _title(f"{report.model_name} on {report.board or 'this machine'}", report.verdict),
        _list(report.reasons),
        _table(figures, headed=False),
        _folded("comparisons", _table([_plain(one) for one in report.comparisons])),
        _folded("layers", _table([without_empty(one) for one in report.layers])),
        _list(remarks),
    )


def step_html(step: str, verdict: str, lines: Sequence[str], facts: object, following: str) -> str:
    """The result of another step: its lines, and the fields of its record below them."""
    shown = list(lines[:_MOST_LINES]) + ([f"... and {len(lines) - _MOST_LINES} more lines"] if len(lines) > _MOST_LINES else [])
    fields = _plain(facts)
    plain = [{"": name, "value": value} for name, value in fields.items() if not _is_table(value)]
    tables = [_folded(name, _table(value)) for name, value in fields.items() if _is_table(value)]
    return _block(
        _title(step, verdict),
        f"<pre>{_text(chr(10).join(shown))}</pre>" if shown else "",
        _folded("fields", _table(plain, headed=False)),
        *tables,
        f"<div>next: <code>{_line(following)}</code></div>" if following else "",
    )


def _block(*parts: str) -> str:
    return f'<div class="mcu-result tex2jax_ignore">{"".join(parts)}</div>'


def _title(what: str, verdict: str) -> str:
    color = _COLORS.get(verdict, "inherit")
    return f'<div><b>{_line(what)}</b>: <b style="color: {color}">{_line(verdict)}</b></div>'


def _list(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{_line(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def _folded(name: str, content: str) -> str:
    return f"<details><summary>{_line(name)}</summary>{content}</details>" if content else ""


def _table(rows: Sequence[Mapping[str, Any]], *, headed: bool = True) -> str:
    """A row for each mapping, with a column for each of their keys in order."""
    names = list(dict.fromkeys(name for row in rows for name in row))[:_MOST_COLUMNS]
    if not names:
        return ""
    head = f"<tr>{''.join(f'<th>{_line(name)}</th>' for name in names)}</tr>" if headed else ""
    body = "".join(f"<tr>{''.join(_cell(row.get(name)) for name in names)}</tr>" for row in rows[:_MOST_ROWS])
    more = f"<div>... and {len(rows) - _MOST_ROWS:,} more</div>" if len(rows) > _MOST_ROWS else ""
    return f"<table>{head}{body}</table>{more}"


def _cell(value: object) -> str:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    text = "" if value is None else f"{value:,}" if isinstance(value, int) and is_number else str(value)
    cut = text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}..."
    return f'<td style="text-align: {"right" if is_number else "left"}">{_line(cut)}</td>'


def _plain(record: object) -> dict[str, Any]:
    found = to_plain(record)
    return found if isinstance(found, dict) else {"value": found}


def _is_table(value: object) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(one, dict) for one in value)


def _line(text: str) -> str:
    return html.escape(visible_line(text))


def _text(text: str) -> str:
    return html.escape(visible(text))
