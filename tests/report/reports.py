"""Reports in their JSON form, to be changed and compared."""

from __future__ import annotations

import copy
from typing import Any

BASE: dict[str, Any] = {
    "schema_version": 2,
    "toolkit_version": "0.1.0",
    "verdict": "pass",
    "reasons": [],
    "model": {"name": "kws", "sha256": "a" * 64},
    "board": "netduinoplus2",
    "runtime": "aot",
    "golden": "tflm",
    "compared_with_tflm": True,
    "comparisons": [
        {"a": "device", "b": "tflm", "samples": 10, "differing_samples": 0, "differing_bytes": 0, "max_lsb": 0, "level": "byte-equal"},
        {"a": "litert", "b": "tflm", "samples": 10, "differing_samples": 3, "differing_bytes": 3, "max_lsb": 1, "level": "within-lsb"},
    ],
    "accuracy": {"keras": 0.96, "tflm": 0.95, "device": 0.95},
    "metrics": {},
    "notes": [],
    "flash_bytes": 50_000,
    "code_bytes": 20_000,
    "weights_bytes": 29_000,
    "ram_bytes": 10_000,
    "arena_bytes": 6_000,
    "stack_bytes": 500,
    "instructions": 1_000_000,
    "estimated_cycles": 1_400_000,
    "cycles": {"value": 1_400_000, "source": "estimated"},
    "layers": [
        {"index": 0, "operator": "CONV_2D", "scheme": "dsp", "instructions": 900_000, "estimated_cycles": 1_300_000},
        {"index": 1, "operator": "SOFTMAX", "instructions": 90_000, "estimated_cycles": 95_000},
    ],
}


def report(**changes: Any) -> dict[str, Any]:
    """The base with other values; None takes a field away."""
    fields = {**copy.deepcopy(BASE), **changes}
    return {name: value for name, value in fields.items() if value is not None}


def with_parity(level: str, max_lsb: int = 0) -> dict[str, Any]:
    """The base whose board differs from the golden runner."""
    changed = report()
    changed["comparisons"][0] |= {"level": level, "max_lsb": max_lsb, "differing_bytes": 7, "differing_samples": 2}
    return changed
