"""Names of classes in any script: a font that has the letters, or what they are in ASCII; never boxes that all look alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.report import fonts
from mcu_toolkit.report.canvas import shortened, text_width


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    fonts._font_with.cache_clear()
    yield
    fonts._font_with.cache_clear()


@pytest.mark.parametrize("words", ["Köpfe", "żółw", "Кошка", "γάτα"])
def test_european_letters_have_glyphs(words: str) -> None:
    pytest.importorskip("matplotlib", reason="mcu-toolkit-core comes without matplotlib")
    found = fonts.lettering(words, 15)
    assert found.words == words
    masks = [bytes(found.font.getmask(letter)) for letter in set(words)]
    assert bytes(found.font.getmask("\uffff")) not in masks, "the box of a letter that is missing"


def test_what_no_font_has_is_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_candidates", lambda: iter(()))
    assert fonts.lettering("猫 cat", 15).words == "\\u732b cat"
    assert fonts.lettering("犬", 15).words != fonts.lettering("猫", 15).words
    assert text_width("猫") == text_width("\\u732b")
    assert shortened("猫" * 50, 100).endswith("...")
    assert text_width(shortened("猫" * 50, 100)) <= 100


def test_a_font_of_the_machine_is_taken_where_it_has_more_letters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    letters = {"poor.ttf": "cat ", "broken.ttf": "", "rich.ttf": "猫cat ", "later.ttf": "猫犬cat "}
    monkeypatch.setattr(fonts, "_candidates", lambda: iter([tmp_path / name for name in letters]))
    monkeypatch.setattr(fonts, "_letters_of", lambda path: frozenset(letters[path.name]))
    assert fonts._font_with(frozenset("猫 cat")) == (tmp_path / "rich.ttf", frozenset())
    assert fonts._font_with(frozenset("猫犬")) == (tmp_path / "later.ttf", frozenset())
    assert fonts._font_with(frozenset("猫鳥")) == (tmp_path / "rich.ttf", frozenset("鳥"))


def test_a_damaged_font_has_no_letters(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="mcu-toolkit-core comes without matplotlib")
    (tmp_path / "bad.ttf").write_bytes(b"no font")
    assert fonts._letters_of(tmp_path / "bad.ttf") == frozenset()


def test_regular_faces_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = pytest.importorskip("matplotlib.font_manager", reason="mcu-toolkit-core comes without matplotlib")
    monkeypatch.setattr(manager, "findSystemFonts", lambda: ["/f/Zed-Regular.otf", "/f/Abc-Bold.ttf", "/f/x.pfb", "/f/Noto-Regular.ttc"])
    assert [path.name for path in fonts._candidates()] == ["DejaVuSans.ttf", "Noto-Regular.ttc", "Zed-Regular.otf", "Abc-Bold.ttf"]
