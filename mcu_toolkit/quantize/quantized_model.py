"""The result of quantizing, and the record of it on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Tensor
from mcu_toolkit.quantize.calibration import Finding
from mcu_toolkit.system.files import atomic_path, read_bytes
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.records import INLINE, from_plain, named
from mcu_toolkit.tensorflow_loader import Versions
from mcu_toolkit.units import format_bytes

_SCHEMA_VERSION: Final = 1


@dataclass(frozen=True)
class TensorFacts:
    """An input or output of the converted model; real = scale * (stored - zero_point)."""

    name: str
    """That arrays in data files are called after."""
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    """None for a tensor that is not quantized."""
    zero_point: int | None

    keras_name: str | None = None

    @classmethod
    def of(cls, tensor: Tensor, name: str, keras_name: str | None) -> TensorFacts:
        """The facts about `tensor`, an input or output called `name`."""
        quantization = tensor.quantization
        known = quantization is not None and len(quantization.scales) > 0
        return cls(
            name=name,
            shape=tensor.shape,
            dtype=tensor.dtype.name.lower(),
            scale=quantization.scale if quantization is not None and known else None,
            zero_point=quantization.zero_point if quantization is not None and known else None,
            keras_name=keras_name,
        )

    def __str__(self) -> str:
        shape = "x".join(str(size) for size in self.shape) or "scalar"
        quantization = "" if self.scale is None else f", scale {self.scale:.9g}, zero point {self.zero_point}"
        return f"{self.name}: {self.dtype} {shape}{quantization}"


@dataclass(frozen=True)
class QuantizedModel:
    """A .tflite file that was converted and checked, with everything it was made from."""

    path: Path
    scheme: str
    kind: str
    """What the model is, in words: `full int8`."""
    size_bytes: int
    sha256: str
    source: Path
    source_sha256: str
    data: Path | None
    """None where the scheme needs no representative set."""
    data_sha256: str | None
    representative_samples: int
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    operators: tuple[str, ...]
    """In execution order, e.g. `CONV_2D`."""
    float_fallbacks: tuple[str, ...] = field(metadata=named("float_islands"))
    """Operators left in floating point where that was allowed."""
    converter_options: tuple[str, ...]
    qat_epochs: int
    """Of quantization-aware training; 0 without it."""
    versions: Versions
    preprocessing: Preprocessing | None
    """How raw data becomes inputs, where that is known; it is in the model file too."""
    findings: tuple[Finding, ...]
    """What is wrong with the representative set."""
    notes: tuple[str, ...]
    """Every message to the user about the model and the representative set."""

    @property
    def record_path(self) -> Path:
        """The JSON record beside the model: `model.tflite.json`."""
        return record_path(self.path)

    def summary_lines(self) -> list[str]:
        """The result for people, a line a fact."""
        return [
            f"{self.path}: {self.kind}, {format_bytes(self.size_bytes)}, {len(self.operators)} operators, sha256 {self.sha256[:12]}",
            *(f"  input  {tensor}" for tensor in self.inputs),
            *(f"  output {tensor}" for tensor in self.outputs),
            *(f"  {line}" for line in ([] if self.preprocessing is None else self.preprocessing.lines())),
            *(f"  float fallback: {fallback}" for fallback in self.float_fallbacks),
            f"  from {self.source} (sha256 {self.source_sha256[:12]}){self._data_words()}",
        ]

    def _data_words(self) -> str:
        if self.data is None or self.data_sha256 is None:
            return ""
        return f", {self.representative_samples} samples of {self.data} (sha256 {self.data_sha256[:12]})"


def record_path(tflite: Path) -> Path:
    """Where the record of `tflite` is."""
    return tflite.with_name(f"{tflite.name}.json")


@dataclass(frozen=True)
class _Record:
    """What is in the record's file."""

    schema_version: Literal[1]
    model: QuantizedModel = field(metadata=INLINE)


def write_with_record(model: QuantizedModel, content: bytes) -> None:
    """Write `content` to `model.path` and the record beside it; neither file is touched where the other cannot be written."""
    with atomic_path(model.record_path) as record, atomic_path(model.path) as tflite:
        tflite.write_bytes(content)
        record.write_text(render_record(model), encoding="utf-8")


def render_record(model: QuantizedModel) -> str:
    """The text of the record."""
    return json_text(_Record(_SCHEMA_VERSION, model), ascii_only=True)


def read_record(path: Path) -> QuantizedModel:
    """What `render_record` wrote to `path`; raises InputError for anything else."""
    try:
        return from_plain(_Record, json_value(read_bytes(path, kind="record of a model"))).model
    except (ValueError, InputError) as error:  # the latter of a preprocessing that contradicts itself
        found = error.what if isinstance(error, InputError) else str(error)
        raise InputError(
            f"is not the record of a quantized model: {found}", on=path, hint="quantize the model again, with --force"
        ) from None
