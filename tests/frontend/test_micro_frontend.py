"""The preset micro_frontend: Python, the C compiled for this machine and pymicro-features give the same integers."""

from __future__ import annotations

import ctypes
import ctypes.util
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.frontend import MICRO_FRONTEND, features_of
from mcu_toolkit.frontend.log1p_float32 import log1p_float32
from tests.frontend.in_c import FrontendInC
from tests.frontend.sounds import DIGITS, generated, spoken

_CHUNK = MICRO_FRONTEND.hop_samples
_SCALE = 0.0390625
"""What pymicro-features multiplies its integers by: 10 / 256."""


def by_pymicro(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.uint16]:
    """What pymicro-features computes, as the integers before they are scaled: uint16 [frames, bands]."""
    pymicro = pytest.importorskip("pymicro_features", reason="the pymicro-features wheel is not for this machine")
    frontend, found, at = pymicro.MicroFrontend(), [], 0
    while at + _CHUNK <= len(samples):
        output = frontend.process_samples(samples[at : at + _CHUNK].tobytes())
        at += output.samples_read
        if output.features:
            found.append(np.array(output.features) / _SCALE)
    integers = np.array(found).reshape(-1, MICRO_FRONTEND.bands)
    assert (integers == np.rint(integers)).all()
    return integers.astype(np.uint16)


def require_a_c_library_like_the_boards() -> None:
    """Skip where log1pf rounds otherwise: there pymicro-features fills its tables with other weights than on a board."""
    name = ctypes.util.find_library("m")
    library = ctypes.CDLL(name) if name else None
    if library is None:
        pytest.skip("no C library to ask how log1pf rounds")
    library.log1pf.argtypes, library.log1pf.restype = [ctypes.c_float], ctypes.c_float
    bins = [np.float32(np.float32(31.25 * index) / np.float32(700)) for index in range(257)]
    if any(library.log1pf(float(x)) != float(log1p_float32(x)) for x in bins):
        pytest.skip("this C library's log1pf rounds otherwise than newlib's and glibc's up to 2.40")


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> FrontendInC:
    return FrontendInC(MICRO_FRONTEND, tmp_path_factory.mktemp("frontend"))


def differing(sounds: Iterable[npt.NDArray[np.int16]], in_c: FrontendInC) -> tuple[int, int]:
    """How many features differ from the first of the three, and how many there are."""
    require_a_c_library_like_the_boards()
    different = total = 0
    for samples in sounds:
        ours, compiled = features_of(samples, MICRO_FRONTEND), in_c.features(samples)
        whole = samples[: len(samples) // _CHUNK * _CHUNK]  # pymicro-features takes whole chunks only
        theirs = by_pymicro(whole)
        assert ours.shape == compiled.shape
        assert len(theirs) == MICRO_FRONTEND.frames_in(len(whole))
        different += int((ours != compiled).sum()) + int((ours[: len(theirs)] != theirs).sum())
        total += ours.size
    return different, total


def test_generated_sounds_give_the_same_features_thrice(in_c: FrontendInC) -> None:
    different, total = differing((generated(number) for number in range(40)), in_c)
    assert different == 0
    assert total == 40 * 98 * 40


def test_spoken_digits_give_the_same_features_thrice(in_c: FrontendInC) -> None:
    if not DIGITS.is_dir():
        pytest.skip("the spoken digits are not beside the checkout; the generated sounds are tested above")
    different, total = differing(itertools.islice(spoken(), 0, None, 100), in_c)
    assert different == 0
    assert total > 0


@pytest.mark.nightly
def test_a_thousand_clips_give_the_same_features_thrice(in_c: FrontendInC) -> None:
    def clips() -> Iterator[npt.NDArray[np.int16]]:
        digits = itertools.islice(spoken(), 500)  # none where the data is not there
        found = list(digits)
        yield from found
        yield from (generated(number) for number in range(1000, 2000 - len(found)))

    different, total = differing(clips(), in_c)
    assert different == 0
    assert total > 1000 * 40


def test_in_pieces_of_any_size_it_is_the_same(in_c: FrontendInC) -> None:
    samples = generated(6)
    whole = features_of(samples, MICRO_FRONTEND)
    for piece in (1, 7, 159, 160, 161, 480, 5000):
        assert np.array_equal(in_c.features(samples, piece), whole), piece


def test_the_state_is_small(in_c: FrontendInC) -> None:
    assert in_c.state_bytes <= 2312


def test_without_sanitizers_and_optimized_it_is_the_same(tmp_path: Path) -> None:
    optimized = FrontendInC(MICRO_FRONTEND, tmp_path, ("-O3",))
    for number in range(10):
        assert np.array_equal(optimized.features(generated(number)), features_of(generated(number), MICRO_FRONTEND))
