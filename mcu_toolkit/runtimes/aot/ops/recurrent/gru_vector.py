"""MCU_GRU on cores with the DSP extension and with Helium: kernels/dsp/gru.h, kernels/mve/gru.h."""

from __future__ import annotations

from mcu_toolkit.model.own_operators import GRU
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Cast, Input, Output, Record, Scratch, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.recurrent.gate_packing import dsp_scale, mve_scale
from mcu_toolkit.runtimes.aot.ops.recurrent.gru import LAYOUT, form_of
from mcu_toolkit.runtimes.aot.ops.recurrent.own_layers import macs
from mcu_toolkit.runtimes.aot.ops.recurrent.own_layers_vector import constants_for_mve, fields, gates_for_mve, lanes_bytes, packed, plan

_UPDATE, _RESET, _CANDIDATE = range(3)


def lower_dsp(view: OpView, _target: Target) -> LoweredOperator | None:
    """Four units at a time as byte pairs; None where these or a factor would not be exact."""
    planned = plan(view, LAYOUT)
    if planned is None:
        return None
    taken, kept, form = planned.from_input, planned.from_hidden, form_of(view)
    reset = packed((taken[_RESET], kept[_RESET]))
    other = packed((taken[_UPDATE], kept[_UPDATE], taken[_CANDIDATE], kept[_CANDIDATE]))
    if reset is None or other is None:
        return None
    lanes = cast_pointer("aot_uint32 *", Scratch())
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[LAYOUT.state]),
        outputs=view.op.outputs,
        call=(call(f"aot_dsp_gru_{form}", Record(), Input(), Input(1), Output(), lanes),),
        headers=("dsp/gru.h", "dsp/gates.h", "dsp/instructions.h", "sequence.h", "sigmoid.h"),
        constants=(
            Constant("reset", reset, "reset gate: [4 units]: starts and byte pairs; see kernels/dsp/gates.h"),
            Constant("other_gates", other, "update gate and candidate: [4 units]: starts and byte pairs"),
        ),
        layer=records.record(
            "aot_dsp_gru_layer",
            reset=Table("reset"),
            other_gates=Table("other_gates"),
            from_input=records.array(dsp_scale(part.scale) for part in taken),
            from_hidden=records.array(dsp_scale(part.scale) for part in kept),
            result=dsp_scale(planned.result),
            **fields(view),
        ),
        scratch_bytes=lanes_bytes(view.input(0).shape[2]) + 2 * lanes_bytes(view.output.shape[2]),
        macs=macs(view, LAYOUT),
        kernel=f"dsp gru, {form.replace('_', ' ')}",
    )


def lower_mve(view: OpView, _target: Target) -> LoweredOperator | None:
    """Four units at a time; None where a factor would not be exact."""
    planned = plan(view, LAYOUT)
    if planned is None:
        return None
    form = form_of(view)
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[LAYOUT.state]),
        outputs=view.op.outputs,
        call=(call(f"aot_mve_gru_{form}", Record(), Input(), Input(1), Output(), Cast("int8_t *", Scratch())),),
        headers=("mve/gru.h", "mve/gates.h", "mve/accesses.h", "mve/instructions.h", "sequence.h", "sigmoid.h"),
        constants=constants_for_mve(planned),
        layer=records.record(
            "aot_mve_gru_layer",
            from_input=records.array(gates_for_mve(planned.from_input)),
            from_hidden=records.array(gates_for_mve(planned.from_hidden)),
            result=mve_scale(planned.result),
            **fields(view),
        ),
        scratch_bytes=2 * view.output.shape[2],
        macs=macs(view, LAYOUT),
        kernel=f"mve gru, {form.replace('_', ' ')}",
    )


OPERATORS = (
    Operator(name=GRU, constraints=(), lower=lower_dsp, instruction_set="dsp"),
    Operator(name=GRU, constraints=(), lower=lower_mve, instruction_set="mve"),
)
