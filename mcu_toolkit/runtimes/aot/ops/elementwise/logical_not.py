"""LOGICAL_NOT: bool."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ops.elementwise.logic import logical_operator

OPERATOR = logical_operator("LOGICAL_NOT", 1, "!{a}")
