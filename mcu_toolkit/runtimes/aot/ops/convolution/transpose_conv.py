"""TRANSPOSE_CONV, int8 and int16, per-channel weights, with strides, SAME and VALID padding, fused activations."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Labelled, Output, Record, Table, call
from mcu_toolkit.runtimes.aot.ir.constraints import (
    COMMON,
    activation_fits,
    activation_is_known,
    activations_are_quantized,
    bias_is,
    has_tensors,
    input_has_rank,
    input_is,
    input_is_constant,
    output_has_the_type_of_the_input,
    rescaling_finding,
    weights_are_quantized_along,
    weights_have_scales,
)
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.weights_int16 import (
    INT16_RANGE,
    Requantization16,
    bias_array,
    requantization_16,
    rescaling_16_finding,
)

_INPUT, _BIAS = 2, 3
"""Positions among the operator's inputs; the output's shape comes first, the weights second."""


def reordered(constraint: Constraint) -> Constraint:
    """A constraint on input and weights in CONV_2D's order, for TRANSPOSE_CONV's."""

    def check(view: OpView) -> Finding | None:
        return constraint(_in_order(view))

    check.__doc__ = constraint.__doc__
    return check


def _in_order(view: OpView) -> OpView:
    """The operator with its inputs as CONV_2D has them: input, weights, bias."""
    _, weights, source, *bias = view.op.inputs
    op = type(view.op)(view.op.index, view.op.name, (source, weights, *bias), view.op.outputs, view.op.options, view.op.version)
    return OpView(view.graph, op, view.graphs)


def shapes_agree(view: OpView) -> Finding | None:
    """the output has 4 dimensions: the input's batch, and as many channels as weights, which are as deep as the input"""
    source, weights, result = view.input(0).shape, view.input(1).shape, view.output.shape
    if len(result) == 4 and result[0] == source[0] and result[3] == weights[0] and weights[3] == source[3]:
        return None
    found = f"{list(source)} with weights {list(weights)} to {list(result)}"
    return Finding(found, "convert the model again", view.output)


def strides_are_positive(view: OpView) -> Finding | None:
    """strides are 1 or more"""
    for name in ("stride_h", "stride_w"):
        if view.option(name) < 1:
            return Finding(f"{name} = {view.option(name)}", "convert the model again")
    return None


def _multipliers(view: OpView) -> list[float]:
    source, weights, result = view.input(0).quantization, view.input(1).quantization, view.output.quantization
    assert source is not None
    assert weights is not None
    assert result is not None
    return numerics.channel_multipliers(source.scale, weights.scales, result.scale, view.input(1).shape[0])


def rescaling_fits(view: OpView) -> Finding | None:
    """the factor from sums to outputs is below 2^31; beside INT16 inputs, whose sums have 64 bits, below 2^14"""
    if view.input(0).dtype is DType.INT16:
        return rescaling_16_finding(_multipliers(view), view, bias_is_32_bits=False)
    return rescaling_finding(numerics.rescaling(_multipliers(view)).max_shift, view.output)


def bias_has_one_value_a_channel(view: OpView) -> Finding | None:
    """the bias has one value a channel"""
    bias, channels = view.optional_input(2), view.input(1).shape[0]
    if bias is None or bias.elements == channels:
        return None
    return Finding(f"{bias.elements} biases for {channels} channels", "convert the model again", bias)


def padding_before(output: int, kernel: int, stride: int, padding: str) -> int:
    """TFLM pads as for a convolution of the output; its division is towards zero where the kernel is the larger one."""
    size = -(-output // stride) if padding == "SAME" else int((output - kernel + stride) / stride)
    return max(0, (size - 1) * stride + kernel - output) // 2


def lower(view: OpView, _target: Target) -> LoweredOperator:
    """Each output collects its taps: kernels/transpose_conv.h."""
    view = _in_order(view)
    weights = view.input(1).data
    assert weights is not None
    is_int8 = view.input(0).dtype is DType.INT8
    requantization = requantization_16(_multipliers(view), bias_is_32_bits=is_int8, weights=weights)
    bias = bias_array(view, requantization.bias_dtype)
    name = f"transpose_conv_{'int8' if is_int8 else 'int16'}{requantization.suffix if not is_int8 else ''}"
    parameters = ("const aot_transpose_conv_layer *layer", "const void *input", "void *output")
    body = call("aot_transpose_conv", "layer", "input", "output", Labelled("bytes", 1 if is_int8 else 2), requantization.sums)
    function = SharedFunction(name, parameters, (body,))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(Kernel(name), Record(), Input(), Output()),),
        headers=("transpose_conv.h", "wide.h", "windows.h"),
        constants=(
            Constant("weights", np.ascontiguousarray(weights), "[output channel][kernel y][kernel x][channel]"),
            *([] if bias is None else [Constant("bias", bias, "[channel]")]),
            *requantization.constants,
        ),
        functions=(function,),
        layer=_record(view, requantization, has_bias=bias is not None),
        macs=view.input(0).elements // view.input(0).shape[3] * weights.size,
        kernel=name,
    )


def _record(view: OpView, requantization: Requantization16, *, has_bias: bool) -> LayerRecord:
    source, result = view.input(0).quantization, view.output.quantization
    assert source is not None
    assert result is not None
    is_int8 = requantization.sums == "AOT_SUMS_WRAP_32"
    ends = (-128, 127) if is_int8 else INT16_RANGE
    low, high = numerics.activation_range(view.option("fused_activation_function"), result.scale, result.zero_point, *ends)
    batches, height, width, depth = view.input(0).shape
    channels, kernel_height, kernel_width, _ = view.input(1).shape
    _, output_height, output_width, _ = view.output.shape
    stride_y, stride_x, padding = view.option("stride_h"), view.option("stride_w"), view.option("padding")
    rows = Axis(height, output_height, kernel_height, stride_y, 1, padding_before(output_height, kernel_height, stride_y, padding))
    columns = Axis(width, output_width, kernel_width, stride_x, 1, padding_before(output_width, kernel_width, stride_x, padding))
    return records.record(
        "aot_transpose_conv_layer",
        windows=records.windows(rows, columns, batches=batches, channels=(depth, channels)),
        weights=Table("weights"),
        bias=Table("bias") if has_bias else 0,
        requantize=records.requantization(result.zero_point if is_int8 else 0, low, high),
        input_zero_point=source.zero_point if is_int8 else 0,
    )


_ON_LAYER: tuple[Constraint, ...] = (
    input_is(0, "input", DType.INT8, DType.INT16),
    input_is(1, "weights", DType.INT8),
    # TFLM reads INT32 biases beside INT16 inputs as if they were INT64, and widens INT16 ones.
    bias_is(2, INT8=(DType.INT32,), INT16=(DType.INT64, DType.INT16)),
    output_has_the_type_of_the_input,
    input_is_constant(1, "weights"),
    input_is_constant(2, "bias"),
    input_has_rank(0, "input", 4),
    input_has_rank(1, "weights", 4),
    activations_are_quantized,
    weights_have_scales,
    weights_are_quantized_along(0),
    strides_are_positive,
    shapes_agree,
    bias_has_one_value_a_channel,
    activation_is_known,
    activation_fits,
    rescaling_fits,
)

TRANSPOSE_CONV = Operator(
    name="TRANSPOSE_CONV",
    constraints=(has_tensors((3, 4)), *COMMON, *map(reordered, _ON_LAYER)),
    lower=lower,
)

OPERATORS = (TRANSPOSE_CONV,)
