"""`mcu explain`: the quantization debugger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.quantize import ConvertOptions, Explanation, explain_quantization
from mcu_toolkit.quantize.debugger.explain import REMEDIES
from mcu_toolkit.quantize.debugger.measure import LayerLoss
from mcu_toolkit.quantize.layers import FLOAT, parse_layer_schemes
from mcu_toolkit.quantize.source import is_keras_file
from mcu_toolkit.system.records import INFINITE_IS_NULL
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.tensorflow_loader import require_tensorflow


@dataclass(frozen=True)
class WorstLayer:
    """The layer that loses most."""

    layer: str
    operator: str
    share: float
    """Of the error at the output."""


@dataclass(frozen=True)
class Remedy:
    """What to do about it; `command` is empty where that is to be done by hand."""

    name: str
    text: str
    command: str


@dataclass(frozen=True)
class ExplainResult:
    """What `mcu explain` found."""

    model: Path
    scheme: str
    output_error: float
    output_sqnr_db: float = field(metadata=INFINITE_IS_NULL)
    """Infinite where the output is exact."""
    worst: WorstLayer
    remedy: Remedy
    layers: tuple[LayerLoss, ...]


def explain(
    source: Path,
    data: Path,
    progress: Progress,
    *,
    scheme: str = "int8",
    per_tensor_dense: bool = False,
    keep_float: Sequence[str] = (),
    layer_schemes: Sequence[str] = (),
) -> StepResult[ExplainResult]:
    """Which layer of `source` loses most under `scheme`, measured on the samples of `data`, and what to do about it."""
    require_tensorflow("mcu explain")
    progress.stage(f"quantizing {source} ({scheme}) and measuring each layer")
    options = ConvertOptions(per_channel_dense=not per_tensor_dense, layer_schemes=parse_layer_schemes(keep_float, layer_schemes))
    found = explain_quantization(source, data, scheme=scheme, options=options, on_note=progress.note)
    command = command_of(source, data, found, options)
    facts = ExplainResult(
        model=source,
        scheme=scheme,
        output_error=found.losses.output_error,
        output_sqnr_db=found.losses.output_sqnr_db,
        worst=WorstLayer(found.worst.name, found.worst.operator, found.share),
        remedy=Remedy(found.remedy, REMEDIES[found.remedy], command),
        layers=found.losses.layers,
    )
    return StepResult("explain", tuple(found.lines()), facts, next_command=command)


def command_of(source: Path, data: Path, found: Explanation, options: ConvertOptions) -> str:
    """The one command that carries the remedy out; empty where it is something to be done by hand, or there is nothing to do."""
    spread = found.remedy == "qat"
    if found.remedy in ("more-data", "none") or (spread and found.scheme == "int16x8"):
        return ""
    trains = spread and is_keras_file(source) and not options.layer_schemes
    scheme = "int16x8" if spread and not trains else found.scheme
    words: list[str | Path] = ["mcu", "quantize", source, "--data", data]
    words += ["--scheme", scheme] if scheme != "int8" else []
    words += ["--qat"] if trains else []
    words += [] if options.per_channel_dense or found.remedy == "per-channel" else ["--per-tensor-dense"]
    layers = {one.layer: one.scheme for one in (*options.layer_schemes, *found.layer_schemes)}
    for layer, own in layers.items():
        words += ["--keep-float", layer] if own == FLOAT else ["--layer-scheme", f"{layer}={own}"]
    return shell_command(*words, "-o", Path(f"{source.stem}.tflite"))
