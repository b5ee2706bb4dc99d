"""The nouns handed between stages: frozen records, no behaviour beyond checking themselves."""

from mcu_toolkit.artifacts.firmware import FirmwareImage, FirmwareProject, Footprint
from mcu_toolkit.artifacts.incompatibility import Incompatibility
from mcu_toolkit.artifacts.layers import Divergence, LayerProof
from mcu_toolkit.artifacts.results import ArenaUse, Comparison, DeviceFacts, Level, Metrics, RunResult
from mcu_toolkit.artifacts.tuning import Tuning
from mcu_toolkit.artifacts.vectors import Vectors

__all__ = [
    "ArenaUse",
    "Comparison",
    "DeviceFacts",
    "Divergence",
    "FirmwareImage",
    "FirmwareProject",
    "Footprint",
    "Incompatibility",
    "LayerProof",
    "Level",
    "Metrics",
    "RunResult",
    "Tuning",
    "Vectors",
]
