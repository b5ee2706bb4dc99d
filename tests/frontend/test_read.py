"""frontend.toml: what is read from it, and what is refused with words that help."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import MICRO_FRONTEND, MLPERF_KWS, AudioFrontend, Log, NoiseReduction
from mcu_toolkit.frontend.read import frontend_of, plain_form, read_frontend
from tests.frontend.settings import SETTINGS


def test_a_preset_and_what_replaces_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "frontend.toml"
    path.write_text('preset = "micro_frontend"\nhop_ms = 20\n[log]\nscale_shift = 7\n')
    assert read_frontend(path) == replace(MICRO_FRONTEND, hop_ms=20, log=Log(7))


def test_a_description_without_a_preset_has_only_the_stages_that_it_names(tmp_path: Path) -> None:
    path = tmp_path / "frontend.toml"
    path.write_text(
        "sample_rate_hz = 8000\nwindow_ms = 32\nhop_ms = 16\nbands = 20\nlower_hz = 100\nupper_hz = 3800\n"
        "[noise_reduction]\nsmoothing_bits = 8\n"
    )
    assert read_frontend(path) == AudioFrontend(8000, 32, 16, 20, 100, 3800, noise_reduction=NoiseReduction(smoothing_bits=8))


@pytest.mark.parametrize("name", SETTINGS)
def test_json_and_back(name: str, tmp_path: Path) -> None:
    path = tmp_path / "frontend.json"
    path.write_text(json.dumps(plain_form(SETTINGS[name])))
    assert read_frontend(path) == SETTINGS[name]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"preset": "micro"}, "unknown front end 'micro'"),
        ({"preset": ["micro_frontend"]}, "unknown front end"),
        ({"bands": "forty"}, "bands is 'forty'"),
        ({"bands": 0}, "bands 0"),
        ({"bands": 257}, "bands 257"),
        ({"window": 30}, "unknown field 'window'"),
        ({"sample_rate_hz": 10**12}, "sample_rate_hz 1e+12"),
        ({"sample_rate_hz": True}, "sample_rate_hz is True"),
        ({"window_ms": 30.01}, "480.16 samples at 16000 Hz"),
        ({"window_ms": float("nan")}, "window_ms nan"),
        ({"hop_ms": 31}, "hop_ms 31"),
        ({"hop_ms": 0}, "hop_ms 0"),
        ({"fft_size": 500}, "a power of two"),
        ({"fft_size": 256}, "a window of 480 samples"),
        ({"fft_size": 8192}, "fft_size 8192"),
        ({"upper_hz": 8000}, "less than half of the sample rate, 8000"),
        ({"upper_hz": 100}, "lower_hz below upper_hz"),
        ({"lower_hz": 7400, "upper_hz": 7410}, "no bin of the spectrum is between 7400 and 7410 Hz"),
        ({"pcan": {"offset": 1, "strength": 0.5, "gain_bits": 20}}, "the gain of pcan leaves 16 bits"),
        ({"pcan": {"gain_bits": 10}}, "pcan.gain_bits 10"),
        ({"noise_reduction": {"even_smoothing": 1.5}}, "noise_reduction.even_smoothing 1.5"),
        ({"log": {"scale_shift": 12}}, "log.scale_shift 12"),
        ({"log": 6}, "log is 6"),
        ({"mfcc": {"coefficients": 0}}, "mfcc.coefficients 0"),
        ({"mfcc": {"coefficients": 41}}, "mfcc.coefficients 41"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)) as raised:
        frontend_of({"preset": "micro_frontend", **changes}, "mine.toml")
    assert raised.value.on == "mine.toml"
    assert raised.value.expected


def test_pcan_without_noise_reduction_is_refused() -> None:
    text = {key: value for key, value in plain_form(MICRO_FRONTEND).items() if key != "noise_reduction"}
    with pytest.raises(InputError, match="pcan without noise_reduction"):
        frontend_of(text, "mine.toml")


def test_a_key_that_is_missing_is_named() -> None:
    with pytest.raises(InputError, match="it has no 'window_ms'"):
        frontend_of({"sample_rate_hz": 16_000}, "mine.toml")


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "frontend.toml"
    path.write_text("bands = = 3")
    with pytest.raises(InputError, match="cannot be read"):
        read_frontend(path)


def test_mfcc_without_a_logarithm_is_refused() -> None:
    text = {key: value for key, value in plain_form(MLPERF_KWS).items() if key != "log"}
    with pytest.raises(InputError, match="mfcc without log"):
        frontend_of(text, "mine.toml")
