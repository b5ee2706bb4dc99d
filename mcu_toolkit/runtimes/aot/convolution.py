"""What the two convolutions have in common: windows over [batch, y, x, channel] and their constraints."""

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
    input_is_constant,
    output_is,
    rescaling_finding,
    shape_finding,
    weights_are_symmetric,
)
from mcu_toolkit.runtimes.aot.geometry import Axis, window_axis
from mcu_toolkit.runtimes.aot.operator import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.weighted import convolution_multipliers


def axes(view: OpView) -> tuple[Axis, Axis]:
    """The window's rows and columns."""
    _, height, width, _ = view.input(0).shape
    kernel_height, kernel_width = view.input(1).shape[1:3]
    padding = view.option("padding")
    return (
        window_axis(height, kernel_height, view.option("stride_h"), view.option("dilation_h_factor"), padding),
        window_axis(width, kernel_width, view.option("stride_w"), view.option("dilation_w_factor"), padding),
    )


def strides_are_positive(view: OpView) -> Finding | None:
    """strides and dilations are 1 or more"""
    for name in ("stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor"):
        if view.option(name) < 1:
            return Finding(f"{name} = {view.option(name)}", "convert the model again")
    return None


def rescaling_fits(view: OpView) -> Finding | None:
    """the factor from sums to outputs is below 2^31"""
    return rescaling_finding(numerics.rescaling(convolution_multipliers(view, 1)).max_shift, view.output)


def output_shape_agrees(channels_axis: int) -> Constraint:
    """The output has the size that input, kernel, stride, dilation and padding give."""

    def check(view: OpView) -> Finding | None:
        rows, columns = axes(view)
        return shape_finding(view.output, (view.input(0).shape[0], rows.output, columns.output, view.input(1).shape[channels_axis]))

    check.__doc__ = "the output has the size that input, kernel, stride, dilation and padding give"
    return check


BEFORE_GEOMETRY: tuple[Constraint, ...] = (
    has_tensors((2, 3)),
    *COMMON,
    input_is(0, "input", DType.INT8),
    input_is(1, "weights", DType.INT8),
    input_is(2, "bias", DType.INT32),
    output_is(DType.INT8),
    input_is_constant(1, "weights"),
    input_is_constant(2, "bias"),
    input_has_rank(0, "input", 4),
    input_has_rank(1, "weights", 4),
    activations_are_quantized,
    weights_are_symmetric,
    strides_are_positive,
)
AFTER_GEOMETRY: tuple[Constraint, ...] = (activation_is_known, activation_fits, rescaling_fits)


def geometry_fields(rows: Axis, columns: Axis) -> tuple[tuple[str, str], ...]:
    """Padding and the outputs without border, as fields of a layer record."""
    return (
        ("pad_top", str(rows.pad)),
        ("pad_left", str(columns.pad)),
        ("inside_top", str(rows.inside[0])),
        ("inside_bottom", str(rows.inside[1])),
        ("inside_left", str(columns.inside[0])),
        ("inside_right", str(columns.inside[1])),
    )


def class_name(rows: Axis, columns: Axis) -> str:
    """Kernel, stride and dilation in an identifier: `3x3_stride2`."""
    name = f"{rows.kernel}x{columns.kernel}"
    if (rows.stride, columns.stride) != (1, 1):
        name += f"_stride{rows.stride}" + ("" if rows.stride == columns.stride else f"x{columns.stride}")
    if (rows.dilation, columns.dilation) != (1, 1):
        name += f"_dilation{rows.dilation}" + ("" if rows.dilation == columns.dilation else f"x{columns.dilation}")
    return name
