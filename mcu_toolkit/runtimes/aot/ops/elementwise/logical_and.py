"""LOGICAL_AND: bool."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ops.elementwise.logic import logical_operator

OPERATOR = logical_operator("LOGICAL_AND", 2, "{a} && {b}")
