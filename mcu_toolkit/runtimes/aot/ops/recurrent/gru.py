"""MCU_GRU, a custom operator of this toolkit: Keras' GRU with int8 activations."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.model.own_operators import GRU, recurrent_options
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Cast, Input, Output, Record, Scratch, call
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

LAYOUT = Layout(tuple(Gate(name, 1 + i, 4 + i, 7 + i, 10 + i) for i, name in enumerate(("update", "reset", "candidate"))), 13, DType.INT16)


def lower(view: OpView, _target: Target) -> LoweredOperator:
    """The state stays where it is; scratch memory holds it as int8, twice."""
    form = form_of(view)
    gates = {gate.name: gate_record(view, gate) for gate in LAYOUT.gates}
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[LAYOUT.state]),
        outputs=view.op.outputs,
        call=(call(f"aot_gru_{form}", Record(), Input(), Input(1), Output(), Cast("int8_t *", Scratch())),),
        headers=("gru.h", "gates.h", "sequence.h", "sigmoid.h", "wide.h"),
        constants=tuple(constant for gate in LAYOUT.gates for constant in gate_constants(view, gate)),
        layer=records.record("aot_gru_layer", **gates, **shared_fields(view)),
        scratch_bytes=2 * view.output.shape[2],
        macs=macs(view, LAYOUT),
        kernel=f"gru, {form.replace('_', ' ')}",
    )


def form_of(view: OpView) -> str:
    """The end of the kernels' names: whether the reset gate is applied before or after the product with the recurrent weights."""
    options = recurrent_options(view.op.custom_options)
    assert options is not None
    return "reset_after" if options.reset_after else "reset_before"


OPERATORS = (Operator(name=GRU, constraints=constraints_of(LAYOUT), lower=lower),)
