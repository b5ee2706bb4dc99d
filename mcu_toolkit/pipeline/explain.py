"""`mcu explain`: the quantization debugger."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.pipeline.step import StepResult
from mcu_toolkit.quantize import ConvertOptions, Explanation, explain_quantization
from mcu_toolkit.quantize.debugger.explain import REMEDIES
from mcu_toolkit.quantize.layers import FLOAT, parse_layer_schemes


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
    command = _command(source, data, found, options)
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


def _command(source: Path, data: Path, found: Explanation, options: ConvertOptions) -> str:
    """The one command that carries the remedy out; empty where it is something to be done by hand, or there is nothing to do."""
    if found.remedy in ("more-data", "none"):
        return ""
    words = ["mcu", "quantize", str(source), "--data", str(data)]
    words += ["--scheme", found.scheme] if found.scheme != "int8" else []
    words += ["--qat"] if found.remedy == "qat" else []
    words += [] if options.per_channel_dense or found.remedy == "per-channel" else ["--per-tensor-dense"]
    layers = {one.layer: one.scheme for one in (*options.layer_schemes, *found.layer_schemes)}
    for layer, scheme in layers.items():
        words += ["--keep-float", layer] if scheme == FLOAT else ["--layer-scheme", f"{layer}={scheme}"]
    return shlex.join([*words, "-o", f"{source.stem}.tflite"])


def _finite(value: float) -> float | None:
    """JSON has no infinity: an exact layer has None."""
    return None if math.isinf(value) else value
