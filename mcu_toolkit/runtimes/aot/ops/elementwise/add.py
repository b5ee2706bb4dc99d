"""ADD: int8, int16, int32 and float32, with broadcasting and constants."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.type_constraints import all_are
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import ACTIVATIONS, BROADCAST
from mcu_toolkit.runtimes.aot.ops.elementwise.sums import int32_sums_have_no_activation, lower_sum, output_factor_is_below_one

OPERATOR = Operator(
    name="ADD",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        all_are(DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32),
        *BROADCAST,
        output_factor_is_below_one,
        *ACTIVATIONS,
        int32_sums_have_no_activation,
    ),
    lower=lower_sum("add", "{a} + {b}", "aot_wrapping_add({a}, {b})"),
)
