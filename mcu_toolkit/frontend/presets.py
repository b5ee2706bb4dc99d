"""Front ends by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mcu_toolkit.frontend.description import AudioFrontend, Log, Mfcc, NoiseReduction, Pcan

MICRO_FRONTEND = AudioFrontend(
    sample_rate_hz=16_000,
    window_ms=30,
    hop_ms=10,
    bands=40,
    lower_hz=125,
    upper_hz=7500,
    noise_reduction=NoiseReduction(),
    pcan=Pcan(),
    log=Log(),
)
"""What microWakeWord, ESPHome and the PyPI package pymicro-features compute; real = feature * 0.0390625 (that package's scale)."""

MLPERF_KWS = AudioFrontend(sample_rate_hz=16_000, window_ms=30, hop_ms=20, bands=40, lower_hz=20, upper_hz=4000, log=Log(8), mfcc=Mfcc(10))
"""Keyword spotting as in MLPerf Tiny: ten MFCC of 49 frames a second; real = (feature - 32768) / 256."""

MLPERF_AD = AudioFrontend(sample_rate_hz=16_000, window_ms=64, hop_ms=32, bands=128, lower_hz=0, upper_hz=7960, log=Log(8))
"""Anomaly detection as in MLPerf Tiny: 128 log-mel bands, FFT of 1024; decibels = feature * 20 / ln(10) / 256."""

KEYWORD = AudioFrontend(sample_rate_hz=16_000, window_ms=32, hop_ms=16, bands=32, lower_hz=60, upper_hz=7600, log=Log())
"""What `mcu train keyword` takes: 32 log-mel bands, 61 frames a second."""

KEYWORD_8K = AudioFrontend(sample_rate_hz=8_000, window_ms=32, hop_ms=16, bands=32, lower_hz=60, upper_hz=3800, log=Log())
"""The same for sounds of 8,000 samples a second."""

MACHINE = AudioFrontend(sample_rate_hz=16_000, window_ms=64, hop_ms=32, bands=64, lower_hz=20, upper_hz=7900, log=Log(8))
"""What `mcu train anomaly` takes of sounds: MLPerf Tiny's form with half as many bands, none of which is narrower than the FFT resolves."""

PRESETS: Mapping[str, AudioFrontend] = MappingProxyType(
    {
        "micro_frontend": MICRO_FRONTEND,
        "mlperf_kws": MLPERF_KWS,
        "mlperf_ad": MLPERF_AD,
        "machine": MACHINE,
        "keyword": KEYWORD,
        "keyword_8k": KEYWORD_8K,
    }
)
