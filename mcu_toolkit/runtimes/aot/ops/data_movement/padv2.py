"""PADV2: a border of a value that the model gives."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ops.data_movement.padding import CONSTRAINTS, lower_padding

OPERATOR = Operator(name="PADV2", constraints=CONSTRAINTS, lower=lower_padding)
