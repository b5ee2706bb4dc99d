"""One table of names: text, JSON, schema and options agree about them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.report.measures import LIMITED, MEASURES, PARITY, measure, number
from mcu_toolkit.runners import roles

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "report-schema.json").read_text(encoding="utf-8"))


def test_every_measure_is_a_field_of_reports() -> None:
    assert {one.field for one in MEASURES.values()} <= set(SCHEMA["properties"])
    assert all(name == one.name for name, one in MEASURES.items())


def test_the_schema_names_the_measures_and_runners_that_there_are() -> None:
    pattern = SCHEMA["$defs"]["difference"]["properties"]["rows"]["items"]["properties"]["measure"]["pattern"]
    assert pattern == f"^({'|'.join((*MEASURES, PARITY))}|accuracy of .*)$"
    assert set(SCHEMA["properties"]["not_run"]["items"]["properties"]["runner"]["enum"]) == {*roles.nearest_to_the_board()} - {roles.DEVICE}
    described = SCHEMA["$defs"]["comparison"]["properties"]["a"]["description"]
    assert {*roles.nearest_to_the_board(), roles.RECORDED} <= set(re.findall(r"[a-z-]+", described))
    assert roles.LABELS in SCHEMA["properties"]["cross"]["items"]["properties"]["b"]["description"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("flash", "65536", 65536),
        ("flash", "64K", 65536),
        ("flash", "64 KiB", 65536),
        ("ram", "1.5k", 1536),
        ("arena", "2M", 2 << 20),
        ("instructions", "3M", 3_000_000),
        ("cycles", "5.5k", 5500),
        ("latency", "2ms", 2000),
        ("latency", "500us", 500),
        ("accuracy", "0.95", 0.95),
    ],
)
def test_values_have_the_units_that_people_write(name: str, text: str, value: float) -> None:
    assert measure(name).parsed(text, "--limit") == value


@pytest.mark.parametrize("text", ["", "K", "-1", "64Q", "1_000", "nan", "inf", "1e999", "64KK", "0x10", "٣"])
def test_what_is_no_value_is_refused_with_an_example(text: str) -> None:
    if text == "٣":  # a digit to Python's float, and a number to its reader
        assert measure("flash").parsed(text, "--limit") == 3
        return
    with pytest.raises(InputError, match="is no value for flash") as refused:
        measure("flash").parsed(text, "--limit")
    assert refused.value.expected == "a number such as 65536 or 64K"


def test_an_unknown_name_is_answered_with_all_of_them() -> None:
    with pytest.raises(UnknownNameError) as refused:
        measure("flesh", LIMITED)
    assert refused.value.expected == "one of rmse, flash, code, weights, ram, arena, stack, instructions, cycles, latency"
    with pytest.raises(UnknownNameError):
        measure("accuracy", LIMITED)


@pytest.mark.parametrize("value", [True, "1", [1], {}, float("nan"), float("inf"), -1, 10**30])
def test_a_number_of_a_stranger_is_checked(value: object) -> None:
    with pytest.raises(ValueError, match="'flash_bytes' is not a number from 0 to 1e"):
        number(value, "flash_bytes")
