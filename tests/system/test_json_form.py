"""Records become JSON by their fields, and tables of JSON are read by key and type."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from mcu_toolkit.system.json_form import JsonTable, json_form


@dataclass(frozen=True)
class Inner:
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Own:
    number: int

    def json_form(self) -> object:
        return {"n": self.number}


@dataclass(frozen=True)
class Outer:
    second: Inner
    first: Path
    own: tuple[Own, ...]
    mapping: object


def test_fields_are_written_in_their_order_and_own_forms_at_any_depth() -> None:
    record = Outer(Inner((1, 2)), Path("a/b"), (Own(7),), MappingProxyType({"k": None}))
    assert (
        json.dumps(record, default=json_form) == '{"second": {"sizes": [1, 2]}, "first": "a/b", "own": [{"n": 7}], "mapping": {"k": null}}'
    )


def test_what_has_no_form_is_refused_and_not_guessed() -> None:
    with pytest.raises(TypeError, match="set has no form in JSON"):
        json.dumps({1}, default=json_form)
    with pytest.raises(TypeError, match="type has no form in JSON"):
        json.dumps(Inner, default=json_form)


def test_values_are_read_by_type() -> None:
    table = JsonTable({"text": "a", "number": 3, "yes": True, "none": None, "list": [1, 2], "tables": [{"x": 1}], "table": {"y": "z"}})
    assert (table.get("text", ""), table.get("number", 0), table.get("yes", default=False)) == ("a", 3, True)
    assert (table.get("absent", 5), table.optional("none", int), table.optional("absent", str)) == (5, None, None)
    assert (table.items("list", int), table.items("absent", int)) == ((1, 2), ())
    assert [one.required("x", int) for one in table.tables("tables")] == [1]
    assert table.table("table").required("y", str) == "z"
    assert list(table.table("absent")) == []
    assert (table.is_table("table"), table.is_table("list"), "none" in table) == (True, False, True)


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: JsonTable([]), "it is not an object"),
        (lambda: JsonTable({"a": True}).required("a", int), "'a' of it is not of type int"),
        (lambda: JsonTable({"a": "1"}).get("a", 1), "'a' of it is not of type int"),
        (lambda: JsonTable({}).required("a", str), "'a' of it is not of type str"),
        (lambda: JsonTable({"a": 1.5}).optional("a", int), "'a' of it is not of type int"),
        (lambda: JsonTable({"a": {}}).items("a", str), "'a' of it is not a list"),
        (lambda: JsonTable({"a": [1]}).items("a", str), "an item of 'a' of it is not of type str"),
        (lambda: JsonTable({"a": [1]}).tables("a"), "an item of 'a' of it is not an object"),
        (lambda: JsonTable({"a": {"b": 1}}).table("a").required("b", str), "'b' of 'a' of it is not of type str"),
    ],
)
def test_what_is_wrong_is_named(read: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        read()
