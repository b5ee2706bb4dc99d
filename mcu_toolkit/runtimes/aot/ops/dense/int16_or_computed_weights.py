"""FULLY_CONNECTED in its rarer forms: INT16 activations; weights with a zero point; weights or biases computed at run time."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Input, Kernel, Labelled, Output, Record, Struct, Table, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, is_plain_int8, prepare
from mcu_toolkit.runtimes.aot.ops.convolution.weights_int16 import (
    Requantization16,
    activation_range_16,
    bias_array,
    has_int32_bias,
    requantization_16,
)


def weights_zero_point(view: OpView) -> int:
    """The zero point of the weights; TFLM leaves it out where there is a scale for each channel."""
    quantization = view.input(1).quantization
    assert quantization is not None
    return 0 if quantization.per_channel else quantization.zero_point


def is_plain(view: OpView) -> bool:
    """Constants and weights without zero point: the kernels that fold the input's zero point into the bias."""
    bias = view.optional_input(2)
    constant = view.input(1).is_constant and (bias is None or bias.is_constant)
    return constant and not weights_zero_point(view)


def weight_multipliers(view: OpView) -> list[float]:
    """Real factors from sums to outputs: one, or one a channel."""
    source, weights, result = view.input(0).quantization, view.input(1).quantization, view.output.quantization
    assert source is not None
    assert weights is not None
    assert result is not None
    if weights.per_channel:
        return numerics.channel_multipliers(source.scale, weights.scales, result.scale, len(weights.scales))
    return [numerics.tensor_multiplier(source.scale, weights.scale, result.scale)]


def int8_dense(view: OpView) -> Weighted | None:
    """The constants of what kernels/fully_connected.h takes, and faster variants of it; None for other layers."""
    weights = view.input(1)
    if not is_plain_int8(view) or not is_plain(view) or weights.dtype is not DType.INT8 or weights.data is None:
        return None
    return prepare(view, weights.data, weight_multipliers(view))


def lower_int16(view: OpView, multipliers: list[float]) -> LoweredOperator:
    """INT16 activations, constants: kernels/fully_connected_int16.h."""
    weights, source = view.input(1).data, view.input(0).quantization
    assert weights is not None
    assert source is not None
    requantization = requantization_16(multipliers, bias_is_32_bits=has_int32_bias(view), weights=weights)
    per_channel = len(multipliers) > 1
    name = f"fully_connected_int16{'_per_channel' if per_channel else ''}{requantization.suffix}"
    sums, bias = weights.astype(np.int64).sum(axis=1) * source.zero_point, bias_array(view, np.int64)
    effective_bias = ((0 if bias is None else bias) - sums).astype(requantization.bias_dtype)
    parameters = ("const aot_fully_connected_int16_layer *layer", "const aot_int16 *input", "aot_int16 *output")
    constants = (Labelled("per_channel", int(per_channel)), requantization.sums)
    function = SharedFunction(name, parameters, (call("aot_fully_connected_int16", "layer", "input", "output", *constants),))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(Kernel(name), Record(), Input(), Output()),),
        headers=("fully_connected_int16.h", "wide.h"),
        constants=(
            Constant("weights", weights, "[channel][depth]"),
            Constant("effective_bias", effective_bias, "[channel]: bias - input zero point * sum of the channel's weights"),
            *requantization.constants,
        ),
        functions=(function,),
        layer=records.record(
            "aot_fully_connected_int16_layer",
            weights=Table("weights"),
            effective_bias=Table("effective_bias"),
            requantize=_requantize(view),
            **_sizes(view),
        ),
        macs=view.output.elements * weights.shape[1],
        kernel=name,
    )


def lower_general(view: OpView, multipliers: list[float]) -> LoweredOperator:
    """Everything else, as it is written down: kernels/fully_connected_general.h."""
    is_int8 = view.input(0).dtype is DType.INT8
    requantization = requantization_16(multipliers, bias_is_32_bits=is_int8 or has_int32_bias(view), weights=None)
    name = f"fully_connected_general_{'int8' if is_int8 else 'int16'}{requantization.suffix}"
    inputs, constants, arguments = _operands(view, requantization)
    layer = "const aot_fully_connected_general_layer *layer"
    parameters = (layer, "const void *input", "const int8_t *weights", "const void *biases", "void *output")
    values = ("layer", "input", "weights", "biases", "output", Labelled("bytes", 1 if is_int8 else 2), requantization.sums)
    function = SharedFunction(name, parameters, (call("aot_fully_connected_general", *values),))
    return LoweredOperator(
        op=view.op,
        inputs=tuple(inputs),
        outputs=view.op.outputs,
        call=(call(Kernel(name), Record(), *arguments, Output()),),
        headers=("fully_connected_general.h", "wide.h"),
        constants=(*constants, *requantization.constants),
        functions=(function,),
        layer=_general_record(view, requantization),
        macs=view.output.elements * view.input(1).shape[1],
        kernel=name,
    )


def _operands(view: OpView, requantization: Requantization16) -> tuple[list[int], list[Constant], list[Expression]]:
    """Tensors that are read, constants, and the arguments for input, weights and bias."""
    inputs: list[int] = [view.op.inputs[0]]
    constants: list[Constant] = []
    arguments: list[Expression] = [Input()]
    for position, what, comment in ((1, "weights", "[channel][depth]"), (2, "bias", "[channel]")):
        tensor = view.optional_input(position)
        if tensor is None:
            arguments.append(0)
        elif tensor.data is None:
            inputs.append(tensor.index)
            arguments.append(Input(len(inputs) - 1))
        else:
            array = tensor.data if position == 1 else tensor.data.reshape(-1).astype(requantization.bias_dtype)
            constants.append(Constant(what, array, comment))
            arguments.append(Table(what))
    return inputs, constants, arguments


def _sizes(view: OpView) -> dict[str, int]:
    channels, depth = view.input(1).shape
    return {"rows": view.output.elements // channels, "depth": depth, "channels": channels}


def _requantize(view: OpView) -> Struct:
    result = view.output.quantization
    assert result is not None
    if view.input(0).dtype is DType.INT8:
        low, high = numerics.activation_range(view.option("fused_activation_function"), result.scale, result.zero_point)
    else:
        low, high = activation_range_16(view)
    return records.requantization(result.zero_point, low, high)


def _general_record(view: OpView, requantization: Requantization16) -> LayerRecord:
    source = view.input(0).quantization
    assert source is not None
    return records.record(
        "aot_fully_connected_general_layer",
        requantize=_requantize(view),
        factor_step=int(len(requantization.multipliers) > 1),
        **_sizes(view),
        input_zero_point=source.zero_point,
        weights_zero_point=weights_zero_point(view),
    )
