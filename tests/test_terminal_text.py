"""Nothing that is not ours reaches a terminal as anything but letters to look at."""

from __future__ import annotations

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.workspace.device_text import DeviceText
from mcu_toolkit.terminal_text import VisibleStream, visible, visible_json, visible_line

OBEYED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode's classes of letters without a look of their own: controls, formats (bidi, zero width), surrogates, separators of lines."""

_WRITTEN = "Gr\u00fc\u00dfe, \u65e5\u672c\u8a9e \U0001f600 e\u0301 a\u00a0b"


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_no_letter_that_a_terminal_obeys_is_left(text: str) -> None:
    assert {unicodedata.category(letter) for letter in visible_line(text)}.isdisjoint(OBEYED)
    assert {letter for letter in visible(text) if unicodedata.category(letter) in OBEYED} <= set("\n\t")
    assert visible(visible(text)) == visible(text)


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_json_keeps_its_value_and_loses_what_a_terminal_obeys(text: str) -> None:
    written = visible_json(json.dumps({text: text}, indent=2, ensure_ascii=False))
    assert json.loads(written) == {text: text}
    assert {letter for letter in written if unicodedata.category(letter) in OBEYED} <= set("\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]52;c;aWQ=\x07", "\\x1b[31mred\\x1b]52;c;aWQ=\\x07"),
        ("\x9b2J\x85", "\\x9b2J\\x85"),
        ("a\u202etxt.exe\u2066", "a\\u202etxt.exe\\u2066"),
        ("a\u200bb\ufeff\u00ad", "a\\u200bb\\ufeff\\xad"),
        ("over\rwritten\x08", "over\\rwritten\\x08"),
        ("\u2028\u2029\x0b\x0c\x1c", "\\u2028\\u2029\\x0b\\x0c\\x1c"),
        ("\ud800 \U000e0041", "\\ud800 \\U000e0041"),
        ("\u3164\u2800", "\\u3164\\u2800"),
        (_WRITTEN, _WRITTEN),
        ("two\n\tlines", "two\n\tlines"),
    ],
)
def test_it_is_spelled_out_and_everything_else_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_name_cannot_add_a_line_to_a_message() -> None:
    error = InputError("is damaged", on="x\nerror: trust me\x1b[2J")
    assert str(error) == "x\\nerror: trust me\\x1b[2J: is damaged"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_a_stream_shows_what_its_encoding_does_not_have(encoding: str) -> None:
    raw = io.BytesIO()
    stream = VisibleStream(io.TextIOWrapper(raw, encoding, write_through=True))
    print("\x1b[0m \u20ac \ud800", file=stream)  # type: ignore[call-overload]
    assert raw.getvalue().decode(encoding) in ("\\x1b[0m \u20ac \\ud800\n", "\\x1b[0m \\u20ac \\ud800\n")


def test_a_flood_is_cut_and_counted() -> None:
    now_s, shown = [0.0], list[str]()
    text = DeviceText(shown.append, lambda: now_s[0])
    for number in range(100_000):
        text(str(number))
    assert len(shown) == 200
    now_s[0] += 1.0
    text("x" * 1000)
    assert shown[200] == "... 99,800 lines left out: the board prints more than 50 a second"
    assert shown[201] == "x" * 500 + " ... (500 characters more)"
    for number in range(100):
        text(str(number))
    text.close()
    assert shown[-1] == "... 51 lines left out: the board prints more than 50 a second"


def test_what_can_be_read_is_all_shown() -> None:
    now_s, shown = [0.0], list[str]()
    text = DeviceText(shown.append, lambda: now_s[0])
    for number in range(1000):
        now_s[0] += 0.02
        text(str(number))
    text.close()
    assert shown == [str(number) for number in range(1000)]
