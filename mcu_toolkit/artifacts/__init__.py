"""The nouns handed between stages: frozen records, no behaviour beyond checking themselves."""

from mcu_toolkit.artifacts.compiled_model import (
    ArenaBlock,
    CompiledModelInfo,
    CompilerInfo,
    ConstantDigests,
    FirmwareInfo,
    Incompatibility,
    LayerInfo,
    LibraryInfo,
    ModelInfo,
    StoredModelInfo,
)
from mcu_toolkit.artifacts.firmware import FirmwareImage, FirmwareProject, Footprint, ImagePart
from mcu_toolkit.artifacts.layers import Divergence, LayerProof
from mcu_toolkit.artifacts.results import ArenaUse, Comparison, DeviceFacts, Level, Metrics, RunResult
from mcu_toolkit.artifacts.scores import ClassificationScore, ClassScore, Confused, RegressionScore, Roc, Score, Scores, ValueScore
from mcu_toolkit.artifacts.vectors import Vectors

__all__ = [
    "ArenaBlock",
    "ArenaUse",
    "ClassScore",
    "ClassificationScore",
    "Comparison",
    "CompiledModelInfo",
    "CompilerInfo",
    "Confused",
    "ConstantDigests",
    "DeviceFacts",
    "Divergence",
    "FirmwareImage",
    "FirmwareInfo",
    "FirmwareProject",
    "Footprint",
    "ImagePart",
    "Incompatibility",
    "LayerInfo",
    "LayerProof",
    "Level",
    "LibraryInfo",
    "Metrics",
    "ModelInfo",
    "RegressionScore",
    "Roc",
    "RunResult",
    "Score",
    "Scores",
    "StoredModelInfo",
    "ValueScore",
    "Vectors",
]
