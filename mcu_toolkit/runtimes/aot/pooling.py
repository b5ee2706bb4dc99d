"""What the two pooling operators have in common; their kernels take the same record."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot import numerics
from mcu_toolkit.runtimes.aot.constraints import (
    COMMON,
    activation_fits,
    activation_is_known,
    activations_are_quantized,
    has_tensors,
    input_has_rank,
    input_is,
    output_is,
    shape_finding,
)
from mcu_toolkit.runtimes.aot.geometry import Axis, window_axis
from mcu_toolkit.runtimes.aot.operator import Finding, LayerRecord, OpView, Step

_SCALE_TOLERANCE = 1e-6
"""TFLM's PoolingPrepare accepts scales that differ by this much (absolute), and ignores the difference."""
_MAX_WINDOW = 1 << 23
"""Elements of a window whose sum of int8 values still fits 31 bits."""


def axes(view: OpView) -> tuple[Axis, Axis]:
    """The window's rows and columns."""
    _, height, width, _ = view.input(0).shape
    padding = view.option("padding")
    return (
        window_axis(height, view.option("filter_height"), view.option("stride_h"), 1, padding),
        window_axis(width, view.option("filter_width"), view.option("stride_w"), 1, padding),
    )


def window_is_positive(view: OpView) -> Finding | None:
    """window and strides are 1 or more, and the window has fewer than 2^23 elements"""
    for name in ("filter_height", "filter_width", "stride_h", "stride_w"):
        if view.option(name) < 1:
            return Finding(f"{name} = {view.option(name)}", "convert the model again")
    size = view.option("filter_height") * view.option("filter_width")
    return Finding(f"a window of {size} elements", "use a smaller window") if size >= _MAX_WINDOW else None


def quantizations_agree(view: OpView) -> Finding | None:
    """input and output have the same scale and zero point"""
    source, result = view.input(0).quantization, view.output.quantization
    assert source is not None
    assert result is not None
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
    input_is(0, "input", DType.INT8),
    output_is(DType.INT8),
    input_has_rank(0, "input", 4),
    activations_are_quantized,
    window_is_positive,
    quantizations_agree,
    output_shape_agrees,
    activation_is_known,
    activation_fits,
)


def pooling_step(view: OpView, kernel: str) -> Step:
    """A step of kernels/<kernel>.h."""
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"aot_{kernel}(&${{layer}}, ${{in0}}, ${{out0}});",
        headers=(f"{kernel}.h",),
        layer=_record(view, kernel),
        kernel=kernel,
    )


def _record(view: OpView, kernel: str) -> LayerRecord:
    rows, columns = axes(view)
    batches, _, _, channels = view.input(0).shape
    result = view.output.quantization
    assert result is not None
    low, high = numerics.activation_range(view.option("fused_activation_function"), result.scale, result.zero_point)
    return LayerRecord(
        f"aot_{kernel}_layer",
        (
            ("batches", str(batches)),
            ("input_height", str(rows.input)),
            ("input_width", str(columns.input)),
            ("channels", str(channels)),
            ("output_height", str(rows.output)),
            ("output_width", str(columns.output)),
            ("kernel_height", str(rows.kernel)),
            ("kernel_width", str(columns.kernel)),
            ("stride_y", str(rows.stride)),
            ("stride_x", str(columns.stride)),
            ("pad_top", str(rows.pad)),
            ("pad_left", str(columns.pad)),
            ("minimum", str(low)),
            ("maximum", str(high)),
        ),
    )
