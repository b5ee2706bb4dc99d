"""A report as JSON: docs/report-schema.json is its description, and a test holds the two together."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from mcu_toolkit.artifacts import Comparison, Footprint
from mcu_toolkit.report.record import SCHEMA_VERSION, Cross, Report


def to_json(report: Report) -> str:
    """The report as indented JSON with a line end; what was not measured is left out, numbers that JSON lacks become null."""
    fields: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "toolkit_version": report.toolkit_version,
        "verdict": report.verdict,
        "reasons": list(report.reasons),
        "model": {"name": report.model_name, "sha256": report.model_sha256},
        "board": report.board,
        "runtime": report.runtime,
        "golden": report.golden,
        "comparisons": [_comparison(comparison) for comparison in report.comparisons],
        "accuracy": dict(report.accuracy),
        "metrics": {name: dataclasses.asdict(metrics) for name, metrics in report.metrics.items()},
        "notes": list(report.notes),
        "not_run": [dataclasses.asdict(one) for one in report.not_run],
        "instructions": report.instructions,
        "latency_us": report.latency_us,
        "estimated_cycles": report.estimated_cycles,
        "macs": report.macs,
        "stack_bytes": report.stack_bytes,
        **_footprint(report.footprint),
        "layers": [_without_none(dataclasses.asdict(layer)) for layer in report.layers],
        "cross": [_cross(one) for one in report.cross],
        "durations": None if report.durations is None else dataclasses.asdict(report.durations),
        "watermarks": None if report.watermarks is None else _without_none(dataclasses.asdict(report.watermarks)),
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
