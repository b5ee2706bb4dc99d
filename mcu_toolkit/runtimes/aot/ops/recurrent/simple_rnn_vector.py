"""MCU_SIMPLE_RNN on cores with the DSP extension and with Helium: kernels/dsp/simple_rnn.h, kernels/mve/simple_rnn.h."""

from __future__ import annotations

from mcu_toolkit.model.own_operators import SIMPLE_RNN
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.recurrent.gate_packing import dsp_scale, mve_scale
from mcu_toolkit.runtimes.aot.ops.recurrent.own_layers import macs
from mcu_toolkit.runtimes.aot.ops.recurrent.own_layers_vector import constants_for_mve, fields, gates_for_mve, lanes_bytes, packed, plan
from mcu_toolkit.runtimes.aot.ops.recurrent.simple_rnn import LAYOUT


def lower_dsp(view: OpView, _target: Target) -> LoweredOperator | None:
    """Four units at a time as byte pairs; None where these or a factor would not be exact."""
    planned = plan(view, LAYOUT)
    words = None if planned is None else packed((*planned.from_input, *planned.from_hidden))
    if planned is None or words is None:
        return None
    lanes = cast_pointer("aot_uint32 *", Scratch())
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[LAYOUT.state]),
        outputs=view.op.outputs,
        call=(call("aot_dsp_simple_rnn", Record(), Input(), Input(1), Output(), lanes),),
        headers=("dsp/simple_rnn.h", "dsp/gates.h", "dsp/instructions.h", "sequence.h", "sigmoid.h"),
        constants=(Constant("packed", words, "[4 units]: starts and byte pairs; see kernels/dsp/gates.h"),),
        layer=records.record(
            "aot_dsp_simple_rnn_layer",
            packed=Table("packed"),
            from_input=dsp_scale(planned.from_input[0].scale),
            from_hidden=dsp_scale(planned.from_hidden[0].scale),
            result=dsp_scale(planned.result),
            **fields(view),
        ),
        scratch_bytes=lanes_bytes(view.input(0).shape[2]) + lanes_bytes(view.output.shape[2]),
        macs=macs(view, LAYOUT),
        kernel="dsp simple_rnn",
    )


def lower_mve(view: OpView, _target: Target) -> LoweredOperator | None:
    """Four units at a time; None where a factor would not be exact."""
    planned = plan(view, LAYOUT)
    if planned is None:
        return None
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[LAYOUT.state]),
        outputs=view.op.outputs,
        call=(call("aot_mve_simple_rnn", Record(), Input(), Input(1), Output()),),
        headers=("mve/simple_rnn.h", "mve/gates.h", "mve/accesses.h", "mve/instructions.h", "sequence.h", "sigmoid.h"),
        constants=constants_for_mve(planned),
        layer=records.record(
            "aot_mve_simple_rnn_layer",
            from_input=gates_for_mve(planned.from_input)[0],
            from_hidden=gates_for_mve(planned.from_hidden)[0],
            result=mve_scale(planned.result),
            **fields(view),
        ),
        macs=macs(view, LAYOUT),
        kernel="mve simple_rnn",
    )


OPERATORS = (
    Operator(name=SIMPLE_RNN, constraints=(), lower=lower_dsp, instruction_set="dsp"),
    Operator(name=SIMPLE_RNN, constraints=(), lower=lower_mve, instruction_set="mve"),
)
