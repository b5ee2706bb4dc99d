"""`mcu explain`: the quantization debugger."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.pipeline.step import StepResult
from mcu_toolkit.quantize import ConvertOptions, explain_quantization
from mcu_toolkit.quantize.debugger.explain import REMEDIES


def explain(source: Path, data: Path, progress: Progress, *, scheme: str = "int8", per_tensor_dense: bool = False) -> StepResult:
    """Which layer of `source` loses most under `scheme`, measured on the samples of `data`, and what to do about it."""
    progress.stage(f"quantizing {source} ({scheme}) and measuring each layer")
    options = ConvertOptions(per_channel_dense=not per_tensor_dense)
    found = explain_quantization(source, data, scheme=scheme, options=options, on_note=progress.note)
    facts: dict[str, Any] = {
        "model": str(source),
        "scheme": scheme,
        "output_error": found.losses.output_error,
        "output_sqnr_db": _finite(found.losses.output_sqnr_db),
        "worst": {"layer": found.worst.name, "operator": found.worst.operator, "share": found.share},
        "remedy": {"name": found.remedy, "text": REMEDIES[found.remedy]},
        "layers": [{**asdict(layer), "sqnr_db": _finite(layer.sqnr_db)} for layer in found.losses.layers],
    }
    return StepResult("explain", tuple(found.lines()), facts)


def _finite(value: float) -> float | None:
    """JSON has no infinity: an exact layer has None."""
    return None if math.isinf(value) else value
