"""What GATHER and GATHER_ND have in common: element types and positions, which may be computed while the model runs."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.constraints import COMMON, has_tensors, input_is
from mcu_toolkit.runtimes.aot.moving import data_is

POSITIONS = 1

CONSTRAINTS = (
    has_tensors((2,)),
    *COMMON,
    data_is(0, DType.INT8, DType.FLOAT32),
    input_is(POSITIONS, "list of positions", DType.INT32),
)
