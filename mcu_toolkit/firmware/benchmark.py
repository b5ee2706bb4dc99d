"""Firmware that speaks the protocol of a benchmark: EEMBC's for MLPerf Tiny."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from mcu_toolkit.errors import InputError
from mcu_toolkit.model import DType, Model

InputKind = Literal["stored", "pixels", "floats"]

MODEL_VERSIONS: Final = MappingProxyType({"kws01": "stored", "vww01": "pixels", "ic01": "pixels", "ad01": "floats"})
"""The benchmarks' names for their models, and what the runner sends for each: the model's own bytes, pixels, or floats."""
DB_BYTES_MAX: Final = 27_648
"""MLPerf Tiny's largest input: 96 x 96 x 3 bytes."""


@dataclass(frozen=True)
class Benchmark:
    """What the firmware must know of the benchmark."""

    version: str
    """The benchmark's name of the model: `kws01`."""
    input: InputKind
    db_bytes: int
    templates: str = "protocols/mlperf_tiny"


def mlperf_tiny(model: Model, version: str | None = None) -> Benchmark:
    """The benchmark that `model` is for: `version`, or the one whose input has its shape.

    Raises InputError where the model has not one INT8 input, or is too large for the protocol.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1 or model.inputs[0].dtype is not DType.INT8:
        raise InputError("has not one INT8 input and one output", on=model.name, expected="a full int8 model of MLPerf Tiny")
    elements = model.inputs[0].elements
    name = version or _guess(elements, model.outputs[0].elements)
    if name not in MODEL_VERSIONS:
        raise InputError(f"no benchmark '{name}'", expected=f"one of {', '.join(MODEL_VERSIONS)}")
    kind: InputKind = MODEL_VERSIONS[name]  # type: ignore[assignment]
    db_bytes = elements * (4 if kind == "floats" else 1)
    if db_bytes > DB_BYTES_MAX:
        raise InputError(f"an input takes {db_bytes:,} bytes", on=model.name, expected=f"at most {DB_BYTES_MAX:,}, the protocol's limit")
    return Benchmark(name, kind, db_bytes)


def _guess(elements: int, outputs: int) -> str:
    """By the shapes of the reference models; a custom model takes its bytes as they are."""
    shapes = {(96 * 96 * 3, 2): "vww01", (32 * 32 * 3, 10): "ic01", (640, 640): "ad01"}
    return shapes.get((elements, outputs), "kws01")
