"""LOGICAL_OR: bool."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ops.elementwise.logic import logical_operator

OPERATOR = logical_operator("LOGICAL_OR", 2, "{a} || {b}")
