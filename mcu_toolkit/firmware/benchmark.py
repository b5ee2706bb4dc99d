"""Firmware that speaks the protocol of a benchmark: EEMBC's for MLPerf Tiny."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware.mel_table_file import MelTables
from mcu_toolkit.firmware.template_files import copied_sources, rendered_file
from mcu_toolkit.frontend.mel_energies import BANDS, MelQuantization
from mcu_toolkit.model import DType, Model, Tensor

InputKind = Literal["stored", "pixels", "floats", "sound"]

STREAMING: Final = "sww01"
"""The benchmark that hears a stream of sound: its protocol is another one."""
MODEL_VERSIONS: Final = MappingProxyType({"kws01": "stored", "vww01": "pixels", "ic01": "pixels", "ad01": "floats", STREAMING: "sound"})
"""The benchmarks' names for their models, and what is sent for each: the model's own bytes, pixels, floats, or sound at 16 kHz."""
DB_BYTES_MAX: Final = 27_648
"""MLPerf Tiny's largest input: 96 x 96 x 3 bytes."""


_ACTIVATIONS_MAX: Final = 40_000
"""Of the streaming wake word: one byte for each 32 ms of its longest recording, 20 minutes, and some more."""
_ACTIVATIONS_MIN: Final = 1_024
_DETECTIONS: Final = 1_024
_SHARED: Final = "protocols/mlperf"


@dataclass(frozen=True)
class Benchmark:
    """What the firmware must know of the benchmark."""

    version: str
    """The benchmark's name of the model: `kws01`."""
    input: InputKind
    db_bytes: int
    """Of one input as it is sent; of sound one hop."""
    templates: str = "protocols/mlperf_tiny"
    frames: int = 0
    """Of a model that hears a stream: frames of 40 features in one input."""
    features: MelQuantization | None = None
    """How such a model stores them."""


@dataclass(frozen=True)
class _Kept:
    """What firmware that hears a stream keeps until it is asked."""

    activations: int
    detections: int = _DETECTIONS


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
    if name == STREAMING:
        return _streaming(model)
    kind: InputKind = MODEL_VERSIONS[name]  # type: ignore[assignment]
    db_bytes = elements * (4 if kind == "floats" else 1)
    if db_bytes > DB_BYTES_MAX:
        raise InputError(f"an input takes {db_bytes:,} bytes", on=model.name, expected=f"at most {DB_BYTES_MAX:,}, the protocol's limit")
    return Benchmark(name, kind, db_bytes)


def _guess(elements: int, outputs: int) -> str:
    """By the shapes of the reference models; a custom model takes its bytes as they are."""
    shapes = {(96 * 96 * 3, 2): "vww01", (32 * 32 * 3, 10): "ic01", (640, 640): "ad01", (30 * BANDS, 3): STREAMING}
    return shapes.get((elements, outputs), "kws01")


def _streaming(model: Model) -> Benchmark:
    taken, given = model.inputs[0], model.outputs[0]
    if taken.elements % BANDS or not _is_quantized(taken) or given.dtype is not DType.INT8:
        raise InputError(
            f"has an input of shape {list(taken.shape)} and an output of type {given.dtype.name}",
            on=model.name,
            expected=f"frames of {BANDS} features, quantized as a whole, and INT8 scores, the first of them the wake word's",
        )
    assert taken.quantization is not None
    quantization = MelQuantization(taken.quantization.scales[0], taken.quantization.zero_points[0])
    return Benchmark(STREAMING, "sound", 1024, "protocols/mlperf_streaming", taken.elements // BANDS, quantization)


def _is_quantized(tensor: Tensor) -> bool:
    return tensor.quantization is not None and len(tensor.quantization.scales) == 1 and tensor.quantization.scales[0] > 0


def benchmark_sensor(benchmark: Benchmark | None, board: Board) -> str:
    """The kind of sensor that the benchmark's firmware reads; "" where the board has none, too: sound then comes over the line."""
    return "microphone" if benchmark is not None and benchmark.version == STREAMING and board.sensor_driver("microphone") else ""


def benchmark_files(benchmark: Benchmark, board: Board, context: object) -> Iterator[tuple[str, bytes]]:
    """The files that speak the benchmark's protocol; `context`: variables of a project's templates."""
    yield from copied_sources(f"{_SHARED}/src", board)
    yield from copied_sources(f"{benchmark.templates}/src", board)
    kept = _Kept(min(_ACTIVATIONS_MAX, max(_ACTIVATIONS_MIN, board.ram.length_bytes // 4)))
    yield "src/mlperf_config.h", rendered_file(f"{benchmark.templates}/mlperf_config.h.j2", context, kept)
    if benchmark.features is not None:
        yield "src/mel_tables.h", rendered_file(f"{benchmark.templates}/mel_tables.h.j2", context, MelTables.of(benchmark.features))
