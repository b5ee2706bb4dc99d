"""`mcu explain`: the quantization debugger."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.quantize import ConvertOptions, Explanation, explain_quantization
from mcu_toolkit.quantize.debugger.explain import REMEDIES
from mcu_toolkit.quantize.layers import FLOAT, parse_layer_schemes
from mcu_toolkit.quantize.source import is_keras_file
from mcu_toolkit.system.sinks import shell_command


def explain(
    source: Path,
    data: Path,
    progress: Progress,
    *,
    scheme: str = "int8",
    per_tensor_dense: bool = False,
    keep_float: Sequence[str] = (),
    layer_schemes: Sequence[str] = (),
) -> StepResult:
    """Which layer of `source` loses most under `scheme`, measured on the samples of `data`, and what to do about it."""
    progress.stage(f"quantizing {source} ({scheme}) and measuring each layer")
    options = ConvertOptions(per_channel_dense=not per_tensor_dense, layer_schemes=parse_layer_schemes(keep_float, layer_schemes))
    found = explain_quantization(source, data, scheme=scheme, options=options, on_note=progress.note)
    command = command_of(source, data, found, options)
    facts: dict[str, Any] = {
        "model": str(source),
        "scheme": scheme,
        "output_error": found.losses.output_error,
        "output_sqnr_db": _finite(found.losses.output_sqnr_db),
        "worst": {"layer": found.worst.name, "operator": found.worst.operator, "share": found.share},
        "remedy": {"name": found.remedy, "text": REMEDIES[found.remedy], "command": command},
        "layers": [{**asdict(layer), "sqnr_db": _finite(layer.sqnr_db)} for layer in found.losses.layers],
    }
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


def _finite(value: float) -> float | None:
    """JSON has no infinity: an exact layer has None."""
    return None if math.isinf(value) else value
