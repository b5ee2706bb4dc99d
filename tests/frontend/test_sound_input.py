"""Sample rate, offset and gain of a microphone: the same integers in Python and C, and the sound stays what it was."""

from __future__ import annotations

import ctypes
import subprocess
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.sound_input import FRACTION_BITS, RATES_HZ, SoundInput, SoundInputStream, coefficients
from mcu_toolkit.system.resources import templates_dir

SOURCE = """
#include "sound_input.h"
uint32_t run(const int16_t *coefficients, const uint16_t *numbers, int16_t *heard, const int16_t *in, uint32_t count, int16_t *out);
uint32_t run(const int16_t *coefficients, const uint16_t *numbers, int16_t *heard, const int16_t *in, uint32_t count, int16_t *out) {
    const sound_input input = {numbers[0], numbers[1], numbers[2], coefficients, numbers[3], numbers[4] != 0u};
    sound_input_state state;
    uint32_t made = 0;
    sound_input_reset(&input, &state, heard);
    for (uint32_t i = 0; i < count; i++) {
        made += sound_input_take(&input, &state, in[i], out + made);
    }
    return made;
}
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("sound_input")
    (folder / "run.c").write_text(SOURCE)
    flags = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror", "-fsanitize=undefined"]
    flags += ["-fsanitize-undefined-trap-on-error", f"-I{templates_dir() / 'listener'}", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, folder / "run.c", "-o", folder / "run.so"], check=True)
    return ctypes.CDLL(str(folder / "run.so"))


def in_c(compiled: Any, sound_input: SoundInput, samples: np.ndarray) -> np.ndarray:
    table = np.ascontiguousarray(coefficients(sound_input))
    taps = table.shape[1]
    numbers = np.array([sound_input.up, sound_input.down, taps, sound_input.gain_steps, sound_input.removes_offset], np.uint16)
    heard, out = np.zeros(max(1, taps), np.int16), np.zeros(sound_input.most_out * len(samples) + 8, np.int16)
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (table, numbers, heard, samples)]
    made = compiled.run(*pointers, ctypes.c_uint32(len(samples)), ctypes.c_void_p(out.ctypes.data))
    return out[:made]


def sounds(rate_hz: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(rate_hz)
    times = np.arange(6000) / rate_hz
    loud = np.where(np.arange(6000) // 37 % 2, 32767, -32768)
    return {
        "noise": random.integers(-32768, 32768, 6000).astype(np.int16),
        "square": loud.astype(np.int16),
        "tone and offset": (900 + 5000 * np.sin(2 * np.pi * 700 * times)).astype(np.int16),
        "silence": np.zeros(600, np.int16),
    }


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("gain", "removes_offset"), [(1.0, True), (7.3, True), (0.1, False)])
def test_c_computes_what_python_computes(compiled: Any, rate_hz: int, gain: float, removes_offset: bool) -> None:
    sound_input = SoundInput(rate_hz, 16_000, gain, removes_offset)
    for name, samples in sounds(rate_hz).items():
        expected = SoundInputStream(sound_input).push(samples)
        assert np.array_equal(in_c(compiled, sound_input, samples), expected), name
        assert abs(len(expected) - len(samples) * 16_000 / rate_hz) <= 1


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_pieces_make_no_difference(rate_hz: int) -> None:
    sound_input, samples = SoundInput(rate_hz, 16_000, 2.0, removes_offset=True), sounds(rate_hz)["noise"]
    whole, stream, random = SoundInputStream(sound_input).push(samples), SoundInputStream(sound_input), np.random.default_rng(1)
    cuts = np.sort(random.integers(0, len(samples), 40))
    assert np.array_equal(np.concatenate([stream.push(piece) for piece in np.split(samples, cuts)]), whole)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
def test_a_tone_keeps_its_pitch_and_its_loudness_and_nothing_else_appears(rate_hz: int) -> None:
    times = np.arange(rate_hz) / rate_hz
    out = SoundInputStream(SoundInput(rate_hz, 16_000)).push((10_000 * np.sin(2 * np.pi * 1000 * times)).astype(np.int16))
    part = out[1000:9000].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    peak = int(np.argmax(spectrum))
    assert peak * 16_000 / len(part) == 1000
    assert abs(np.abs(part).max() - 10_000) < 100
    others = np.delete(spectrum, slice(peak - 4, peak + 5))
    assert 20 * np.log10(others.max() / spectrum[peak]) < -60


def test_what_the_lower_rate_cannot_hold_is_filtered_out() -> None:
    times = np.arange(48_000) / 48_000
    out = SoundInputStream(SoundInput(48_000, 16_000)).push((20_000 * np.sin(2 * np.pi * 11_000 * times)).astype(np.int16))
    assert np.abs(out[1000:].astype(int)).max() < 20, "60 dB"


def test_an_offset_goes_and_the_sound_stays() -> None:
    samples = sounds(16_000)["tone and offset"]
    out = SoundInputStream(SoundInput(16_000, 16_000, removes_offset=True)).push(samples)
    assert abs(float(out[2048:].mean())) < 40
    assert float(out[2048:].std()) == pytest.approx(float(samples[2048:].std()), rel=0.01)


def test_no_sum_of_the_filter_leaves_32_bits() -> None:
    for rate_hz in RATES_HZ:
        table = np.abs(coefficients(SoundInput(rate_hz, 16_000)).astype(np.int64))
        assert table.sum(axis=1, initial=0).max() * 32768 + (1 << (FRACTION_BITS - 1)) < 2**31


def test_other_rates_and_gains_are_refused() -> None:
    for wrong in ({"rate_hz": 22_050}, {"gain": 0.0}, {"gain": 1000.0}, {"gain": float("nan")}):
        with pytest.raises((InputError, ValueError)):
            SoundInput(**{"rate_hz": 16_000, "target_hz": 16_000, **wrong})  # type: ignore[arg-type]
    SoundInput(22_050, 22_050)
