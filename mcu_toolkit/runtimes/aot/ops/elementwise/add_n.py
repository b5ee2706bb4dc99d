"""ADD_N: int8 and float32, of inputs of one shape (and one quantization)."""

from __future__ import annotations

from string import ascii_lowercase

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, shape_finding
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import all_are, is_quantized, quantization, tensors
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step

_MOST_INPUTS = len(ascii_lowercase)
_BITS = 20


def number_of_inputs_is_supported(view: OpView) -> Finding | None:
    """2 to 26 inputs, none left out, and 1 output"""
    if 2 <= len(view.op.inputs) <= _MOST_INPUTS and min(view.op.inputs) >= 0 and len(view.op.outputs) == 1:
        return None
    return Finding(f"{len(view.op.inputs)} inputs and {len(view.op.outputs)} outputs", "add in several layers")


def shapes_are_equal(view: OpView) -> Finding | None:
    """inputs and output have the same shape"""
    for tensor in tensors(view):
        if tensor.shape != view.input(0).shape:
            return shape_finding(tensor, view.input(0).shape)
    return None


def inputs_have_one_quantization(view: OpView) -> Finding | None:
    """INT8: all inputs have the same scale and zero point"""
    if view.output.dtype is not DType.INT8:
        return None
    first = quantization(view.input(0))
    for tensor in tensors(view)[:-1]:
        if (quantization(tensor).scale, quantization(tensor).zero_point) != (first.scale, first.zero_point):
            return Finding("another scale or zero point than the first input's", "add in pairs (ADD)", tensor)
    return None


def _factor(view: OpView) -> float:
    return 2 * quantization(view.input(0)).scale / ((1 << _BITS) * quantization(view.output).scale)


def output_factor_is_below_one(view: OpView) -> Finding | None:
    """INT8: the inputs' scale is less than 2^19 output scales"""
    if view.output.dtype is not DType.INT8 or (_factor(view) < 1.0 and numerics.quantize_multiplier(_factor(view))[1] <= 0):
        return None
    return Finding(f"an output scale of {quantization(view.output).scale:g}", "convert the model again", view.output)


def lower(view: OpView, _target: Target) -> Step:
    """One function a number of inputs."""
    count = len(view.op.inputs)
    letters = [f"{{{letter}}}" for letter in ascii_lowercase[:count]]
    if view.output.dtype is DType.FLOAT32:
        return elementwise_step(view, Element(f"add_{count}_float32", " + ".join(["0.0f", *letters])))
    source, (multiplier, shift) = quantization(view.input(0)), numerics.quantize_multiplier(_factor(view))
    record = LayerRecord(
        "aot_add_n_layer",
        (
            ("offset", str((count + 1) * source.zero_point)),
            ("multiplier", str(multiplier)),
            ("shift", str(shift)),
            ("zero_point", str(quantization(view.output).zero_point)),
        ),
    )
    return elementwise_step(view, Element(f"add_{count}", f"aot_add_n(layer, {' + '.join(letters)})", ("add_n.h",), record))


OPERATOR = Operator(
    name="ADD_N",
    constraints=(
        number_of_inputs_is_supported,
        *COMMON,
        all_are(DType.INT8, DType.FLOAT32),
        is_quantized,
        shapes_are_equal,
        inputs_have_one_quantization,
        output_factor_is_below_one,
    ),
    lower=lower,
)
