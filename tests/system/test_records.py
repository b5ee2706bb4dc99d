"""Records as JSON and back: what is written is what is read, and nothing else is taken for a record."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal

import pytest

from mcu_toolkit.system.records import INFINITE_IS_NULL, INLINE, OPTIONAL, Empty, from_plain, named, to_plain, without_empty


class Level(str, Enum):
    HIGH = "high"


@dataclass(frozen=True)
class Size:
    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True)
class Image:
    elf: Path
    size: Size = field(metadata=INLINE)
    class_index: int | None = field(metadata=named("class"))
    share: float
    kind: Literal["pass", "fail"]
    level: Level
    parts: tuple[Size, ...]
    pair: tuple[str, int]
    shares: Mapping[str, tuple[float, ...]]
    note: Size | None = None
    extra: str | None = field(default=None, metadata=OPTIONAL)
    sqnr_db: float = field(default=math.inf, metadata=INFINITE_IS_NULL)


IMAGE = Image(Path("a/b.elf"), Size(10, 20), None, 0.5, "pass", Level.HIGH, (Size(1, 2),), ("x", 3), {"keras": (1.0, 2.0)})
PLAIN = {
    "elf": "a/b.elf", "flash_bytes": 10, "ram_bytes": 20, "class": None, "share": 0.5, "kind": "pass", "level": "high",
    "parts": [{"flash_bytes": 1, "ram_bytes": 2}], "pair": ["x", 3], "shares": {"keras": [1.0, 2.0]}, "note": None, "sqnr_db": None,
}  # fmt: skip


def test_fields_come_in_their_order_with_their_names_in_json() -> None:
    assert to_plain(IMAGE) == PLAIN
    assert list(to_plain(IMAGE)) == list(PLAIN)


def test_what_json_gives_back_is_the_record_that_was_written() -> None:
    assert from_plain(Image, json.loads(json.dumps(to_plain(IMAGE)))) == IMAGE
    other = Image(Path(), Size(0, 0), 3, 1, "fail", Level.HIGH, (), ("", 0), {}, Size(4, 5), "more", -2.5)
    assert from_plain(Image, json.loads(json.dumps(to_plain(other)))) == other
    assert from_plain(Empty, to_plain(Empty())) == Empty()


def test_a_whole_number_that_is_a_float_stays_as_it_was_written() -> None:
    assert json.dumps(to_plain(from_plain(Image, {**PLAIN, "share": 1}))["share"]) == "1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flash_bytes": "10"}, "Image.flash_bytes is '10'"),
        ({"flash_bytes": True}, "Image.flash_bytes is True"),
        ({"class": "a"}, "Image.class is 'a'"),
        ({"share": False}, "Image.share is False"),
        ({"share": None}, "Image.share is None"),
        ({"kind": "perhaps"}, "Image.kind is 'perhaps'"),
        ({"level": "low"}, "Image.level is 'low'"),
        ({"elf": 3}, "Image.elf is 3"),
        ({"parts": {}}, r"Image.parts is \{\}"),
        ({"parts": [{"flash_bytes": 1}]}, r"Image.parts\[0\] has no 'ram_bytes'"),
        ({"parts": [[]]}, r"Image.parts\[0\] is \[\]"),
        ({"pair": ["x"]}, "Image.pair has 1 entries, not 2"),
        ({"shares": {"keras": ["a"]}}, r"Image.shares.keras\[0\] is 'a'"),
        ({"note": {"flash_bytes": 1}}, "Image.note has no 'ram_bytes'"),
        ({"unknown": 1}, "Image has an unknown field 'unknown'"),
        ({"size": {}}, "Image has an unknown field 'size'"),
    ],
)
def test_what_is_of_another_type_is_refused_by_the_name_of_its_field(change: Mapping[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_plain(Image, {**PLAIN, **change})


def test_what_is_missing_is_refused_unless_it_has_a_default() -> None:
    without = {name: value for name, value in PLAIN.items() if name not in ("note", "sqnr_db")}
    assert from_plain(Image, without) == IMAGE
    with pytest.raises(ValueError, match="Image has no 'ram_bytes'"):
        from_plain(Image, {name: value for name, value in PLAIN.items() if name != "ram_bytes"})
    with pytest.raises(ValueError, match="Image is 3"):
        from_plain(Image, 3)


def test_in_a_report_what_is_not_known_is_left_out() -> None:
    assert without_empty(IMAGE).keys() == PLAIN.keys() - {"class", "note", "sqnr_db"}
    assert without_empty(Image(Path(), Size(0, 0), 0, 0.0, "fail", Level.HIGH, (), ("", 0), {}))["class"] == 0


@dataclass(frozen=True)
class Checksum:
    number: int

    def plain_form(self) -> object:
        return [self.number, f"{self.number:#x}"]


@dataclass(frozen=True)
class Firmware:
    by_layer: Mapping[int, Checksum]
    size: Size | None = field(default=None, metadata={**INLINE, **OPTIONAL})


def test_a_record_may_have_a_form_of_its_own_and_keys_are_texts() -> None:
    assert to_plain(Firmware({2: Checksum(10), 11: Checksum(1)})) == {"by_layer": {"2": [10, "0xa"], "11": [1, "0x1"]}}


def test_an_inlined_record_may_be_left_out() -> None:
    assert to_plain(Firmware({}, Size(1, 2))) == {"by_layer": {}, "flash_bytes": 1, "ram_bytes": 2}
