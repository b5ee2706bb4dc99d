"""RESHAPE: the shape tensor is not read, the output's shape in the model counts."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ops.data_movement.views import lower_view, view_constraints

OPERATOR = Operator(name="RESHAPE", constraints=view_constraints((1, 2)), lower=lower_view)
