"""Ports that do not lead to the firmware wanted, and boards that cannot be flashed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import serial

from mcu_toolkit.model import read_model
from tests import small_models
from tests.cli import ports
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused, mcu, unprivileged


def test_absent(tiny: Path, here: Path) -> None:
    message = "error: /dev/ttyACM77: the port is absent: no such device\n  try: plug the board in, or list the ports there are: mcu doctor"
    assert_refused(mcu_here("verify", tiny, "--port", "/dev/ttyACM77", "--json", "r.json"), 3, message)
    answer = json.loads((here / "r.json").read_text())
    assert (answer["verdict"], answer["exit_code"], answer["on"]) == ("error", 3, "/dev/ttyACM77")


def test_busy(tiny: Path) -> None:
    with ports.port_answering(ports.silence) as port, serial.Serial(port, exclusive=True):
        message = f"error: {port}: the port is busy: another program has it open\n  try: close the monitor or IDE that uses it"
        assert_refused(mcu_here("verify", tiny, "--port", port), 3, message)


def test_without_permission(tiny: Path) -> None:
    with ports.port_answering(ports.silence) as port:
        Path(port).chmod(0)
        outcome = mcu("verify", tiny, "--port", port, prefix=unprivileged(), env={"USER": "me"})
        group = Path(port).group()
    hint = f"sudo usermod -aG {group} me, then log in again (or add a udev rule for the board)"
    if group == "root":
        hint = 'add a udev rule for the board (SUBSYSTEM=="tty", MODE="0660", GROUP="dialout") and plug it in again'
    assert_refused(outcome, 3, f"error: {port}: no permission to open the port\n  try: {hint}")


@pytest.mark.slow
def test_silent(tiny: Path) -> None:
    with ports.port_answering(ports.silence) as port:
        message = (
            f"error: {port}: the device is silent: no byte within 8 s\n"
            "  try: check port, power and cable; press reset; flash the firmware: mcu flash"
        )
        assert_refused(mcu_here("verify", tiny, "--port", port), 3, message)


@pytest.mark.slow
def test_speaking_something_else(tiny: Path) -> None:
    with ports.port_answering(ports.arduino) as port:
        outcome = mcu_here("verify", tiny, "--port", port)
    assert outcome.error.startswith(f"error: {port}: the device speaks something else, first bytes ")
    # Where in the sketch's line the port was opened is chance; it repeats every 29 bytes.
    assert any(word in outcome.error for word in ("Hello", "from", "blink", "sketch"))
    assert outcome.error.endswith(
        "\n  expected: an answer to HELLO\n"
        "  try: mcu flash: put this toolkit's firmware on the board; if it has it already, check the baud rate"
    )
    assert outcome.exit_code == 3
    assert "board says: Hello from the blink sketch" in outcome.stderr


def test_another_protocol_version(tiny: Path) -> None:
    with ports.port_answering(ports.speaking_version(9)) as port:
        message = (
            f"error: {port}: the device speaks version 9 of the protocol\n  expected: version 1\n"
            "  try: mcu flash: put this toolkit's firmware on the board"
        )
        assert_refused(mcu_here("verify", tiny, "--port", port), 3, message)


def test_firmware_of_another_model(tiny: Path, here: Path, boards: Path) -> None:
    (here / "other.tflite").write_bytes(small_models.fully_connected(seed=8))
    succeed_here("generate", "other.tflite", "--board", "host", "-o", "p")
    succeed_here("flash", "p")
    message = (
        f"error: {boards}/host/tty: the firmware holds another model: 'other', sha256 {read_model(here / 'other.tflite').sha256}\n"
        f"  expected: 'tiny', sha256 {read_model(here / tiny).sha256}\n"
        "  try: mcu flash: put the firmware made from this model on the board"
    )
    assert_refused(mcu_here("verify", tiny, "--board", "host"), 3, message)


def test_an_emulated_board_that_is_not_running(tiny: Path) -> None:
    message = (
        "error: netduinoplus2: the emulated board is not running\n  expected: a board that was flashed\n"
        "  try: mcu deploy, or mcu flash PROJECT"
    )
    assert_refused(mcu_here("verify", tiny, "--board", "netduinoplus2"), 3, message)


@pytest.fixture
def only_python(here: Path) -> dict[str, str]:
    """A PATH on which there is no compiler and no emulator, and a network on which nobody answers."""
    (here / "bin").mkdir()
    (here / "bin" / "python3").symlink_to(sys.executable)
    nobody = "http://127.0.0.1:9"  # the port of the discard service, which no system has run for decades
    return {"PATH": str(here / "bin"), "https_proxy": nobody, "http_proxy": nobody, "MCU_CACHE_DIR": str(here / "cache")}


def test_no_compiler_and_no_registry_to_get_one_from(tiny: Path, here: Path, only_python: dict[str, str]) -> None:
    message = (
        "error: netduinoplus2: no compiler for cortex-m4f: 'arm-none-eabi-gcc' is not on PATH and PlatformIO's registry does not answer\n"
        "  try: sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"
    )
    assert_refused(mcu("deploy", tiny, "--board", "netduinoplus2", "--runtime", "aot", "-o", "out", env=only_python), 3, message)
    assert not (here / "out").exists()
    succeed_here("generate", tiny, "--board", "netduinoplus2", "--runtime", "aot", "-o", "p")
    assert_refused(mcu("build", "p", env=only_python), 3, message)


def test_no_compiler_of_this_machine(tiny: Path, here: Path, only_python: dict[str, str]) -> None:
    succeed_here("generate", tiny, "--board", "host", "-o", "p")
    message = "error: host: no compiler for host: 'gcc' is not on PATH\n  try: sudo apt-get install gcc libc6-dev"
    assert_refused(mcu("build", "p", env=only_python), 3, message)


def test_no_emulator(tiny: Path, here: Path, only_python: dict[str, str]) -> None:
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("no arm-none-eabi-gcc")
    (here / "bin" / "arm-none-eabi-gcc").symlink_to(compiler)
    message = "error: netduinoplus2: emulator 'qemu-system-arm' not found on PATH\n  try: sudo apt-get install qemu-system-arm"
    assert_refused(mcu("deploy", tiny, "--board", "netduinoplus2", "--runtime", "aot", "-o", "out", env=only_python), 3, message)
    assert not (here / "out").exists()
