"""Drivers of sensors run on this machine, with a clock and samples that are made up: what was lost is counted, and where it was."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.system.resources import templates_dir
from tests.platforms.test_arduino import STUB

SENSORS = templates_dir() / "sensors"
MAINS = Path(__file__).parent / "arduino_sensors"
IMUS = [("accelerometer_lsm9ds1", "-DSENSOR_LSM9DS1", 119), ("accelerometer_lsm6ds3", "-DSENSOR_LSM6DS3", 104)]
RINGS = [("microphone_pdm", "-DSENSOR_PDM", 2048), ("microphone_adc_rp2040", "-DSENSOR_ADC", 1024)]


def build(main: str, driver: str, folder: Path, *flags: str) -> Path:
    """The driver and the program that plays its sensor."""
    program = folder / driver
    header = next(templates_dir().rglob("mcu_sensor.h")).parent
    folders = (STUB, header, SENSORS / "parts")
    command = ["g++", "-std=gnu++11", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover", *flags,
               *(f"-I{one}" for one in folders), str(MAINS / main), str(SENSORS / f"drivers/{driver}.cpp"), "-o", str(program)]  # fmt: skip
    subprocess.run(command, check=True)
    return program


def play(program: Path, *steps: tuple[int, ...]) -> list[list[int]]:
    text = "".join(" ".join(map(str, step)) + "\n" for step in steps)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return [[int(word) for word in line.split()] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("driver", "flag", "ring"), RINGS)
def test_what_a_full_ring_loses_lies_before_what_is_read_next(driver: str, flag: str, ring: int, tmp_path: Path) -> None:
    program = build("ring.cpp", driver, tmp_path, flag)
    steps = [(100, 40, 0), (ring + 7, 3000, 0), (ring, 100, 50), (0, 3000, 0), (0, 3000, 0), (5, 5, 0)]
    next_sample, counted, taken = 0, 0, []
    for lost, *samples in play(program, *steps):
        next_sample += lost - counted
        counted = lost
        assert samples == [(next_sample + i) % 128 for i in range(len(samples))]
        next_sample += len(samples)
        taken.append((lost, len(samples)))
    gap = 60 + 7
    assert taken == [(0, 40), (gap, ring), (gap, 100), (gap, ring - 50), (gap, 0), (gap, 5)]


@pytest.mark.parametrize(("driver", "flag", "ring"), RINGS)
def test_a_read_ends_at_a_hole_that_opens_meanwhile(driver: str, flag: str, ring: int, tmp_path: Path) -> None:
    first, second = play(build("ring.cpp", driver, tmp_path, flag), (ring, 3000, 100), (0, 3000, 0))
    assert first == [0, *(i % 128 for i in range(64))]
    assert second == [36, *(i % 128 for i in range(100, ring + 100))]


@pytest.mark.parametrize(("driver", "flag", "rate_hz"), IMUS)
def test_an_accelerometer_that_is_polled_in_time_loses_nothing(driver: str, flag: str, rate_hz: int, tmp_path: Path) -> None:
    """Whatever lies between two polls, and also where the sensor's clock is 5 % off."""
    program = build("imu.cpp", driver, tmp_path, flag)
    pick = random.Random(3)
    for clock in (0.95, 1.0, 1.05):
        interval_ns = round(1e9 / rate_hz / clock)
        for longest_us in (1000, 6500, 7900):
            steps = [longest_us] * 2000, [pick.randrange(1, longest_us) for _ in range(2000)]
            for polls in steps:
                readings = play(program, (interval_ns,), tuple(polls))
                assert len(readings) > 1
                assert {tuple(counts) for counts in readings} == {(0, 0)}


@pytest.mark.parametrize(("driver", "flag", "rate_hz"), IMUS)
def test_readings_that_an_accelerometer_loses_are_counted(driver: str, flag: str, rate_hz: int, tmp_path: Path) -> None:
    program = build("imu.cpp", driver, tmp_path, flag)
    pick = random.Random(4)
    interval_us = 1_000_000 // rate_hz
    for share in (1.3, 1.5, 2.0, 2.5, 7.3):
        polls = tuple(round(share * interval_us * pick.uniform(0.9, 1.1)) for _ in range(1000))
        *_, (counted, lost) = play(program, (interval_us * 1000,), polls)
        assert (0.97 if share >= 2 else 0.75) * lost <= counted <= lost + 1


def test_an_analog_input_counts_what_passed_unread_and_lives_on(tmp_path: Path) -> None:
    """Also after a pause of more than half of a turn of the clock."""
    program = build("analog.cpp", "analog_read", tmp_path)
    steps = [(9_999,), (1,), (0,), (10_000,), (35_000,), (4_999,), (1,), (40 * 60 * 1_000_000,), (10_000,)]
    pause = 240_000 - 1
    assert play(program, *steps) == [
        [0, 0], [1, 0], [0, 0], [1, 0], [1, 2], [0, 2], [1, 2], [1, 2 + pause], [1, 2 + pause],
    ]  # fmt: skip


def test_what_an_i2s_microphone_gives_arrives_also_where_a_read_says_timeout(tmp_path: Path) -> None:
    program = build("i2s.cpp", "microphone_i2s_esp", tmp_path)
    reads = play(program, (62_500,), (16_000, 200), (1000, 200), (1000, 200), (15_000, 300))
    assert [count for count, *_ in reads] == [200, 56, 0, 256]
    assert reads[-1][1:] == [0, 0]


def test_an_i2s_microphone_that_is_read_in_time_loses_nothing(tmp_path: Path) -> None:
    program = build("i2s.cpp", "microphone_i2s_esp", tmp_path)
    pick = random.Random(5)
    for interval_ns in (62_300, 62_500, 62_700):
        steps = [(pick.randrange(1, 111_000), pick.choice((1700, 2000, 3000))) for _ in range(3000)]
        reads = play(program, (interval_ns,), *steps)
        assert {tuple(counts) for _, *counts in reads} == {(0, 0)}
        assert sum(count for count, *_ in reads) > 1_000_000


def test_what_an_i2s_microphone_loses_is_counted_to_two_buffers_for_each_hole(tmp_path: Path) -> None:
    program = build("i2s.cpp", "microphone_i2s_esp", tmp_path)
    pick, before, holes = random.Random(6), [0, 0], 0
    steps = [(pick.choice((20_000, 100_000, 300_000, 1_000_000)), 3000) for _ in range(500)]
    steps += [(130_000, 1000)] * 2000  # always too slow: the clock turns, and nothing is ever read to its end
    reads = play(program, (62_500,), *steps)
    for _, counted, lost in reads[:500]:
        holes += lost > before[1]
        assert lost - before[1] - 512 <= counted - before[0] <= lost - before[1]
        before = [counted, lost]
    assert holes > 100
    counted, lost = (reads[-1][i] - before[i - 1] for i in (1, 2))
    assert lost > 1_000_000
    assert abs(counted - lost) <= 512
