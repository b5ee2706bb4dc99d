"""SUB: int8, int16, int32 and float32, with broadcasting and constants."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.arithmetic import ACTIVATIONS, BROADCAST
from mcu_toolkit.runtimes.aot.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.operator import Operator
from mcu_toolkit.runtimes.aot.sums import lower_sum, output_factor_is_below_one
from mcu_toolkit.runtimes.aot.typed import all_are

OPERATOR = Operator(
    name="SUB",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        all_are(DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32),
        *BROADCAST,
        output_factor_is_below_one,
        *ACTIVATIONS,
    ),
    lower=lower_sum("sub", "{a} - {b}", "aot_wrapping_subtract({a}, {b})"),
)
