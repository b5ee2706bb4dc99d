"""Audio front ends: their description, and their integers in Python; their C comes from `mcu_toolkit.firmware`."""

from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names

if TYPE_CHECKING:
    from mcu_toolkit.frontend.compute import FeatureStream, features_of
    from mcu_toolkit.frontend.description import MICRO_FRONTEND, PRESETS, AudioFrontend, Log, NoiseReduction, Pcan

__all__ = ["MICRO_FRONTEND", "PRESETS", "AudioFrontend", "FeatureStream", "Log", "NoiseReduction", "Pcan", "features_of"]

__getattr__ = lazy_names(
    __name__,
    {
        "compute": ("FeatureStream", "features_of"),
        "description": ("MICRO_FRONTEND", "PRESETS", "AudioFrontend", "Log", "NoiseReduction", "Pcan"),
    },
)
