"""The sensor of emulated boards plays a recording through mcu_sensor.h: every sample, or a count of those that were lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcu_toolkit.boards import load_board
from mcu_toolkit.device.sensor import Recording, play, sensor_file, ticks_per_s
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.resources import templates_dir
from tests.firmware_c.build import SANITIZERS

FILE = "mcu-sensor-recording"
RING_S = 0.125


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """sensor_main.c above the driver, as a program of this machine under sanitizers."""
    program = tmp_path_factory.mktemp("sensor") / "player"
    folder = templates_dir() / "sensors"
    sources = [Path(__file__).with_name("sensor_main.c"), folder / "emulated/sensor_emulated.c", folder / "emulated/sensor_file_process.c"]
    command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", *SANITIZERS, f"-I{folder}"]
    command += [f"-I{folder / 'emulated'}", f"-I{templates_dir() / 'common/src'}", *map(str, sources), "-o", str(program)]
    subprocess.run(command, check=True)
    return program


def recording(samples: int, channels: int = 1, rate_hz: float = 16_000.0, seed: int = 0) -> Recording:
    numbers = np.random.default_rng(seed).integers(-32768, 32768, (samples, channels)).astype(np.int16)
    return Recording("accelerometer" if channels > 1 else "microphone", numbers, rate_hz, 1 / 8192)


def played(player: Path, folder: Path, content: bytes, ticks_a_look: int = 0) -> list[str]:
    (folder / FILE).write_bytes(content)
    done = subprocess.run([player, str(ticks_a_look)], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def numbers_in(lines: list[str]) -> npt.NDArray[np.int64]:
    return np.array([int(line) for line in lines if not line.startswith("lost")], np.int64)


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_every_sample_arrives_where_time_does_not_count(player: Path, tmp_path: Path, channels: int) -> None:
    one = recording(5003, channels)
    head, *lines = played(player, tmp_path, sensor_file(one, 0))
    assert head == f"{1 if channels == 1 else 2} {channels} 16000000 {1 / 8192:.9g}"
    assert np.array_equal(numbers_in(lines), one.numbers.ravel())


def test_samples_become_due_as_time_passes(player: Path, tmp_path: Path) -> None:
    one = recording(4000)
    _, *lines = played(player, tmp_path, sensor_file(one, 1_000_000), ticks_a_look=1000)
    assert np.array_equal(numbers_in(lines), one.numbers.ravel()), "16 samples a look, and more are asked for on average"


def test_what_nobody_takes_in_time_is_lost_and_counted(player: Path, tmp_path: Path) -> None:
    one = recording(20_000)
    _, *lines = played(player, tmp_path, sensor_file(one, 1_000_000), ticks_a_look=500_000)
    at, holes = 0, 0
    for line in lines:
        if line.startswith("lost"):
            at += int(line.split()[1])
            holes += 1
        else:
            assert int(line) == one.numbers[at, 0], f"sample {at}: what comes behind a hole is later"
            at += 1
    assert holes >= 2
    assert at == len(one.numbers), "taken and lost are all there were"


def test_no_more_is_kept_than_a_driver_has_room_for(player: Path, tmp_path: Path) -> None:
    _, *lines = played(player, tmp_path, sensor_file(recording(20_000), 1_000_000), ticks_a_look=500_000)
    first = next(line for line in lines if line.startswith("lost"))
    assert int(first.split()[1]) == 8000 - (16_000 * RING_S + 1)


@pytest.mark.parametrize("content", [b"", b"MCUS", b"MCUS" + bytes(16), b"RIFF" + bytes(100), b"MCUS\x01\x01\x07" + bytes(13)])
def test_what_is_no_recording_is_no_sensor(player: Path, tmp_path: Path, content: bytes) -> None:
    assert played(player, tmp_path, content) == ["no sensor"]


def test_without_a_file_there_is_no_sensor(player: Path, tmp_path: Path) -> None:
    assert subprocess.run([player], cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "no sensor\n"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), ticks=st.integers(0, 1 << 40))
def test_no_file_makes_the_driver_do_what_a_sanitizer_finds(player: Path, tmp_path: Path, data: bytes, ticks: int) -> None:
    (tmp_path / FILE).write_bytes(sensor_file(recording(10), 7)[:4] + data)
    done = subprocess.run([player, str(ticks)], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert "ERROR" not in done.stderr
    assert "runtime error" not in done.stderr


def test_a_real_board_plays_nothing() -> None:
    with pytest.raises(InputError, match="is a real board"):
        play(load_board("nano33ble"), recording(10), in_real_time=False)


def test_an_emulator_that_reads_no_file_of_this_machine_plays_nothing() -> None:
    board = load_board("pico-bare")
    assert board.sensor_driver("microphone") == ""
    with pytest.raises(InputError, match="its emulator, rp2040js, plays no recordings"):
        play(board, recording(10), in_real_time=False)


def test_a_recording_has_few_channels_of_16_bits() -> None:
    with pytest.raises(InputError, match="shape"):
        recording(10, channels=7)
    with pytest.raises(InputError, match="float64"):
        Recording("microphone", np.zeros((10, 1)), 16_000.0, 1.0)  # type: ignore[arg-type]


def test_a_second_is_as_many_instructions_as_the_clock_has_cycles() -> None:
    assert ticks_per_s(load_board("netduinoplus2")) == 168_000_000
    assert ticks_per_s(load_board("host")) == 1_000_000
    assert ticks_per_s(load_board("qemu-riscv32")) > 0
