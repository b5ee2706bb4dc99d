"""ai-edge-quantizer as one function: a float .tflite file becomes one whose operators each have the type asked for.

It is an extra (0.10 needs ai-edge-litert 2.3).  Ranges of activations are given to it: its own calibration keeps a moving
average, which cuts rare large values off, where TensorFlow's converter takes the extremes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.optional_packages import is_installed, require
from mcu_toolkit.quantize.ranges import Ranges
from mcu_toolkit.quantize.source import first_line
from mcu_toolkit.runners.isolated import BYTES, isolated
from mcu_toolkit.tensorflow_loader import quiet

EXTRA = "mixed"
_PACKAGE = "ai_edge_quantizer"
_ACTIVATION_BITS = {"int8": 8, "int16x8": 16}


@dataclass(frozen=True)
class Recipe:
    """What is to become of a model."""

    scheme: str
    """Of every operator that `operators` does not name: int8, int16x8, dynamic or float16."""
    integer_io: bool
    """Inputs and outputs are integers of that scheme; else they stay floats."""
    per_channel_dense: bool
    operators: tuple[tuple[str, str], ...] = ()
    """(name of an operator's first result, its scheme: float32, int8 or int16x8)."""


def edge_quantizer_version() -> str:
    """Its name and version, for the record; `no ai-edge-quantizer` where it is not installed."""
    if not is_installed(_PACKAGE):
        return "no ai-edge-quantizer"
    return f"ai-edge-quantizer {version('ai-edge-quantizer')}"


def require_edge_quantizer(what: str, on: object) -> None:
    """Raise ToolError naming the extra where it is not installed."""
    require((_PACKAGE,), what, extra=EXTRA, on=on)


@isolated(BYTES)
def run_edge_quantizer(origin: Path, content: bytes, recipe: Recipe, ranges: Ranges) -> bytes:
    """The float .tflite `content` under `recipe`; `origin` is what a message blames.  Operators it has no version of stay floats.

    Raises UnsupportedModelError where ai-edge-quantizer refuses the model.
    """
    from ai_edge_quantizer import qtyping, quantizer

    every = qtyping.TFLOperationName.ALL_SUPPORTED
    try:
        with quiet():
            tool = quantizer.Quantizer(bytearray(content))
            if recipe.scheme == "dynamic":
                tool.add_dynamic_config(".*", every, num_bits=8)
            elif recipe.scheme == "float16":
                tool.add_weight_only_config(".*", every, num_bits=16, algorithm_key=quantizer.AlgorithmName.FLOAT_CASTING)
            else:
                _static(tool, qtyping, recipe)
            known = {name: _statistics(content_range) for name, content_range in ranges.items()}
            done = tool.quantize(known if tool.need_calibration else None, enable_progress_bar=False, enable_progress_report=False)
    except Exception as error:  # ValueError, RuntimeError, KeyError: it has no error classes
        raise UnsupportedModelError(f"ai-edge-quantizer cannot quantize it: {first_line(error)}", on=origin) from error
    return bytes(done.quantized_model)


def _static(tool: Any, qtyping: Any, recipe: Recipe) -> None:
    """Rules by regular expression; a later one wins."""
    names = qtyping.TFLOperationName

    def rule(pattern: str, scheme: str) -> None:
        if scheme == "float32":
            tool.update_quantization_recipe(pattern, names.ALL_SUPPORTED, algorithm_key="no_quantize")
            return
        tool.add_static_config(pattern, names.ALL_SUPPORTED, _ACTIVATION_BITS[scheme], 8)
        if not recipe.per_channel_dense:
            tool.add_static_config(
                pattern, names.FULLY_CONNECTED, _ACTIVATION_BITS[scheme], 8, weight_granularity=qtyping.QuantGranularity.TENSORWISE
            )

    rule(".*", recipe.scheme)
    for result, scheme in recipe.operators:
        rule(f"^{re.escape(result)};", scheme)
    for border in (names.INPUT, names.OUTPUT):  # after all others: an output is called like the operator that makes it
        if recipe.integer_io:
            tool.add_static_config("^.*", border, _ACTIVATION_BITS[recipe.scheme], 8)
        else:
            tool.update_quantization_recipe("^.*", border, algorithm_key="no_quantize")


def _statistics(extremes: tuple[float, float]) -> dict[str, npt.NDArray[np.float32]]:
    return {"min": np.asarray([extremes[0]], np.float32), "max": np.asarray([extremes[1]], np.float32)}
