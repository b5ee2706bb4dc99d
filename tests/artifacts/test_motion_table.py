"""CSV files of motion: columns, units of time, and what is wrong with the line that it is in."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_toolkit.artifacts.motion_table import read_motion


def table(path: Path, times: list[object], header: str = "time_ms,x,y") -> Path:
    path.write_text("\n".join([header, *(f"{time},{number},{-number}" for number, time in enumerate(times))]) + "\n")
    return path


def test_columns_values_and_rate(tmp_path: Path) -> None:
    found = read_motion(table(tmp_path / "a.csv", list(range(0, 200, 10))))
    assert found.axes == ("x", "y")
    assert found.values.tolist() == [[n, -n] for n in range(20)]
    assert found.rate_hz == 100


@pytest.mark.parametrize(
    ("header", "step", "rate_hz"),
    [("time_s,x,y", 0.02, 50), ("Timestamp,x,y", 0.02, 50), ("t,x,y", 20, 50), ("time_us,x,y", 20_000, 50), ("timestamp_ns,x,y", 2e7, 50)],
)
def test_units_of_time(header: str, step: float, rate_hz: float, tmp_path: Path) -> None:
    found = read_motion(table(tmp_path / "a.csv", [number * step for number in range(20)], header))
    assert found.rate_hz == pytest.approx(rate_hz)


def test_whole_milliseconds_of_an_odd_rate(tmp_path: Path) -> None:
    found = read_motion(table(tmp_path / "a.csv", [round(number * 1000 / 62.5) for number in range(500)]))
    assert found.rate_hz == pytest.approx(62.5, rel=0.001)


def test_without_time_stamps_there_is_no_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "1,2\n" * 10)
    assert read_motion(path).rate_hz is None


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([*range(0, 100, 10), *range(200, 300, 10)], "line 12: a gap of 110, about 10 readings are missing"),
        ([*range(0, 100, 10), *range(50, 150, 10)], "line 12: the time goes back by 40"),
        ([*range(0, 100, 10), 91, *range(101, 200, 10)], "line 12: a step of 1 where 10 is usual"),
        ([5] * 20, "do not increase"),
    ],
)
def test_gaps_and_jumps_are_named_with_their_line(times: list[object], words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        read_motion(table(tmp_path / "a.csv", times))


@pytest.mark.parametrize("step", [5e-324, 1e-12, 1e19, 1e307])
def test_a_step_that_is_no_time_of_a_sensor_is_refused(step: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"its time stamps are .* s apart"):
        read_motion(table(tmp_path / "a.csv", [number * step for number in range(10)], "time_ns,x,y"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "first line"),
        (b"\xff\xfe", "no CSV file"),
        (b"1,2\n3,4\n", "has numbers, not the names"),
        (b"x,x\n1,2\n", "each once"),
        (b"x,y\n1,2\n3\n", "line 3 has 1 cells"),
        (b"x,y\n1,2\n3,four\n", "line 3 has 'four'"),
        (b"x,y\n1,nan\n", "line 2 has 'nan'"),
        (b"x,y\n1,2\n", "1 readings"),
        (b"time_ms\n" + b"\n".join(b"%d" % n for n in range(20)), "a column of time and no other"),
    ],
)
def test_what_is_no_recording_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        read_motion(tmp_path / "a.csv")


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"time_ms,x\n" + content)
    with contextlib.suppress(ValueError):
        assert np.isfinite(read_motion(path).values).all()
