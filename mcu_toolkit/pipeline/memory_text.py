"""The memory that a model takes, in a line: apart from what makes its code, because `inspect` only looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcu_toolkit.units import format_bytes


def memory_line(memory: Mapping[str, Any]) -> str:
    """`arena 11.1 KiB (lower bound 10.9 KiB), constants 30.2 KiB`, state where there is some, and by how much repacked weights grew."""
    arena = f"arena {format_bytes(memory['arena_bytes'])} (lower bound {format_bytes(memory['arena_lower_bound_bytes'])})"
    state = f", state {format_bytes(memory['state_bytes'])}" if memory["state_bytes"] else ""
    return f"{arena}, constants {format_bytes(memory['weights_bytes'])}{_growth(memory)}{state}"


def _growth(memory: Mapping[str, Any]) -> str:
    """` (weights +1.2 % against the model)`: what padding costs and what is left out saves; nothing where they are as they were."""
    stored, before = memory.get("repacked_weights_bytes", 0), memory.get("weights_before_bytes", 0)
    return f" (weights {100 * (stored / before - 1):+.1f} % against the model)" if before and stored != before else ""
