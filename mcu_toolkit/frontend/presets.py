"""Front ends by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mcu_toolkit.frontend.description import AudioFrontend, Log, NoiseReduction, Pcan

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

PRESETS: Mapping[str, AudioFrontend] = MappingProxyType({"micro_frontend": MICRO_FRONTEND})
