"""What the shell completes: values too, and never an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from mcu_toolkit.boards.load import board_ids
from mcu_toolkit.cli import completion
from mcu_toolkit.cli.app import app
from mcu_toolkit.quantize import all_schemes
from mcu_toolkit.runtimes import runtime_names
from mcu_toolkit.train import all_tasks
from tests.cli.running import mcu


def completed(line: str) -> list[str]:
    """What bash would offer at the end of `line`."""
    words = line.split(" ")
    outcome = mcu(env={"_MCU_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)})
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    return outcome.stdout.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mcu deploy m.tflite --board net", ["netduinoplus2"]),
        ("mcu boards show mps3", ["mps3-an547"]),
        ("mcu generate m.tflite -r ", list(runtime_names())),
        ("mcu fit m.tflite --board micro", ["microbit"]),
        ("mcu quantize m.keras --scheme int8", ["int8", "int8-float-io"]),
        ("mcu train s", ["sine"]),
        ("mcu train im", ["images"]),
        ("mcu new x --task d", ["digits"]),
        ("mcu compare a.json b.json --format m", ["md"]),
        ("mcu comp", ["compare", "compare-kernels"]),
    ],
)
def test_values_are_completed(line: str, expected: list[str]) -> None:
    assert sorted(completed(line)) == sorted(expected)


COMPLETED = {
    "--board",
    "--core",
    "--family",
    "--format",
    "--kernels",
    "--like",
    "--optimize",
    "--port",
    "--protocol",
    "--runtime",
    "--scheme",
}


def every_option(command: Any, words: str = "mcu") -> Iterator[tuple[str, Any]]:
    """(command, parameter) of every command of a group."""
    for name, found in command.commands.items():
        if hasattr(found, "commands"):
            yield from every_option(found, f"{words} {name}")
        else:
            yield from ((f"{words} {name}", parameter) for parameter in found.params)


def test_every_command_completes_the_values_of_options_that_have_a_few() -> None:
    options = [(words, one) for words, one in every_option(typer.main.get_command(app)) if COMPLETED & set(one.opts)]
    assert len(options) > 40
    assert not [f"{words} {one.opts[0]}" for words, one in options if one._custom_shell_complete is None]


def test_families_are_completed_in_lists() -> None:
    assert completion.families("nrf") == ["nrf51822-qfaa", "nrf52840"]
    assert completion.families("stm32,esp32-s") == ["stm32,esp32-s3"]
    assert completion.families("zx") == []


def test_a_folder_whose_settings_are_wrong_is_no_reason_for_an_error(here: Path) -> None:
    (here / "mcu.toml").write_text("nonsense")
    assert completed("mcu deploy m.tflite --board micro") == ["microbit"]


def test_what_is_offered_is_what_there_is() -> None:
    assert completion.boards("") == list(board_ids())
    assert completion.runtimes("") == list(runtime_names())
    assert completion.schemes("") == [scheme.name for scheme in all_schemes()]
    assert completion.tasks("") == [task.name for task in all_tasks()]


def test_what_cannot_be_found_out_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise OSError

    monkeypatch.setattr("mcu_toolkit.device.serial_ports", fails)
    assert completion.ports("") == []
