"""Tables of JSON and TOML become frozen records: what is wrong is named by its key, and what is written comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.records import record_of, record_of_text, record_text


@dataclass(frozen=True)
class Part:
    name: str
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Whole:
    path: Path
    count: int
    share: float
    kind: Literal["a", "b"]
    parts: tuple[Part, ...]
    first: Part | None
    is_new: bool = False
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Named:
    pairs: tuple[tuple[str, str], ...]


TABLE = {"path": "p", "count": 3, "share": 1, "kind": "a", "parts": [{"name": "x", "sizes": [1, 2]}], "first": None}


def read(**changes: object) -> Whole:
    return record_of(Whole, {**TABLE, **changes}, "w.toml", described_in="see the manual")


def test_every_kind_of_field_is_read() -> None:
    found = read(first={"name": "y"}, is_new=True, texts=["t"])
    assert found == Whole(Path("p"), 3, 1.0, "a", (Part("x", (1, 2)),), Part("y"), True, ("t",))
    assert type(found.share) is float


def test_text_and_back_also_for_a_path_that_is_no_unicode() -> None:
    record = Whole(Path("p\udcff"), 3, 0.1, "b", (Part("ä", (1,)), Part("")), None, texts=("t",))
    assert record_of_text(Whole, record_text(record)) == record


WRONG: dict[str, tuple[dict[str, object], str, str]] = {
    "unknown key": ({"cuont": 1}, "unknown key 'cuont'", "one of count, first, is_new, "),
    "unknown key of a part": ({"parts": [{"nmae": "x"}]}, "unknown key 'parts.nmae'", "one of name, sizes"),
    "missing in a part": ({"first": {}}, "key 'first.name' is missing", "see the manual"),
    "a text for a number": ({"count": "3"}, "key 'count' is '3'", "a value of type int"),
    "a truth value for a number": ({"count": True}, "key 'count' is True", "a value of type int"),
    "a truth value for a float": ({"share": False}, "key 'share' is False", "a value of type float"),
    "a number for a path": ({"path": 3}, "key 'path' is 3", "a value of type str"),
    "a part that is none": ({"parts": [3]}, "key 'parts' is 3", "a value of type dict"),
    "a text for a list": ({"texts": "t"}, "key 'texts' is 't'", "a value of type list"),
    "a number among texts": ({"texts": ["t", 1]}, "key 'texts' is 1", "a value of type str"),
    "null for what may not be": ({"count": None}, "key 'count' is None", "a value of type int"),
    "none of the words": ({"kind": "c"}, "key 'kind' is 'c'", "one of a, b"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_its_key_and_what_was_expected(case: str) -> None:
    changes, what, expected = WRONG[case]
    with pytest.raises(InputError, match=re.escape(what)) as caught:
        read(**changes)
    assert (caught.value.what, caught.value.on) == (what, "w.toml")
    assert str(caught.value.expected).startswith(expected)


def test_pairs_are_a_table_of_texts() -> None:
    assert record_of(Named, {"pairs": {"k": "v"}}, "w", described_in="") == Named((("k", "v"),))
    with pytest.raises(InputError, match=r"key 'pairs\.k' is 1"):
        record_of(Named, {"pairs": {"k": 1}}, "w", described_in="")


@pytest.mark.parametrize("table", [[], None, "text", 3])
def test_what_is_no_table_is_refused(table: object) -> None:
    with pytest.raises(InputError, match=f"it is {re.escape(repr(table))}"):
        record_of(Whole, table, "w.toml", described_in="")
