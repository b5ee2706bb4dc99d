"""SVDF on cores with the DSP extension and with Helium: kernels/dsp/svdf.h, kernels/mve/svdf.h."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, Struct, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.recurrent.gate_packing import (
    Int64,
    Scale,
    dsp_scale,
    filled_up,
    four_rows,
    largest_sums,
    mve_scale,
    scale_of,
)
from mcu_toolkit.runtimes.aot.ops.recurrent.svdf import factors

_STATE = 4


@dataclass(frozen=True, eq=False)
class Filters:
    """Weights over the features [filters, features], what sums start with, and the factor to the state."""

    weights: npt.NDArray[np.int8]
    starts: Int64
    scale: Scale


def _plan(view: OpView) -> Filters | None:
    """None where the factor is not exact."""
    weights = _constant(view, 1)
    starts = -quantization(view.input(0)).zero_point * weights.astype(np.int64).sum(axis=1)
    scale = scale_of(factors(view)[0], largest_sums(weights, starts))
    return None if scale is None else Filters(weights, starts, scale)


def _constant(view: OpView, position: int) -> npt.NDArray[np.int8]:
    data = view.input(position).data
    assert data is not None
    return data


def _over_time(view: OpView) -> tuple[Constant, Constant]:
    """Sums over time may wrap, so what the state's zero point adds to them is part of their bias."""
    weights, units = _constant(view, 2), view.output.shape[1]
    sums = weights.astype(np.int64).reshape(units, -1).sum(axis=1)
    bias = _constant(view, 3).astype(np.int64) - quantization(view.input(_STATE)).zero_point * sums
    wrapped = (bias % 2**32).astype(np.uint32).view(np.int32)
    return (
        Constant("time_weights", weights, "[filter][memory]"),
        Constant("bias", wrapped, "[unit]: bias - state zero point * sum of the unit's time weights"),
    )


def _record(view: OpView, c_type: str, scale: Struct, **first: Table) -> LayerRecord:
    batches, features = view.input(0).shape
    return records.record(
        c_type,
        **first,
        time_weights=Table("time_weights"),
        bias=Table("bias"),
        feature=scale,
        time_factor=records.factor(*numerics.quantize_multiplier(factors(view)[1])),
        batches=batches,
        features=features,
        units=view.output.shape[1],
        rank=view.option("rank"),
        memory=view.input(2).shape[1],
        state_zero_point=quantization(view.input(_STATE)).zero_point,
        output=records.output(quantization(view.output).zero_point, -128, 127),
    )


def _macs(view: OpView) -> int:
    return view.input(0).shape[0] * (view.input(1).elements + view.input(2).elements)


def _suffix(view: OpView) -> str:
    return "_int8" if view.input(2).dtype is DType.INT8 else ""


def lower_dsp(view: OpView, _target: Target) -> LoweredOperator | None:
    """Four filters at a time as byte pairs."""
    filters = _plan(view)
    packed = None if filters is None else four_rows(filters.weights, filters.starts)
    if filters is None or packed is None:
        return None
    lanes = cast_pointer("aot_uint32 *", Scratch())
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[_STATE]),
        outputs=view.op.outputs,
        call=(call(f"aot_dsp_svdf{_suffix(view)}", Record(), Input(), Input(1), Output(), lanes),),
        headers=("dsp/svdf.h", "dsp/gates.h", "dsp/instructions.h", "sigmoid.h"),
        constants=(
            Constant("packed", packed, "[4 filters]: starts and byte pairs; see kernels/dsp/gates.h"),
            *_over_time(view),
        ),
        layer=_record(view, "aot_dsp_svdf_layer", dsp_scale(filters.scale), packed=Table("packed")),
        scratch_bytes=-(-view.input(0).shape[1] // 4) * 8,
        macs=_macs(view),
        kernel=f"dsp svdf{_suffix(view).replace('_', ' ')}",
    )


def lower_mve(view: OpView, _target: Target) -> LoweredOperator | None:
    """Four filters at a time."""
    filters = _plan(view)
    if filters is None:
        return None
    starts = filled_up(filters.starts.astype(np.int32))
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[_STATE]),
        outputs=view.op.outputs,
        call=(call(f"aot_mve_svdf{_suffix(view)}", Record(), Input(), Input(1), Output()),),
        headers=("mve/svdf.h", "mve/gates.h", "mve/accesses.h", "mve/instructions.h", "sigmoid.h"),
        constants=(
            Constant("feature_weights", filled_up(filters.weights), "[filter, rounded up to 4][feature]"),
            Constant("starts", starts, "[filter, rounded up to 4]: - input zero point * sum of the filter's feature weights"),
            *_over_time(view),
        ),
        layer=_record(
            view, "aot_mve_svdf_layer", mve_scale(filters.scale), feature_weights=Table("feature_weights"), starts=Table("starts")
        ),
        macs=_macs(view),
        kernel=f"mve svdf{_suffix(view).replace('_', ' ')}",
    )


OPERATORS = (
    Operator(name="SVDF", constraints=(), lower=lower_dsp, instruction_set="dsp"),
    Operator(name="SVDF", constraints=(), lower=lower_mve, instruction_set="mve"),
)
