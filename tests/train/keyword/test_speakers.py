"""Who speaks: from names, a pattern or a table; what is not known is said with the file's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.train.keyword.speakers import speaker_finder

NAMES = ("yes/anna_1.wav", "no/bert_x_2.wav")


def test_names_begin_with_the_speaker(tmp_path: Path) -> None:
    find, how = speaker_finder(tmp_path, NAMES, "")
    assert [find(name) for name in NAMES] == ["anna", "bert"]
    assert "before the first _" in how


def test_without_a_sign_every_recording_is_a_speaker(tmp_path: Path) -> None:
    find, how = speaker_finder(tmp_path, ("yes/1.wav", "no/1.wav"), "")
    assert {find("yes/1.wav"), find("no/1.wav")} == {"yes/1.wav", "no/1.wav"}
    assert "nothing says who speaks" in how


def test_a_pattern_finds_the_speaker(tmp_path: Path) -> None:
    find, _ = speaker_finder(tmp_path, ("yes/a1-anna.wav", "no/b2-bert.wav"), r"-(\w+)\.wav")
    assert find("yes/a1-anna.wav") == "anna"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("(", "no regular expression"), ("anna", "no group"), ("(carl)", "who speaks in yes/anna_1.wav and 1 more"), ("(a)" * 99, "too long")],
)
def test_patterns_that_find_nobody_are_refused(pattern: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        speaker_finder(tmp_path, NAMES, pattern)


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "as Excel writes it"])
def test_a_table_names_the_speakers(mark: str, tmp_path: Path) -> None:
    (tmp_path / "speakers.csv").write_text(mark + "file,speaker\nyes/anna_1.wav,A\nno/bert_x_2.wav,B\n")
    find, how = speaker_finder(tmp_path, NAMES, "")
    assert ([find(name) for name in NAMES], how) == (["A", "B"], "speakers.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,speaker\nyes/anna_1.wav,A\n", "who speaks in no/bert_x_2.wav"),
        ("name,speaker\na,b\n", "both columns"),
        ("file,speaker\na,\n", "both columns"),
        ("", "both columns"),
    ],
)
def test_tables_that_do_not_say_it_are_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "speakers.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        speaker_finder(tmp_path, NAMES, "")
