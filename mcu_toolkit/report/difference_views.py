"""Differences between reports as text, as Markdown for a comment, and as JUnit XML for a build server."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from mcu_toolkit.report.difference import Difference, Row
from mcu_toolkit.report.layer_changes import LayerChange
from mcu_toolkit.report.measures import MEASURES
from mcu_toolkit.report.table import table
from mcu_toolkit.terminal_text import visible_line

_LAYERS_SHOWN = 8
HEADINGS = ("measure", "base", "new", "change", "allowed", "result")
_LAYER_HEADINGS = ("layer", "operator", "variant", "base", "new", "change")


def difference_text(differences: Sequence[Difference]) -> tuple[str, ...]:
    """Lines for a terminal of 80 columns, the verdict first."""
    lines = [verdict_line(differences)]
    for one in differences:
        lines += [f"  {visible_line(reason)}" for reason in one.regressions]
    for one in differences:
        levels, numbers = [row for row in one.rows if row.unit == ""], [row for row in one.rows if row.unit != ""]
        lines += ["", visible_line(title(one)), *(_level_line(row) for row in levels), *table(HEADINGS, [cells_of(row) for row in numbers])]
        if one.layers:
            lines += ["", *table(_LAYER_HEADINGS, [_layer_cells(layer) for layer in one.layers[:_LAYERS_SHOWN]])]
            if len(one.layers) > _LAYERS_SHOWN:
                lines.append(f"and {len(one.layers) - _LAYERS_SHOWN} more layers that changed")
        lines += [f"note: {visible_line(note)}" for note in one.notes]
    return tuple(lines)


def baseline_lines(one: Difference) -> list[str]:
    """In the text of a run that was compared with a baseline: what changed (its regressions are reasons of the run's verdict)."""
    changed = [row for row in one.rows if row.state != "same"]
    if not changed:
        return ["baseline  nothing changed"]
    numbers = table(("baseline", *HEADINGS[1:]), [cells_of(row) for row in changed if row.unit != ""])
    return [*(f"baseline  {_level_line(row)}" for row in changed if row.unit == ""), *numbers]


def changed_line(one: Difference) -> str:
    """The same in a line."""
    changed = [f"{row.measure} {_change(row)}" if row.change else row.measure for row in one.rows if row.state != "same"]
    return f"changed: {', '.join(changed)}" if changed else "nothing changed"


def verdict_line(differences: Sequence[Difference]) -> str:
    """The verdict over all of them."""
    count = sum(len(one.regressions) for one in differences)
    if count:
        return f"verdict: FAIL - {count} regression{'s' if count > 1 else ''}"
    changed = sum(row.state in ("better", "worse") for one in differences for row in one.rows)
    return "verdict: pass - nothing got worse by more than is allowed" if changed else "verdict: pass - nothing changed"


def title(one: Difference) -> str:
    """What was measured, in a line."""
    where = " ".join(part for part in (one.new.board, one.new.runtime) if part)
    return f"{one.new.model} on {where}" if where else one.new.model


def difference_markdown(differences: Sequence[Difference]) -> str:
    """A comment for a pull request: the verdict, and a table of each model; names of others are code, so that they do nothing."""
    lines = [f"### mcu compare: {verdict_line(differences).removeprefix('verdict: ')}"]
    for one in differences:
        lines += ["", f"**{_code(title(one))}**", ""]
        lines += _markdown_table(HEADINGS, [cells_of(row) for row in one.rows])
        if one.layers:
            lines += ["", "<details><summary>Layers that changed</summary>", ""]
            lines += _markdown_table(_LAYER_HEADINGS, [_layer_cells(layer) for layer in one.layers])
            lines += ["", "</details>"]
        if one.regressions or one.notes:
            lines.append("")
        lines += [f"- **regression**: {_code(reason)}" for reason in one.regressions]
        lines += [f"- {_code(note)}" for note in one.notes]
    return "\n".join(lines) + "\n"


def difference_junit(differences: Sequence[Difference]) -> str:
    """JUnit XML: a test suite a model, a test case a measure; a regression is a failure."""
    root = ET.Element("testsuites", name="mcu compare")
    for one in differences:
        rows = [row for row in one.rows if row.limits]
        other = [reason for reason in one.regressions if reason not in {row.reason for row in rows}]
        suite = ET.SubElement(
            root, "testsuite", name=visible_line(title(one)), tests=str(len(rows) + 1), failures=str(len(one.regressions)), errors="0"
        )
        _case(suite, one, "verdict", other, f"{one.base.verdict} -> {one.new.verdict}")
        for row in rows:
            failures = [row.reason] if row.state == "regression" else []
            _case(suite, one, row.measure, failures, "  ".join(cells_of(row)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _case(suite: ET.Element, one: Difference, name: str, failures: Sequence[str], text: str) -> None:
    case = ET.SubElement(suite, "testcase", classname=visible_line(title(one)), name=visible_line(name))
    for failure in failures:
        ET.SubElement(case, "failure", message=visible_line(failure)).text = visible_line(text)
    if not failures:
        ET.SubElement(case, "system-out").text = visible_line(text)


def cells_of(row: Row) -> tuple[str, ...]:
    """A measure as a row below `HEADINGS`."""
    state = row.state.upper() if row.state == "regression" else row.state
    return (visible_line(row.measure), _shown(row, row.base), _shown(row, row.new), _change(row), _allowed(row), state)


def _level_line(row: Row) -> str:
    """Parity, which is words: beside the columns of numbers it would push them apart."""
    state = "" if row.state == "same" else f"  {cells_of(row)[-1]}"
    values = [_shown(row, value) for value in (row.base, row.new)]
    return f"{row.measure}  {values[0] if values[0] == values[1] else ' -> '.join(values)}{state}"


def _shown(row: Row, value: float | str | None) -> str:
    if value is None:
        return "-"
    return visible_line(value) if isinstance(value, str) else MEASURES[row.measure.partition(" of ")[0]].shown(value)


def _change(row: Row) -> str:
    if not row.change:
        return "-"
    if row.unit == "share":
        return f"{100 * row.change:+.2f} pp"
    if row.unit == "value" and row.change_percent is None:
        return f"{row.change:+.3g}"
    return f"{row.change:+,.0f}" if row.change_percent is None else f"{row.change_percent:+.2f} %"


def _allowed(row: Row) -> str:
    """The bounds without the measure's name: `+1%`."""
    return " ".join(limit.lstrip("abcdefghijklmnopqrstuvwxyz").lstrip("<>") for limit in row.limits) or "-"


def _layer_cells(layer: LayerChange) -> tuple[str, ...]:
    change = "-"
    if layer.base_cost is not None and layer.new_cost is not None:
        change = f"{100 * (layer.new_cost - layer.base_cost) / layer.base_cost:+.2f} %" if layer.base_cost else f"{layer.new_cost:+,.0f}"
    costs = ("-" if cost is None else f"{cost:,.0f}" for cost in (layer.base_cost, layer.new_cost))
    return (
        str(layer.index),
        _both(layer.base_operator, layer.new_operator),
        _both(layer.base_variant, layer.new_variant),
        *costs,
        change,
    )


def _both(base: str | None, new: str | None) -> str:
    shown = [visible_line(one or "-") for one in (base, new)]
    return shown[0] if shown[0] == shown[1] else f"{shown[0]} -> {shown[1]}"


def _markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return lines + ["| " + " | ".join(_code(cell) for cell in row) + " |" for row in rows]


def _code(text: str) -> str:
    """`text` as code: nothing in it is Markdown, HTML, a link or a mention."""
    plain = visible_line(text).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`" if plain.strip() else ""
