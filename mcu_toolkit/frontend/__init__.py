"""Audio front ends: their description, and their integers in Python; their C comes from `mcu_toolkit.firmware`."""

from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names

if TYPE_CHECKING:
    from mcu_toolkit.frontend.compute import FeatureStream, features_of
    from mcu_toolkit.frontend.description import AudioFrontend, Log, Mfcc, NoiseReduction, Pcan
    from mcu_toolkit.frontend.presets import MICRO_FRONTEND, MLPERF_AD, MLPERF_KWS, PRESETS

__all__ = [
    "MICRO_FRONTEND",
    "MLPERF_AD",
    "MLPERF_KWS",
    "PRESETS",
    "AudioFrontend",
    "FeatureStream",
    "Log",
    "Mfcc",
    "NoiseReduction",
    "Pcan",
    "features_of",
]

__getattr__ = lazy_names(__name__)
