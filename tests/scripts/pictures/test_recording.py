"""A terminal's text becomes a picture and comes back, and the pictures that pages show load nothing."""

from __future__ import annotations

import re

import pytest

from scripts.pictures.recording import PICTURES, RECORDINGS, Recording, shown, text_of, to_svg
from tests.recordings import comparable, differences
from tests.test_repository import ROOT

MAX_BYTES = 200_000


@pytest.mark.parametrize(
    "text",
    ["$ mcu demo\n-- a  <b> & 'c'\n\n   1,2 %\n", "one\n", "$ é ü → ...\n", f"a\n{'x' * 120}\nb\n", f"{'y' * 119} {'z z' * 80}\nb\n"],
)
def test_a_picture_holds_the_text_that_it_was_made_of(text: str) -> None:
    assert text_of(to_svg(text, "name")) == text


def test_the_same_text_makes_the_same_picture() -> None:
    assert to_svg("$ mcu\nx\n", "name") == to_svg("$ mcu\nx\n", "name")


def test_commands_stand_behind_a_prompt() -> None:
    assert shown(("mcu a", "mcu b"), ("1\n", "2\n")) == "$ mcu a\n1\n$ mcu b\n2\n"


def test_every_recording_is_there_with_its_commands() -> None:
    for recording in RECORDINGS:
        typed = [line[2:] for line in text_of(recording.path.read_text()).splitlines() if line.startswith("$ ")]
        assert tuple(typed) == recording.commands


def test_pictures_load_nothing_are_small_and_are_shown_by_a_page() -> None:
    pages = (ROOT / "README.md").read_text() + (ROOT / "docs/tutorial/first-inference.md").read_text()
    pictures = sorted(PICTURES.iterdir())
    assert len(pictures) >= len(RECORDINGS) + 2
    for picture in pictures:
        text = picture.read_text(encoding="utf-8")
        assert len(text.encode()) < MAX_BYTES, picture.name
        assert not re.search(r'url\(["\']?[a-z]+:|href="(?!#)|<script|@import|@font-face', text), picture.name
        assert f"pictures/{picture.name})" in pages


def test_figures_may_differ_and_words_may_not() -> None:
    then = "flash     23.3 KiB: code 9,684 B\nverdict: pass - b computes\n1 x 8 taken for 7\n360 samples"
    assert comparable(then) == comparable(then.replace("23.3", "1,023.3").replace("9,684", "7").replace("1 x 8 taken for 7\n", ""))
    assert comparable(then) != comparable(then.replace("pass", "fail"))
    assert comparable(then) != comparable(then.replace("360", "361"))
    recording = Recording("demo", ("mcu demo",))
    assert differences(recording, ["something else\n"])
