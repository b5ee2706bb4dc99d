"""Options in records: Typer sees the fields, the command gets the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from mcu_toolkit.cli.option_records import with_records


@dataclass(frozen=True)
class Inputs:
    count: Annotated[int, typer.Option("--count", "-n", help="How many.")]
    seed: Annotated[int, typer.Option("--seed", help="Seed.")] = 7


@dataclass(frozen=True)
class MoreInputs(Inputs):
    names: Annotated[list[str] | None, typer.Option("--name", help="Names.")] = None


def command(model: str, *, quiet: Annotated[bool, typer.Option("--quiet")] = False, inputs: MoreInputs) -> None:
    """What it does."""
    print(model, quiet, inputs)


def run(*words: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(with_records(command))
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.output


def test_the_fields_of_a_record_are_options_with_their_defaults_and_help() -> None:
    assert run("m", "-n", "3") == (0, "m False MoreInputs(count=3, seed=7, names=None)\n")
    assert run("m", "--quiet", "--count", "3", "--seed", "1", "--name", "a", "--name", "b") == (
        0,
        "m True MoreInputs(count=3, seed=1, names=['a', 'b'])\n",
    )
    code, text = run("--help")
    assert code == 0
    assert "What it does." in text
    assert text.index("--quiet") < text.index("--count") < text.index("--seed") < text.index("--name")


def test_the_types_of_the_fields_are_the_hints_of_the_command() -> None:
    hints = get_type_hints(with_records(command))
    assert hints == {"model": str, "quiet": bool, "count": int, "seed": int, "names": list[str] | None}


def test_a_field_without_a_default_is_required() -> None:
    code, text = run("m")
    assert code == 2
    assert "--count" in text


def test_an_option_that_two_records_have_is_refused_when_the_command_is_declared() -> None:
    def twice(*, seed: int, inputs: Inputs) -> None:
        print(seed, inputs)

    with pytest.raises(TypeError, match="twice takes an option twice"):
        with_records(twice)
