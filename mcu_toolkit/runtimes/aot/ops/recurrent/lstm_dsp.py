"""UNIDIRECTIONAL_SEQUENCE_LSTM on cores with the DSP extension: kernels/dsp/lstm.h."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.recurrent.gate_packing import (
    PAIRED_LIMIT,
    PRODUCT_LIMIT,
    Int64,
    Scale,
    byte_pairs,
    dsp_scale,
    largest_sums,
    pairs_fit,
    scale_of,
    separate_bytes,
    wide_scale_of,
)
from mcu_toolkit.runtimes.aot.ops.recurrent.lstm_constraints import (
    BIASES,
    CELL,
    HIDDEN,
    INPUT_WEIGHTS,
    RECURRENT_WEIGHTS,
    gate_factors,
    products_factors,
)
from mcu_toolkit.runtimes.aot.ops.recurrent.unidirectional_sequence_lstm import clip, macs, sizes, tanh_factor

_WIDE = 1 << 15
"""Magnitude of activations of 16 bits."""


@dataclass(frozen=True, eq=False)
class Gates:
    """Four gates over one vector, in the order input, forget, cell, output: weights [units, inputs], biases, factors."""

    weights: list[npt.NDArray[np.int8]]
    biases: list[Int64]
    scales: list[Scale]


def plan_gates(view: OpView) -> tuple[Gates, Gates] | None:
    """Over the input and over the hidden state; None where a factor is not exact."""
    source, hidden = quantization(view.input(0)).zero_point, quantization(view.input(HIDDEN)).zero_point
    found = []
    for side, (positions, zero_point) in enumerate(((INPUT_WEIGHTS, source), (RECURRENT_WEIGHTS, hidden))):
        weights = [_constant(view, position) for position in positions]
        biases = [-zero_point * gate.astype(np.int64).sum(axis=1) for gate in weights]
        if side == 0:
            biases = [bias + _constant(view, position) for bias, position in zip(biases, BIASES, strict=True)]
        scales = [_scale(view, gate_factors(view, gate)[side], weights[gate], biases[gate]) for gate in range(4)]
        exact = [scale for scale in scales if scale is not None]
        if len(exact) < 4:
            return None
        found.append(Gates(weights, biases, exact))
    return found[0], found[1]


def _scale(view: OpView, real: float, weights: npt.NDArray[np.int8], bias: Int64) -> Scale | None:
    if view.input(0).dtype is DType.INT8:
        return scale_of(real, largest_sums(weights, bias))
    return wide_scale_of(real, largest_sums(weights, bias, magnitude=_WIDE))


def plan_products(view: OpView) -> list[Scale] | None:
    """Of the kept and the added part of the cell state and of the result; None where one is not exact."""
    scales = [scale_of(real, PRODUCT_LIMIT - 1) for real in products_factors(view)]
    exact = [scale for scale in scales if scale is not None]
    return exact if len(exact) == 3 else None


def _constant(view: OpView, position: int) -> npt.NDArray[np.int8]:
    data = view.input(position).data
    assert data is not None
    return data


def lower(view: OpView, _target: Target) -> LoweredOperator | None:
    """Four gates of a unit at a time; None where sums or factors would not be exact."""
    gates, products = plan_gates(view), plan_products(view)
    if gates is None or products is None:
        return None
    is_wide = view.input(0).dtype is DType.INT16
    if not is_wide and not all(pairs_fit(one.weights) and _sums_fit(one) for one in gates):
        return None
    pack = separate_bytes if is_wide else byte_pairs
    packed = np.concatenate([pack(one.weights, one.biases) for one in gates], axis=1)
    kernel = "aot_dsp_lstm_int16" if is_wide else "aot_dsp_lstm"
    inputs, units = view.input(0).shape[2], view.output.shape[2]
    lanes = sum(-(-count // 4) * 2 for count in (inputs, units))
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[HIDDEN], view.op.inputs[CELL]),
        outputs=view.op.outputs,
        call=(call(kernel, Record(), Input(), Input(1), Input(2), Output(), cast_pointer("aot_uint32 *", Scratch())),),
        headers=("dsp/lstm.h", "dsp/gates.h", "dsp/instructions.h", "sigmoid.h"),
        constants=(Constant("packed", packed, "[unit]: starts and weights of four gates; see kernels/dsp/gates.h"),),
        layer=_record(view, gates, products),
        scratch_bytes=4 * lanes,
        macs=macs(view),
        kernel="dsp lstm int16" if is_wide else "dsp lstm",
    )


def _record(view: OpView, gates: tuple[Gates, Gates], products: list[Scale]) -> LayerRecord:
    highest, lowest = clip(view)
    return records.record(
        "aot_dsp_lstm_layer",
        packed=Table("packed"),
        from_input=records.array(map(dsp_scale, gates[0].scales)),
        from_hidden=records.array(map(dsp_scale, gates[1].scales)),
        forget=dsp_scale(products[0]),
        update=dsp_scale(products[1]),
        result=dsp_scale(products[2]),
        **sizes(view),
        zero_point=quantization(view.input(HIDDEN)).zero_point,
        tanh_factor=records.factor(*tanh_factor(view)),
        cell_clip=highest,
        cell_low=lowest,
    )


def _sums_fit(gates: Gates) -> bool:
    pairs = zip(gates.weights, gates.biases, strict=True)
    return all(largest_sums(weights, bias) < PAIRED_LIMIT for weights, bias in pairs)


OPERATORS = (Operator(name="UNIDIRECTIONAL_SEQUENCE_LSTM", constraints=(), lower=lower, instruction_set="dsp"),)
