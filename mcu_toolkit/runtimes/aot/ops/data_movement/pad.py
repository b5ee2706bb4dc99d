"""PAD: a border of zeros; in int8 that is the output's zero point."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ops.data_movement.padding import CONSTRAINTS, lower_padding

OPERATOR = Operator(name="PAD", constraints=CONSTRAINTS, lower=lower_padding)
