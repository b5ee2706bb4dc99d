"""MAXIMUM, with broadcasting and constants."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ops.elementwise.max_min import max_min_operator

OPERATOR = max_min_operator("MAXIMUM", ">")
