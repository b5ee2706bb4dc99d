"""Motion front ends: Python and the C compiled for this machine give the same integers, and these are what they are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.motion.compute import MotionStream, motion_features, readings_of
from mcu_toolkit.frontend.motion.description import STATISTICS, Filter, MotionFrontend, Spectrum
from mcu_toolkit.frontend.motion.filters import design, memory_of
from tests.frontend.motion.in_c import MotionInC
from tests.frontend.motion.settings import ALL, SETTINGS, motion


@pytest.mark.parametrize("name", SETTINGS)
def test_c_and_python_agree_on(name: str, tmp_path: Path) -> None:
    frontend = SETTINGS[name]
    compiled = MotionInC(frontend, tmp_path)
    seen: set[int] = set()
    for number in range(14):
        readings = motion(number, frontend.window_samples + 7 * frontend.hop_samples + 3, len(frontend.axes))
        ours = motion_features(readings, frontend)
        assert ours.shape == (frontend.windows_in(len(readings)), frontend.features)
        assert len(ours) >= 8
        assert np.array_equal(compiled.features(readings), ours), number
        seen |= set(ours.ravel().tolist())
    assert len(seen) > 20  # a front end of zeros would agree too


def test_readings_in_pieces_give_the_features_of_the_whole() -> None:
    readings = motion(0, 1000, 3)
    whole = motion_features(readings, ALL)
    for piece in (1, 63, 200):
        stream = MotionStream(ALL)
        parts = [stream.push(readings[start : start + piece]) for start in range(0, len(readings), piece)]
        assert np.array_equal(np.concatenate(parts), whole)


def test_statistics_are_what_they_are_called() -> None:
    frontend = MotionFrontend(100.0, ("x", "y"), (1.0,), 200, 200)
    x = np.random.default_rng(0).normal(300, 2000, (200, 2)).astype(np.int16)
    found = dict(zip(frontend.names, motion_features(x, frontend)[0].astype(int), strict=True))
    for axis, column in zip("xy", x.T.astype(float), strict=True):
        assert found[f"{axis}.mean"] - 32768 == pytest.approx(column.mean(), abs=0.51)
        assert found[f"{axis}.std"] == pytest.approx(column.std(), abs=0.51)
        assert found[f"{axis}.rms"] == pytest.approx(np.sqrt((column**2).mean()), abs=0.51)
        assert found[f"{axis}.min"] - 32768 == column.min()
        assert found[f"{axis}.max"] - 32768 == column.max()
        assert found[f"{axis}.peak_to_peak"] == np.ptp(column)
        assert found[f"{axis}.zero_crossings"] == (np.diff(np.signbit(column).astype(int)) != 0).sum()


def test_a_movement_is_in_the_band_of_its_frequency() -> None:
    frontend = MotionFrontend(100.0, ("x",), (1.0,), 128, 128, (), (), Spectrum(5, 0, 50))
    for hz, band in ((3, 0), (14, 1), (25, 2), (37, 3), (46, 4)):
        x = 5000 + 1000 * np.sin(2 * np.pi * hz * np.arange(128) / 100)
        [energies] = motion_features(x.astype(np.int16)[:, None], frontend)
        assert energies.argmax() == band
        assert energies[band] > 10 * np.delete(energies, band).max()


@pytest.mark.parametrize(("kind", "gain"), [("high_pass", 0), ("low_pass", 1)])
def test_a_steady_value_passes_a_low_pass_exactly_and_a_high_pass_not_at_all(kind: str, gain: int) -> None:
    for cutoff_hz in (0.05, 1.0, 44.0):
        filtered = memory_of(Filter(kind, cutoff_hz=cutoff_hz), 100.0).push(np.full(500, -12_345, np.int16))
        assert set(filtered.tolist()) == {-12_345 * gain}


@pytest.mark.parametrize(("kind", "passed_hz", "stopped_hz"), [("high_pass", 30.0, 0.5), ("low_pass", 0.5, 40.0)])
def test_filters_pass_what_they_should(kind: str, passed_hz: float, stopped_hz: float) -> None:
    def left(hz: float) -> float:
        wave = (10_000 * np.sin(2 * np.pi * hz * np.arange(2000) / 100)).astype(np.int16)
        return float(np.abs(memory_of(Filter(kind, cutoff_hz=5.0), 100.0).push(wave)[1000:]).max()) / 10_000

    assert left(passed_hz) == pytest.approx(1, abs=0.03)
    assert left(stopped_hz) < 0.03
    assert left(5.0) == pytest.approx(np.sqrt(0.5), abs=0.02)


def test_filters_are_stable_at_their_limits() -> None:
    for kind in ("high_pass", "low_pass"):
        for share in (0.0005, 0.01, 0.45):
            one = design(kind, share * 100, 100.0)
            poles = np.roots([1, one.a1 / 2**28, one.a2 / 2**28])
            assert np.abs(poles).max() < 1


def test_real_values_become_counts() -> None:
    values = np.array([[1.0, -1.0, 0.5], [99.0, -99.0, 0.0001]])
    assert readings_of(values, ALL).tolist() == [[4096, -4096, 2048], [32767, -32768, 0]]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sample_rate_hz": 0.0}, "sample_rate_hz 0"),
        ({"axes": ()}, "the number of axes"),
        ({"axes": ("x", "x")}, "axes x, x"),
        ({"counts_per_unit": (1.0, 2.0)}, "2 counts_per_unit"),
        ({"counts_per_unit": (0.0,)}, "counts_per_unit 0"),
        ({"window_samples": 1}, "window_samples 1"),
        ({"hop_samples": 129}, "hop_samples 129"),
        ({"statistics": ("median",)}, "statistics 'median'"),
        ({"statistics": ("mean", "mean")}, "statistics"),
        ({"statistics": (), "spectrum": None}, "neither statistics nor spectrum"),
        ({"spectrum": Spectrum(64, 0, 10)}, "64 bands in bins"),
        ({"spectrum": Spectrum(4, 0, 60)}, "4 bands in bins"),
        ({"filters": (Filter("low_pass", cutoff_hz=46.0),)}, "cutoff_hz of low_pass 46"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, object], words: str) -> None:
    given = {field: getattr(ALL, field) for field in ALL.__dataclass_fields__} | changes
    with pytest.raises(InputError, match=words):
        MotionFrontend(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("hz", [float("inf"), float("-inf"), float("nan"), -1.0, 1e300])
@pytest.mark.parametrize("name", ["lower_hz", "upper_hz"])
def test_a_spectrum_has_finite_edges(name: str, hz: float) -> None:
    with pytest.raises(InputError, match=rf"front end: spectrum\.{name} "):
        Spectrum(**{name: hz})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given", [{"kind": "notch"}, {"kind": "low_pass"}, {"kind": "moving_average"}, {"kind": "moving_average", "samples": 1}]
)
def test_filters_that_cannot_be_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(InputError, match="front end: "):
        Filter(**given)  # type: ignore[arg-type]


def test_other_readings_are_refused() -> None:
    with pytest.raises(InputError, match="shape"):
        motion_features(np.zeros((10, 2), np.int16), ALL)
    with pytest.raises(InputError, match="int32"):
        motion_features(np.zeros((10, 3), np.int32), ALL)  # type: ignore[arg-type]


def test_every_statistic_has_a_name_in_c() -> None:
    from mcu_toolkit.firmware.motion_frontend import _IN_C

    assert set(_IN_C) == set(STATISTICS)
