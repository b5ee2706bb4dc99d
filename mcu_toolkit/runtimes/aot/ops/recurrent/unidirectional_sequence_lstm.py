"""UNIDIRECTIONAL_SEQUENCE_LSTM, int8 and int16, time-major and batch-major, with a clipped cell state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Struct, Table, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES, quantization
from mcu_toolkit.runtimes.aot.ops.recurrent.lstm_constraints import (
    BIASES,
    CELL,
    CONSTRAINTS,
    HIDDEN,
    INPUT_WEIGHTS,
    RECURRENT_WEIGHTS,
    gate_factors,
    products_factors,
)

GATES = ("input", "forget", "cell", "output")
"""In the order of the operator's inputs."""


def lower(view: OpView, _target: Target) -> LoweredOperator:
    """Both states stay where they are; no scratch memory."""
    dtype = view.input(0).dtype.name.lower()
    gates = [_gate_constants(view, number) for number in range(4)]
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[HIDDEN], view.op.inputs[CELL]),
        outputs=view.op.outputs,
        call=(call(f"aot_lstm_{dtype}", Record(), Input(), Input(1), Input(2), Output()),),
        headers=("lstm.h", "gates.h", "sigmoid.h", "wide.h"),
        constants=tuple(constant for gate in gates for constant in gate),
        layer=_record(view),
        macs=macs(view),
        kernel=f"lstm_{dtype}",
    )


def sizes(view: OpView) -> dict[str, int]:
    """The members of the layer's record that say how long and wide it is."""
    first, second, inputs = view.input(0).shape
    time_major = view.option("time_major")
    batches, steps = (second, first) if time_major else (first, second)
    return {
        "batches": batches,
        "steps": steps,
        "inputs": inputs,
        "units": view.output.shape[2],
        "batch_step": 1 if time_major else steps,
        "time_step": batches if time_major else 1,
    }


def macs(view: OpView) -> int:
    """Multiply-accumulates of an inference."""
    first, second, _ = view.input(0).shape
    return first * second * sum(view.input(i).elements for i in (*INPUT_WEIGHTS, *RECURRENT_WEIGHTS))


def _constant(view: OpView, position: int) -> npt.NDArray[Any]:
    data = view.input(position).data
    assert data is not None
    return data


def _gate_constants(view: OpView, gate: int) -> tuple[Constant, ...]:
    name = GATES[gate]
    weights, recurrent = _constant(view, INPUT_WEIGHTS[gate]), _constant(view, RECURRENT_WEIGHTS[gate])
    dtype = np.int32 if view.input(0).dtype is DType.INT8 else np.int64
    source, hidden = quantization(view.input(0)).zero_point, quantization(view.input(HIDDEN)).zero_point
    from_input = _constant(view, BIASES[gate]).astype(np.int64) - source * weights.astype(np.int64).sum(axis=1)
    from_hidden = -hidden * recurrent.astype(np.int64).sum(axis=1)
    return (
        Constant(f"{name}_weights", weights, f"{name} gate: [unit][input]"),
        Constant(f"{name}_recurrent", recurrent, f"{name} gate: [unit][unit]"),
        Constant(
            f"{name}_effective_bias", from_input.astype(dtype), f"{name} gate: [unit]: bias - zero point * sum of the input's weights"
        ),
        Constant(f"{name}_hidden", from_hidden.astype(dtype), f"{name} gate: [unit]: - zero point * sum of the recurrent weights"),
    )


def _factor(view: OpView, real: float) -> tuple[int, int]:
    return (numerics.quantize_multiplier if view.input(0).dtype is DType.INT8 else numerics.wide_multiplier)(real)


def _gate(view: OpView, name: str) -> Struct:
    from_input, from_hidden = (records.factor(*_factor(view, real)) for real in gate_factors(view, GATES.index(name)))
    return records.initialiser(
        input_weights=Table(f"{name}_weights"),
        recurrent_weights=Table(f"{name}_recurrent"),
        input_effective_bias=Table(f"{name}_effective_bias"),
        recurrent_effective_bias=Table(f"{name}_hidden"),
        input_factor=from_input,
        recurrent_factor=from_hidden,
    )


def tanh_factor(view: OpView) -> tuple[int, int]:
    """From the cell state to the table, in steps of 1 / (3 * 4096): TFLM's, a power of two times 3."""
    shift = 12 + math.frexp(quantization(view.input(CELL)).scale)[1] - 1
    return (3, -shift) if shift < 0 else (3 << shift, 0)


def clip(view: OpView) -> tuple[int, int]:
    """The highest and the lowest cell state."""
    limit = view.option("cell_clip")
    if limit <= 0:
        return 32767, -32768
    clipped = int(min(max(limit / quantization(view.input(CELL)).scale, -32768.0), 32767.0))
    return clipped, -clipped


def _record(view: OpView) -> LayerRecord:
    kept, added, hidden = (records.factor(*numerics.quantize_multiplier(real)) for real in products_factors(view))
    highest, lowest = clip(view)
    return records.record(
        "aot_lstm_layer",
        **{name: _gate(view, name) for name in ("forget", "input", "cell", "output")},
        **sizes(view),
        forget_factor=kept,
        update_factor=added,
        hidden_factor=hidden,
        hidden=records.output(quantization(view.input(HIDDEN)).zero_point, *RANGES[view.output.dtype]),
        tanh_factor=records.factor(*tanh_factor(view)),
        cell_clip=highest,
        cell_low=lowest,
    )


UNIDIRECTIONAL_SEQUENCE_LSTM = Operator(name="UNIDIRECTIONAL_SEQUENCE_LSTM", constraints=CONSTRAINTS, lower=lower)

OPERATORS = (UNIDIRECTIONAL_SEQUENCE_LSTM,)
