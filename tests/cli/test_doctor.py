"""`mcu doctor` says what is there, and what to do about what is not."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import mcu, succeed

NOBODY = "http://127.0.0.1:9"
"""A proxy that refuses at once."""


def checks(path: Path) -> dict[str, dict[str, object]]:
    return {check["name"]: check for check in json.loads(path.read_text())["checks"]}


def test_here_the_emulated_chain_can_run(here: Path, boards: Path) -> None:
    outcome = succeed("doctor", "--json", "r.json")
    found = checks(here / "r.json")
    for name in ("tensorflow", "platformio", "arm-none-eabi-gcc", "qemu-system-arm", "gcc"):
        assert found[name]["ok"], found[name]
        assert any(character.isdigit() for character in str(found[name]["found"])), "a version"
    assert found["state folder"]["found"] == str(boards)
    assert outcome.stdout.endswith("the chain can run on an emulated board: mcu demo --board netduinoplus2\n")
    assert "Traceback" not in outcome.stderr


def test_without_tools_and_network_it_says_what_to_install_and_does_not_stall(here: Path) -> None:
    (here / "bin").mkdir()
    (here / "bin/python3").symlink_to(sys.executable)
    env = {"PATH": str(here / "bin"), "https_proxy": NOBODY, "http_proxy": NOBODY}
    started_s = time.monotonic()
    outcome = mcu("doctor", "--json", "r.json", env=env)
    assert time.monotonic() - started_s < 60, "nothing in it may wait for anybody; the machine may be busy"
    assert outcome.exit_code == 3
    assert "MISS  arm-none-eabi-gcc       not on PATH" in outcome.stdout
    assert "-> sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi" in outcome.stdout
    assert "MISS  qemu-system-arm         not on PATH" in outcome.stdout
    assert "note  PlatformIO registry     does not answer" in outcome.stdout
    assert outcome.stdout.endswith("the chain cannot run on an emulated board: arm-none-eabi-gcc, qemu-system-arm\n")
    result = json.loads((here / "r.json").read_text())
    assert result["verdict"] == "fail"


def test_a_running_board_is_listed(tiny: Path, boards: Path) -> None:
    succeed("generate", tiny, "--board", "host", "-o", "p")
    succeed("flash", "p")
    assert f"host                    is running, serial port {boards}/host/tty" in succeed("doctor").stdout


def test_ports_say_what_they_are_and_what_permission_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No board is plugged in here: pyserial's list is replaced by one with two."""
    from serial.tools import list_ports, list_ports_common

    from mcu_toolkit.pipeline.inspection import doctor

    def plugged_in() -> list[list_ports_common.ListPortInfo]:
        mine, locked = (list_ports_common.ListPortInfo(path) for path in ("/dev/null", "/dev/zero"))
        mine.description, mine.vid, mine.pid = "Nano 33 BLE", 0x2341, 0x805A
        return [mine, locked]

    monkeypatch.setattr(list_ports, "comports", plugged_in)
    monkeypatch.setattr(os, "access", lambda path, mode: path == "/dev/null")
    found = {check.name: check for check in doctor.check_ports()}
    assert (found["/dev/null"].ok, found["/dev/null"].found) == (True, "Nano 33 BLE, USB 2341:805a")
    assert not found["/dev/zero"].ok
    assert found["/dev/zero"].found == "no description; no permission to open it"
    assert "udev rule" in found["/dev/zero"].hint or "usermod" in found["/dev/zero"].hint
