"""LESS_EQUAL: two tensors to bool, with broadcasting."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ops.elementwise.comparisons import comparison_operator

OPERATOR = comparison_operator("LESS_EQUAL", "<=")
