"""The two tables of emulators, the package's and that of the scripts in a project, have the same rows."""

from __future__ import annotations

import importlib
import typing

import pytest

from mcu_toolkit.boards import all_boards
from mcu_toolkit.boards.board import Emulator
from mcu_toolkit.boards.emulator_table import EMULATOR_KINDS
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.system.user_folders import cache_dir
from tests.platforms.echo_project import PLATFORM


def test_every_kind_can_be_named_and_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PLATFORM / "emulator")
    kinds = importlib.import_module("kinds")
    named = typing.get_args(typing.get_type_hints(Emulator)["kind"])
    assert set(kinds.KINDS) == set(EMULATOR_KINDS) == set(named)


def test_a_kind_that_plays_recordings_has_the_firmware_for_it() -> None:
    folder = templates_dir() / "sensors" / "emulated"
    having = {kind for kind in EMULATOR_KINDS if (folder / f"sensor_file_{kind}.c").is_file()}
    assert having == {name for name, kind in EMULATOR_KINDS.items() if kind.plays_recordings}


@pytest.mark.parametrize("variables", [{"MCU_CACHE_DIR": "/tmp/x/y"}, {"XDG_CACHE_HOME": "/tmp/xdg"}, {}])
def test_the_scripts_and_the_package_agree_on_the_cache(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MCU_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(PLATFORM / "emulator")
    assert importlib.import_module("state").cache_folder() == cache_dir()


def test_only_an_emulators_own_cycles_are_an_estimate() -> None:
    assert [board.id for board in all_boards() if board.estimates_cycles] == ["pico-bare"]
