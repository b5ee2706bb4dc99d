"""A report as JSON: docs/report-schema.json is its description, and a test holds the two together."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from mcu_toolkit.artifacts import Comparison, Footprint
from mcu_toolkit.report.parts import Cross, LayerReport, Watermarks
from mcu_toolkit.report.record import SCHEMA_VERSION, Report


def to_json(report: Report) -> str:
    """The report as indented JSON with a line end; what was not measured is left out, numbers that JSON lacks become null."""
    fields: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "toolkit_version": report.toolkit_version,
        "verdict": report.verdict,
        "reasons": list(report.reasons),
        "model": {"name": report.model_name, "sha256": report.model_sha256},
        "inputs": [_without_none(dataclasses.asdict(port)) for port in report.inputs],
        "outputs": [_without_none(dataclasses.asdict(port)) for port in report.outputs],
        "board": report.board,
        "runtime": report.runtime,
        "build_id": report.build_id,
        "golden": report.golden,
        "compared_with_tflm": report.compared_with_tflm,
        "comparisons": [_comparison(comparison) for comparison in report.comparisons],
        "accuracy": dict(report.accuracy),
        "accuracy_by_output": {name: dict(values) for name, values in report.accuracy_by_output.items()} or None,
        "metrics": {name: dataclasses.asdict(metrics) for name, metrics in report.metrics.items()},
        "notes": list(report.notes),
        "not_run": [dataclasses.asdict(one) for one in report.not_run],
        "instructions": report.instructions,
        "latency_us": report.latency_us,
        "estimated_cycles": report.estimated_cycles,
        "cycles": None if report.cycles is None else dataclasses.asdict(report.cycles),
        "macs": report.macs,
        "stack_bytes": report.stack_bytes,
        "stack_reserved_bytes": report.stack_reserved_bytes,
        **_footprint(report.footprint),
        "layers": [_layer(layer) for layer in report.layers],
        "cross": [_cross(one) for one in report.cross],
        "durations": None if report.durations is None else dataclasses.asdict(report.durations),
        "watermarks": None if report.watermarks is None else _watermarks(report.watermarks),
        "clock_hz": report.clock_hz,
        "unknown": dict(report.unknown) or None,
        "divergence": None if report.divergence is None else dataclasses.asdict(report.divergence),
    }
    if report.glue is not None:
        fields["glue"] = _without_none(dataclasses.asdict(report.glue))
    if report.functions:
        fields["functions"] = [_without_none(dataclasses.asdict(function)) for function in report.functions]
    kept = {name: value for name, value in fields.items() if value is not None or name in ("board", "runtime")}
    return json.dumps(_finite(kept), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {**dataclasses.asdict(comparison), "level": comparison.level.value}


def _cross(one: Cross) -> dict[str, Any]:
    return _without_none({**dataclasses.asdict(one), "level": None if one.level is None else one.level.value})


def _layer(layer: LayerReport) -> dict[str, Any]:
    fields = dataclasses.asdict(layer)
    del fields["measured_cycles"]
    return _without_none({**fields, "cycles": None if layer.cycles is None else dataclasses.asdict(layer.cycles)})


def _watermarks(marks: Watermarks) -> dict[str, Any]:
    # `stack_bytes` is what is used, here as everywhere in a report; `stack_used_bytes` is its name of version 1.
    return _without_none({**dataclasses.asdict(marks), "stack_bytes": marks.stack_used_bytes})


def _footprint(footprint: Footprint | None) -> dict[str, int]:
    return {} if footprint is None else dataclasses.asdict(footprint)


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value != ()}


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value
