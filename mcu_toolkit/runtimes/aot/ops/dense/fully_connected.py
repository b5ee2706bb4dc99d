"""FULLY_CONNECTED, int8, int16 and float32, per-tensor and per-channel weights, int4 weights, weights and biases computed at run time."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Input, Kernel, Labelled, Output, Record, Table, call
from mcu_toolkit.runtimes.aot.ir.constraints import (
    COMMON,
    activation_fits,
    activation_is_known,
    activations_are_quantized,
    bias_is,
    has_tensors,
    input_has_rank,
    input_is,
    int4_weights_are_whole,
    output_has_the_type_of_the_input,
    rescaling_finding,
    weights_are_quantized_along,
    weights_have_scales,
)
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.float32 import lower_float_rows
from mcu_toolkit.runtimes.aot.ops.convolution.weights import (
    Weighted,
    bias_has_one_value_a_channel,
    floats_are_among_themselves,
    in_blocks,
    is_float,
    unless_float,
)
from mcu_toolkit.runtimes.aot.ops.convolution.weights_int16 import has_int32_bias, rescaling_16_finding
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import (
    int8_dense,
    is_plain,
    lower_general,
    lower_int16,
    weight_multipliers,
)

_CHANNELS = 4
"""At a time, in kernels/fully_connected.h."""


def weights_are_not_shuffled(view: OpView) -> Finding | None:
    """the weights are stored in the default format"""
    stored = view.option("weights_format")
    return None if stored == "DEFAULT" else Finding(f"weights in the format {stored}", "convert the model again")


def shapes_agree(view: OpView) -> Finding | None:
    """the input has rows of as many elements as the weights, the output as many rows of as many elements as there are channels"""
    channels, depth = view.input(1).shape
    rows = view.input(0).elements // depth
    if view.input(0).elements % depth:
        return Finding(f"{view.input(0).elements} inputs for rows of {depth} weights", "convert the model again", view.input(0))
    if view.output.elements != rows * channels or view.output.shape[-1:] != (channels,):
        return Finding(f"the shape {list(view.output.shape)} for {rows} rows of {channels}", "convert the model again", view.output)
    return None


def rescaling_fits(view: OpView) -> Finding | None:
    """the factor from sums to outputs is below 2^31; beside INT16 inputs, whose sums have 64 bits, below 2^14"""
    if view.input(0).dtype is DType.INT16:
        return rescaling_16_finding(weight_multipliers(view), view, bias_is_32_bits=has_int32_bias(view))
    return rescaling_finding(numerics.rescaling(weight_multipliers(view)).max_shift, view.output)


def int4_weights_have_one_scale(view: OpView) -> Finding | None:
    """INT4 weights have one scale for all channels"""
    weights = view.input(1)
    if weights.dtype is not DType.INT4 or weights.quantization is None or not weights.quantization.per_channel:
        return None
    return Finding(f"{len(weights.quantization.scales)} scales", "quantize INT4 weights per tensor", weights)


def lower(view: OpView, _target: Target) -> LoweredOperator:
    """One row of inputs against four channels at a time; the rarer forms have kernels of their own."""
    if is_float(view):
        return lower_float_rows(view)
    if not is_plain(view):
        return lower_general(view, weight_multipliers(view))
    if view.input(0).dtype is DType.INT16:
        return lower_int16(view, weight_multipliers(view))
    layer = int8_dense(view)
    assert layer is not None
    per_channel = len(layer.rescaling.multipliers) > 1
    rest = layer.channels % _CHANNELS > 0
    name = f"fully_connected{'_per_channel' if per_channel else ''}{'_rest' if rest else ''}{layer.suffix}"
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(Kernel(name), Record(), Input(), Output()),),
        headers=("fully_connected.h",),
        constants=(Constant("weights", in_blocks(layer.weights, _CHANNELS), "in blocks; see kernels/fully_connected.h"), *layer.constants),
        functions=(_function(name, layer.requantization, per_channel=per_channel, rest=rest),),
        layer=_record(view, layer),
        macs=view.output.elements * layer.weights.shape[1],
        kernel=name,
    )


def _function(name: str, requantization: Expression, *, per_channel: bool, rest: bool) -> SharedFunction:
    constants = (Labelled("per_channel", int(per_channel)), requantization, Labelled("rest", int(rest)))
    parameters = ("const aot_fully_connected_layer *layer", "const int8_t *input", "int8_t *output")
    return SharedFunction(name, parameters, (call("aot_fully_connected", "layer", "input", "output", *constants),))


def _record(view: OpView, layer: Weighted) -> LayerRecord:
    channels, depth = layer.weights.shape
    return records.record(
        "aot_fully_connected_layer",
        weights=Table("weights"),
        effective_bias=Table("effective_bias"),
        requantize=records.requantization(*layer.ends),
        rows=view.output.elements // channels,
        depth=depth,
        channels=channels,
    )


FULLY_CONNECTED = Operator(
    name="FULLY_CONNECTED",
    constraints=(
        has_tensors((2, 3)),
        *COMMON,
        input_is(0, "input", DType.INT8, DType.INT16, DType.FLOAT32),
        input_is(1, "weights", DType.INT8, DType.INT4, DType.FLOAT32),
        floats_are_among_themselves,
        bias_is(2, INT8=(DType.INT32,), INT16=(DType.INT64, DType.INT32), FLOAT32=(DType.FLOAT32,)),
        output_has_the_type_of_the_input,
        int4_weights_are_whole,
        int4_weights_have_one_scale,
        input_has_rank(1, "weights", 2),
        activations_are_quantized,
        unless_float(weights_have_scales),
        weights_are_quantized_along(0),
        weights_are_not_shuffled,
        shapes_agree,
        bias_has_one_value_a_channel(0),
        activation_is_known,
        activation_fits,
        unless_float(rescaling_fits),
    ),
    lower=lower,
)

OPERATORS = (FULLY_CONNECTED,)
