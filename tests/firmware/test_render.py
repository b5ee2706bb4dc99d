"""Templates are rendered with the fields of records."""

from __future__ import annotations

from dataclasses import dataclass

import jinja2
import pytest

from mcu_toolkit.firmware import render_text

TEMPLATE = "common/model_data.cc.j2"


@dataclass(frozen=True)
class Head:
    banner: tuple[str, ...]
    header: str


@dataclass(frozen=True)
class Arrays:
    arrays: tuple[str, ...]
    plain_c: bool
    section: str


@dataclass(frozen=True)
class NoArrays:
    plain_c: bool = False
    section: str = ""


@dataclass(frozen=True)
class Banner:
    banner: tuple[str, ...]


def test_the_fields_of_all_records_are_variables() -> None:
    text = render_text(TEMPLATE, Head(("a line",), "x.h"), Arrays((), plain_c=False, section=""))
    assert text.startswith("/* a line\n */\n")
    assert '#include "x.h"\n' in text


def test_a_variable_that_no_record_has_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="'arrays' is undefined"):
        render_text(TEMPLATE, Head((), "x.h"), NoArrays())


def test_two_records_may_not_name_one_variable() -> None:
    with pytest.raises(AssertionError, match="two records have a field of one name"):
        render_text(TEMPLATE, Head((), "x.h"), Arrays((), plain_c=False, section=""), Banner(()))
