"""A report as JSON: docs/report-schema.json is its description, and a test holds the two together."""

from __future__ import annotations

from mcu_toolkit.report import SCHEMA_VERSION
from mcu_toolkit.report.parts import LayerReport, Watermarks
from mcu_toolkit.report.record import Report
from mcu_toolkit.system.json_text import json_text, without_infinities
from mcu_toolkit.system.records import to_plain, without_empty


def to_json(report: Report) -> str:
    """`to_document` as indented JSON with a line end."""
    return json_text(to_document(report))


def to_document(report: Report) -> object:
    """The report as the object of its JSON; what was not measured is left out, numbers that JSON lacks become null."""
    fields = {
        "schema_version": SCHEMA_VERSION,
        "toolkit_version": report.toolkit_version,
        "verdict": report.verdict,
        "reasons": report.reasons,
        "model": {"name": report.model_name, "sha256": report.model_sha256},
        "inputs": [without_empty(port) for port in report.inputs],
        "outputs": [without_empty(port) for port in report.outputs],
        "board": report.board,
        "runtime": report.runtime,
        "build_id": report.build_id,
        "golden": report.golden,
        "compared_with_tflm": report.compared_with_tflm,
        "comparisons": report.comparisons,
        "accuracy": report.accuracy,
        "accuracy_by_output": report.accuracy_by_output or None,
        "scores": report.scores.overall or None,
        "scores_by_output": report.scores.by_output or None,
        "metrics": report.metrics,
        "notes": report.notes,
        "not_run": report.not_run,
        **_figures(report),
        "layers": [_layer(layer) for layer in report.layers],
        "cross": [without_empty(one) for one in report.cross],
        "durations": report.durations,
        "watermarks": None if report.watermarks is None else _watermarks(report.watermarks),
        "clock_hz": report.clock_hz,
        "unknown": report.unknown or None,
        "divergence": report.divergence,
        "difference": report.difference,
        "glue": None if report.glue is None else without_empty(report.glue),
        "frontend": report.frontend,
        "outputs_of_samples": report.outputs_of_samples or None,
        "files": report.files or None,
        "functions": [without_empty(function) for function in report.functions] or None,
        "details": None if report.details is None else without_empty(report.details),
    }
    kept = {name: to_plain(value) for name, value in fields.items() if value is not None or name in ("board", "runtime")}
    return without_infinities(kept)


def _figures(report: Report) -> dict[str, object]:
    """What an inference costs as a whole."""
    return {
        "instructions": report.instructions,
        "latency_us": report.latency_us,
        "estimated_cycles": report.estimated_cycles,
        "cycles": None if report.cycles is None else without_empty(report.cycles),
        "macs": report.macs,
        "stack_bytes": report.stack_bytes,
        "stack_reserved_bytes": report.stack_reserved_bytes,
        **({} if report.footprint is None else to_plain(report.footprint)),
    }


def _layer(layer: LayerReport) -> object:
    """`cycles` says how they are known: the measured ones are not there by themselves."""
    fields = {name: value for name, value in without_empty(layer).items() if name != "measured_cycles"}
    return fields if layer.cycles is None else {**fields, "cycles": without_empty(layer.cycles)}


def _watermarks(marks: Watermarks) -> object:
    # `stack_bytes` is what is used, here as everywhere in a report; `stack_used_bytes` is its name of version 1.
    used = {} if marks.stack_used_bytes is None else {"stack_bytes": marks.stack_used_bytes}
    return {**without_empty(marks), **used}
