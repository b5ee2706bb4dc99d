"""SVDF, int8 with a state of int8 or int16."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Labelled, Output, Record, Table, call
from mcu_toolkit.runtimes.aot.ir.constraints import (
    COMMON,
    has_tensors,
    input_has_rank,
    input_is,
    input_is_constant,
    output_is,
    rescaling_finding,
    shape_finding,
)
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.memory.state import is_state

_STATE = 4


def state_is_a_variable(view: OpView) -> Finding | None:
    """the state is a variable tensor of the type of the time weights"""
    state = view.input(_STATE)
    if is_state(state) and state.dtype is view.input(2).dtype:
        return None
    return Finding(f"a state of {state.dtype.name} beside {view.input(2).dtype.name}", "convert the model again", state)


def all_have_one_scale(view: OpView) -> Finding | None:
    """input, weights, state and output have one scale above zero each; weights have no zero point"""
    for tensor in (view.input(0), view.input(1), view.input(2), view.input(_STATE), view.output):
        found = tensor.quantization
        if found is None or found.per_channel or found.scale <= 0:
            return Finding("no usable scale", "convert the model again", tensor)
        if tensor.is_constant and found.zero_point:
            return Finding(f"a zero point of {found.zero_point}", "convert the model again", tensor)
    return None


def shapes_agree(view: OpView) -> Finding | None:
    """features, filters, memory and units fit together: input [batch, features], weights [filters, features] and [filters, memory]"""
    (batches, features), (filters, depth), (time_filters, memory) = (view.input(i).shape for i in range(3))
    rank = view.option("rank")
    if depth != features or time_filters != filters or rank < 1 or filters % rank:
        return Finding(f"{filters} filters over {depth} of {features} features, rank {rank}", "convert the model again", view.input(1))
    if view.input(3).elements != filters // rank:
        return Finding(f"{view.input(3).elements} biases for {filters // rank} units", "convert the model again", view.input(3))
    return shape_finding(view.input(_STATE), (batches, filters * memory)) or shape_finding(view.output, (batches, filters // rank))


def factors(view: OpView) -> tuple[float, float]:
    """From sums over features to the state, and from sums over time to outputs."""
    source, features, time, state, result = (
        quantization(tensor).scale for tensor in (view.input(0), view.input(1), view.input(2), view.input(_STATE), view.output)
    )
    return source * features / state, state * time / result


def rescaling_fits(view: OpView) -> Finding | None:
    """the factors from sums to state and to outputs are below 2^31"""
    return rescaling_finding(numerics.rescaling(factors(view)).max_shift, view.output)


def lower(view: OpView, _target: Target) -> LoweredOperator:
    """The state stays where it is and is shifted by one element."""
    features, time, bias = view.input(1).data, view.input(2).data, view.input(3).data
    assert features is not None
    assert time is not None
    assert bias is not None
    effective_bias = -quantization(view.input(0)).zero_point * features.astype(np.int64).sum(axis=1)
    state = view.input(2).dtype.name.lower()
    name = f"svdf_{state}_state"
    parameters = ("const aot_svdf_layer *layer", "const int8_t *input", "void *state", "int8_t *output")
    body = call("aot_svdf", "layer", "input", "state", "output", Labelled("bytes", time.itemsize))
    function = SharedFunction(name, parameters, (body,))
    return LoweredOperator(
        op=view.op,
        inputs=(view.op.inputs[0], view.op.inputs[_STATE]),
        outputs=view.op.outputs,
        call=(call(Kernel(name), Record(), Input(), Input(1), Output()),),
        headers=("svdf.h",),
        constants=(
            Constant("feature_weights", features, "[filter][feature]"),
            Constant(
                "effective_bias", effective_bias.astype(np.int32), "[filter]: - input zero point * sum of the filter's feature weights"
            ),
            Constant("time_weights", time, "[filter][memory]"),
            Constant("bias", bias.astype(np.int32), "[unit]"),
        ),
        functions=(function,),
        layer=_record(view),
        macs=view.input(0).shape[0] * (features.size + time.size),
        kernel=name,
    )


def _record(view: OpView) -> LayerRecord:
    batches, features = view.input(0).shape
    feature, time = (records.factor(*numerics.quantize_multiplier(real)) for real in factors(view))
    return records.record(
        "aot_svdf_layer",
        batches=batches,
        features=features,
        units=view.output.shape[1],
        rank=view.option("rank"),
        memory=view.input(2).shape[1],
        feature_weights=Table("feature_weights"),
        effective_bias=Table("effective_bias"),
        time_weights=Table("time_weights"),
        bias=Table("bias"),
        feature_factor=feature,
        time_factor=time,
        state_zero_point=quantization(view.input(_STATE)).zero_point,
        output=records.output(quantization(view.output).zero_point, -128, 127),
    )


SVDF = Operator(
    name="SVDF",
    constraints=(
        has_tensors((5,)),
        *COMMON,
        input_is(0, "input", DType.INT8),
        input_is(1, "weights of the features", DType.INT8),
        input_is(2, "weights of time", DType.INT8, DType.INT16),
        input_is(3, "bias", DType.INT32),
        output_is(DType.INT8),
        *(input_is_constant(i, role) for i, role in ((1, "weights of the features"), (2, "weights of time"), (3, "bias"))),
        *(input_has_rank(i, role, 2) for i, role in ((0, "input"), (1, "weights of the features"), (2, "weights of time"))),
        state_is_a_variable,
        all_have_one_scale,
        shapes_agree,
        rescaling_fits,
    ),
    lower=lower,
)

OPERATORS = (SVDF,)
