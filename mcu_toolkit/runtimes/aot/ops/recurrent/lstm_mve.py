"""UNIDIRECTIONAL_SEQUENCE_LSTM on cores with Helium: kernels/mve/lstm.h."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Struct, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.recurrent.gate_packing import mve_constants, mve_gate, mve_scale
from mcu_toolkit.runtimes.aot.ops.recurrent.lstm_constraints import CELL, HIDDEN
from mcu_toolkit.runtimes.aot.ops.recurrent.lstm_dsp import Gates, plan_gates, plan_products
from mcu_toolkit.runtimes.aot.ops.recurrent.unidirectional_sequence_lstm import GATES, clip, macs, sizes, tanh_factor


def lower(view: OpView, _target: Target) -> LoweredOperator | None:
    """Four units at a time; None where sums or factors would not be exact."""
    gates, products = plan_gates(view), plan_products(view)
    if gates is None or products is None:
        return None
    is_wide = view.input(0).dtype is DType.INT16
    kernel = "aot_mve_lstm_int16" if is_wide else "aot_mve_lstm"
    sides = dict(zip(("input", "hidden"), gates, strict=True))
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[HIDDEN], view.op.inputs[CELL]),
        outputs=view.op.outputs,
        call=(call(kernel, Record(), Input(), Input(1), Input(2), Output()),),
        headers=("mve/lstm.h", "mve/gates.h", "mve/accesses.h", "mve/instructions.h", "sigmoid.h"),
        constants=tuple(constant for side, one in sides.items() for constant in _constants(side, one)),
        layer=records.record(
            "aot_mve_lstm_layer",
            from_input=records.array(_gates("input", gates[0])),
            from_hidden=records.array(_gates("hidden", gates[1])),
            forget=mve_scale(products[0]),
            update=mve_scale(products[1]),
            result=mve_scale(products[2]),
            **sizes(view),
            zero_point=quantization(view.input(HIDDEN)).zero_point,
            tanh_factor=records.factor(*tanh_factor(view)),
            cell_clip=clip(view)[0],
            cell_low=clip(view)[1],
        ),
        macs=macs(view),
        kernel="mve lstm int16" if is_wide else "mve lstm",
    )


def _constants(side: str, gates: Gates) -> list[Constant]:
    parts = zip(GATES, gates.weights, gates.biases, strict=True)
    return [one for name, weights, bias in parts for one in mve_constants(f"{name}_{side}", weights, bias, f"{name} gate over the {side}")]


def _gates(side: str, gates: Gates) -> list[Struct]:
    return [mve_gate(f"{name}_{side}", scale) for name, scale in zip(GATES, gates.scales, strict=True)]


OPERATORS = (Operator(name="UNIDIRECTIONAL_SEQUENCE_LSTM", constraints=(), lower=lower, instruction_set="mve"),)
