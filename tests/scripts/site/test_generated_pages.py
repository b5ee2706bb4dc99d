"""The generated reference says what the package says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import typer

from mcu_toolkit.boards import all_boards
from mcu_toolkit.cli.app import app
from scripts.site import boards, commands, report_schema
from scripts.site.markdown import code, prose, with_lists_apart
from scripts.site.messages import messages_in, page
from tests.test_repository import ROOT


def test_every_command_has_its_section_with_every_option() -> None:
    text = commands.page()
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        section = text.split(f"\n## mcu {name}\n")[1].split("\n## mcu ")[0]
        for option in (option for parameter in command.params for option in parameter.opts if option.startswith("--")):
            assert option in section, name


def test_every_board_has_its_row_and_its_sources() -> None:
    text = boards.page()
    for board in all_boards():
        assert f"\n## {board.id}\n" in text
        assert f"[`{board.id}`](#{board.id})" in text
        assert all(prose(source) in text for source in board.sources)


def test_every_field_of_the_schema_is_listed() -> None:
    text = report_schema.page()
    schema = json.loads((ROOT / "docs/report-schema.json").read_text())
    assert all(f"| `{name}` |" in text for name in schema["properties"])
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["report", *schema["$defs"]]


def test_messages_of_the_package_are_listed_with_what_helps() -> None:
    text = page()
    assert "| no board has '&lt;word&gt;' in its id, name, vendor, part or core |  | mcu boards lists all of them | 2 |" in text
    assert text.count("\n| ") > 500


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("raise InputError('no such file', on=path)", ["no such file"]),
        ("raise InputError(f'{path.name} has {len(rows):,} rows')", ["<name> has <rows> rows"]),
        ("raise InputError('too ' + ('few' if a else 'many') + ' rows')", ["too few rows", "too many rows"]),
        ("raise UnknownNameError('board', name, known)", ["unknown board '<name>'"]),
        ("raise InputError(text)", []),
        ("raise ValueError('not ours')", []),
    ],
)
def test_a_message_is_read_from_the_call_that_raises_it(source: str, what: list[str]) -> None:
    assert [message.what for message in messages_in(source)] == what


def test_texts_of_the_program_are_no_markup() -> None:
    assert prose("a <b> *c* `d|e` [f] g_h") == "a &lt;b&gt; \\*c\\* `d\\|e` \\[f\\] g\\_h"
    assert code("a`b") == "`` a`b ``"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rules:\n- a\n- b", "Rules:\n\n- a\n- b"),
        ("Then:\n1. a\n2. b", "Then:\n\n1. a\n2. b"),
        ("- a\ngoes on\n- b", "- a\ngoes on\n- b"),
        ("x\n\n- a\n  - b\n- c", "x\n\n- a\n  - b\n- c"),
        ("in 1998\n2. is no list", "in 1998\n2. is no list"),
        ("```\nx\n- y\n```", "```\nx\n- y\n```"),
        ("a -\n-b\n--- x", "a -\n-b\n--- x"),
    ],
)
def test_a_list_behind_a_paragraph_is_one_in_the_site_too(text: str, expected: str) -> None:
    assert with_lists_apart(text) == expected
