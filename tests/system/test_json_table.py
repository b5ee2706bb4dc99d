"""Tables of JSON are read by key and type."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mcu_toolkit.system.json_table import JsonTable


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
        (lambda: JsonTable({"a": True}).required("a", int), "'a' is not of type int"),
        (lambda: JsonTable({"a": "1"}).get("a", 1), "'a' is not of type int"),
        (lambda: JsonTable({}).required("a", str), "'a' is not of type str"),
        (lambda: JsonTable({"a": 1.5}).optional("a", int), "'a' is not of type int"),
        (lambda: JsonTable({"a": {}}).items("a", str), "'a' is not a list"),
        (lambda: JsonTable({"a": [1]}).items("a", str), "an item of 'a' is not of type str"),
        (lambda: JsonTable({"a": [1]}).tables("a"), "an item of 'a' is not an object"),
        (lambda: JsonTable({"a": {"b": 1}}).table("a").required("b", str), "'b' of 'a' is not of type str"),
    ],
)
def test_what_is_wrong_is_named(read: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        read()
