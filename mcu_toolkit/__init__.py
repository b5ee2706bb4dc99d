"""Train, quantize, compile, flash and prove int8 models on microcontrollers.

import mcu_toolkit as mcu

mcu.deploy("model.tflite", board="netduinoplus2").passed

The verbs of the command line are functions (mcu_toolkit/api); docs/how-to/python.md shows them.  Importing this package imports
nothing else: each name is imported when it is used.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names
from mcu_toolkit.version import __version__

if TYPE_CHECKING:
    from mcu_toolkit.api.chain import bench, deploy
    from mcu_toolkit.api.firmware import build, export, flash, generate, header
    from mcu_toolkit.api.inspection import fit, inspect, predict
    from mcu_toolkit.api.proof import validate, verify
    from mcu_toolkit.api.quantizing import compare_schemes, explain, quantize
    from mcu_toolkit.api.results import compare, report
    from mcu_toolkit.api.training import train
    from mcu_toolkit.errors import (
        DeviceError,
        InputError,
        McuError,
        NoReplyError,
        NotSatisfiedError,
        ProtocolError,
        ToolError,
        UnknownNameError,
        UnsupportedModelError,
    )
    from mcu_toolkit.pipeline.application import ApplicationRequest
    from mcu_toolkit.pipeline.compare import CompareResult
    from mcu_toolkit.pipeline.export import ExportResult
    from mcu_toolkit.pipeline.firmware import BuildResult, GenerateResult
    from mcu_toolkit.pipeline.header import HeaderResult
    from mcu_toolkit.pipeline.inspection.explain import ExplainResult
    from mcu_toolkit.pipeline.inspection.fit import FitResult
    from mcu_toolkit.pipeline.inspection.inspect import InspectResult
    from mcu_toolkit.pipeline.predict import PredictResult
    from mcu_toolkit.pipeline.proof.flash import FlashResult
    from mcu_toolkit.pipeline.quantize import QuantizeResult, SchemesResult
    from mcu_toolkit.pipeline.report import ReportResult
    from mcu_toolkit.pipeline.train import TrainResult
    from mcu_toolkit.pipeline.train_images import ImageChoices
    from mcu_toolkit.pipeline.train_keyword import KeywordChoices
    from mcu_toolkit.pipeline.train_sensors import SensorChoices
    from mcu_toolkit.pipeline.workspace.progress import Printed, Progress
    from mcu_toolkit.pipeline.workspace.step_result import StepResult
    from mcu_toolkit.report import Limits, Report
    from mcu_toolkit.runtimes import RuntimeOptions

__all__ = [
    "ApplicationRequest",
    "BuildResult",
    "CompareResult",
    "DeviceError",
    "ExplainResult",
    "ExportResult",
    "FitResult",
    "FlashResult",
    "GenerateResult",
    "HeaderResult",
    "ImageChoices",
    "InputError",
    "InspectResult",
    "KeywordChoices",
    "Limits",
    "McuError",
    "NoReplyError",
    "NotSatisfiedError",
    "PredictResult",
    "Printed",
    "Progress",
    "ProtocolError",
    "QuantizeResult",
    "Report",
    "ReportResult",
    "RuntimeOptions",
    "SchemesResult",
    "SensorChoices",
    "StepResult",
    "ToolError",
    "TrainResult",
    "UnknownNameError",
    "UnsupportedModelError",
    "__version__",
    "bench",
    "build",
    "compare",
    "compare_schemes",
    "deploy",
    "explain",
    "export",
    "fit",
    "flash",
    "generate",
    "header",
    "inspect",
    "predict",
    "quantize",
    "report",
    "train",
    "validate",
    "verify",
]

__getattr__ = lazy_names(__name__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """This package: `mcu.train` stays the function where the sub-package `mcu_toolkit.train` is imported, which Python binds here."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in __all__):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
