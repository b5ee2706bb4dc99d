"""Drivers of sensors run on this machine, with a clock and samples that are made up: what was lost is counted, and where it was."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.system.resources import templates_dir
from tests.platforms.test_arduino import STUB

SENSORS = templates_dir() / "sensors"
MAINS = Path(__file__).parent / "arduino_sensors"
RINGS = [("microphone_pdm", "-DSENSOR_PDM", 2048), ("microphone_adc_rp2040", "-DSENSOR_ADC", 1024)]


def build(main: str, driver: str, folder: Path, *flags: str) -> Path:
    """The driver and the program that plays its sensor."""
    program = folder / driver
    header = next(templates_dir().rglob("mcu_sensor.h")).parent
    command = ["g++", "-std=gnu++11", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover", *flags,
               f"-I{STUB}", f"-I{header}", str(MAINS / main), str(SENSORS / f"drivers/{driver}.cpp"), "-o", str(program)]  # fmt: skip
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
