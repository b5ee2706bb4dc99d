"""SQUEEZE: dimensions of 1 taken out."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ops.data_movement.views import lower_view, view_constraints

OPERATOR = Operator(name="SQUEEZE", constraints=view_constraints((1,)), lower=lower_view)
