"""EXPAND_DIMS: a dimension of 1 put in."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ops.data_movement.views import lower_view, view_constraints

OPERATOR = Operator(name="EXPAND_DIMS", constraints=view_constraints((2,)), lower=lower_view)
