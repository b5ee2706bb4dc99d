"""What GATHER and GATHER_ND have in common: element types and positions, which may be computed while the model runs.

TFLM takes int8 and float32 only; the converter emits int16 too, for which LiteRT is the golden.
"""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import data_is
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_is
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE

POSITIONS = 1

CONSTRAINTS = (
    has_tensors((2,)),
    *COMMON,
    data_is(0, *MOVABLE, DType.INT64, DType.BOOL, DType.UINT8),
    input_is(POSITIONS, "list of positions", DType.INT32),
)
