"""AVERAGE_POOL_2D and MAX_POOL_2D of int8, int16 and float32; their kernels take the same record."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Labelled, Output, Prefixed, Record, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import data_is
from mcu_toolkit.runtimes.aot.ir.constraints import (
    COMMON,
    activation_fits,
    activation_is_known,
    has_tensors,
    input_has_rank,
    shape_finding,
)
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES
from mcu_toolkit.runtimes.aot.ir.windows import Axis, window_axis
from mcu_toolkit.runtimes.aot.ops.reduction.sums import tensors_are_quantized

_HEADERS = ("pool_2d.h", "windows.h")
_SCALE_TOLERANCE = 1e-6
"""TFLM's PoolingPrepare accepts scales that differ by this much (absolute), and ignores the difference."""
_MAX_WINDOW = {DType.INT8: 1 << 23, DType.INT16: 1 << 15, DType.FLOAT32: 1 << 24}
"""Elements of a window whose sum still fits 31 bits; of float32, whose number is still exact."""


def axes(view: OpView) -> tuple[Axis, Axis]:
    """The window's rows and columns."""
    _, height, width, _ = view.input(0).shape
    padding = view.option("padding")
    return (
        view.rows or window_axis(height, view.option("filter_height"), view.option("stride_h"), 1, padding),
        window_axis(width, view.option("filter_width"), view.option("stride_w"), 1, padding),
    )


def window_is_positive(view: OpView) -> Finding | None:
    """window and strides are 1 or more, and the window has fewer than 2^23 elements in int8, 2^15 in int16, 2^24 in float32"""
    for name in ("filter_height", "filter_width", "stride_h", "stride_w"):
        if view.option(name) < 1:
            return Finding(f"{name} = {view.option(name)}", "convert the model again")
    size = view.option("filter_height") * view.option("filter_width")
    return Finding(f"a window of {size} elements", "use a smaller window") if size >= _MAX_WINDOW[view.input(0).dtype] else None


def quantizations_agree(view: OpView) -> Finding | None:
    """quantized input and output have the same scale and zero point"""
    source, result = view.input(0).quantization, view.output.quantization
    if source is None or result is None or view.output.dtype is DType.FLOAT32:
        return None
    if abs(source.scale - result.scale) <= _SCALE_TOLERANCE and source.zero_point == result.zero_point:
        return None
    found = f"{source.scale:g}, {source.zero_point} in and {result.scale:g}, {result.zero_point} out"
    return Finding(found, "convert the model again", view.output)


def output_shape_agrees(view: OpView) -> Finding | None:
    """the output has the size that input, window, stride and padding give"""
    rows, columns = axes(view)
    batches, _, _, channels = view.input(0).shape
    return shape_finding(view.output, (batches, rows.output, columns.output, channels))


CONSTRAINTS = (
    has_tensors((1,)),
    *COMMON,
    data_is(0, DType.INT8, DType.INT16, DType.FLOAT32),
    input_has_rank(0, "input", 4),
    tensors_are_quantized,
    window_is_positive,
    quantizations_agree,
    output_shape_agrees,
    activation_is_known,
    activation_fits,
)


def lower_pooling(view: OpView, kernel: str) -> LoweredOperator:
    """A function of kernels/pool_2d.h for all windows of one element type: pooling is a small part of any model."""
    layer, dtype = _record(view), view.input(0).dtype
    function = f"{kernel}_{dtype.name.lower()}"
    constants = (Labelled("bytes", dtype.itemsize_bytes), Labelled("average", int(kernel == "average_pool_2d")))
    parameters = (f"const {layer.c_type} *layer", "const void *input", "void *output")
    body = call("aot_pool_2d", Prefixed("&", "layer->windows"), Prefixed("&", "layer->range"), "input", "output", *constants)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call(Kernel(function), Record(), Input(), Output()),),
        headers=_HEADERS,
        functions=(SharedFunction(function, parameters, (body,)),),
        layer=layer,
        kernel=kernel,
    )


def _record(view: OpView) -> LayerRecord:
    batches, _, _, channels = view.input(0).shape
    windows = records.windows(*axes(view), batches=batches, channels=(channels, channels))
    activation = view.option("fused_activation_function")
    if view.input(0).dtype is DType.FLOAT32:
        return records.record("aot_pool_float32_layer", windows=windows, range=records.float_range(*numerics.ACTIVATION_BOUNDS[activation]))
    result = view.output.quantization
    assert result is not None
    ends = numerics.activation_range(activation, result.scale, result.zero_point, *RANGES[view.output.dtype])
    return records.record("aot_pool_layer", windows=windows, range=records.value_range(*ends))


def _pool_operator(name: str) -> Operator:
    return Operator(name=name, constraints=CONSTRAINTS, lower=lambda view, _target: lower_pooling(view, name.lower()))


AVERAGE_POOL_2D = _pool_operator("AVERAGE_POOL_2D")
"""AVERAGE_POOL_2D of int8, int16 and float32."""


MAX_POOL_2D = _pool_operator("MAX_POOL_2D")
"""MAX_POOL_2D of int8, int16 and float32."""


def _lower_average_pool_2d_dsp(view: OpView, _target: Target) -> LoweredOperator | None:
    """4 channels at a time, where the window is the image."""
    if view.input(0).dtype is not DType.INT8 or any(axis.output != 1 or axis.kernel != axis.input for axis in axes(view)):
        return None
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call("aot_dsp_average_pool_whole", Record(), Input(), Output()),),
        headers=("dsp/average_pool_2d.h", "dsp/instructions.h", *_HEADERS),
        layer=_record(view),
        kernel="dsp average_pool_2d whole image",
    )


AVERAGE_POOL_2D_DSP = Operator(name="AVERAGE_POOL_2D", constraints=(), lower=_lower_average_pool_2d_dsp, instruction_set="dsp")
"""AVERAGE_POOL_2D over whole images, on cores with the DSP extension."""


OPERATORS = (AVERAGE_POOL_2D, MAX_POOL_2D, AVERAGE_POOL_2D_DSP)
