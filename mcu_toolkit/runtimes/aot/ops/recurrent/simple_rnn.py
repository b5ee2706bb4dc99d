"""MCU_SIMPLE_RNN, a custom operator of this toolkit: Keras' SimpleRNN with int8 activations."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.model.own_operators import SIMPLE_RNN
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.recurrent.own_layers import (
    Gate,
    Layout,
    constraints_of,
    gate_constants,
    gate_record,
    macs,
    shared_fields,
)

_GATE = Gate("only", 1, 2, 3)
LAYOUT = Layout((_GATE,), 4, DType.INT8)


def lower(view: OpView, _target: Target) -> LoweredOperator:
    """The state stays where it is; no scratch memory."""
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[LAYOUT.state]),
        outputs=view.op.outputs,
        call=(call("aot_simple_rnn", Record(), Input(), Input(1), Output()),),
        headers=("simple_rnn.h", "gates.h", "sequence.h", "sigmoid.h", "wide.h"),
        constants=gate_constants(view, _GATE),
        layer=records.record("aot_simple_rnn_layer", gate=gate_record(view, _GATE), **shared_fields(view)),
        macs=macs(view, LAYOUT),
        kernel="simple_rnn",
    )


OPERATORS = (Operator(name=SIMPLE_RNN, constraints=constraints_of(LAYOUT), lower=lower),)
