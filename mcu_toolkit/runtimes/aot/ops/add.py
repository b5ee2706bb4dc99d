"""ADD, int8, with broadcasting and constants."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.model import DType, Quantization, Tensor
from mcu_toolkit.runtimes.aot import numerics
from mcu_toolkit.runtimes.aot.broadcasting import broadcast_loops, broadcast_shape
from mcu_toolkit.runtimes.aot.constraints import (
    COMMON,
    activation_fits,
    activation_is_known,
    activations_are_quantized,
    has_tensors,
    input_is,
    output_is,
    shape_finding,
)
from mcu_toolkit.runtimes.aot.operator import Finding, LayerRecord, Operator, OpView, SharedFunction, Step
from mcu_toolkit.runtimes.aot.target import Target
from mcu_toolkit.runtimes.aot.weighted import finish_flags, finish_suffix

_EXTRA_BITS = 20
_LARGEST_SUM = 2 * 255 << (_EXTRA_BITS - 1)
"""Two centred int8 values, each times at most a half, with 20 more bits."""


@dataclass(frozen=True)
class _Factors:
    """Fixed-point (multiplier, shift) of the inputs and the output."""

    inputs: tuple[tuple[int, int], tuple[int, int]]
    output: tuple[int, int]


def _quantization(tensor: Tensor) -> Quantization:
    assert tensor.quantization is not None
    return tensor.quantization


def _range(view: OpView) -> tuple[int, int]:
    result = _quantization(view.output)
    return numerics.activation_range(view.option("fused_activation_function"), result.scale, result.zero_point)


def _output_factor(view: OpView) -> float:
    twice_largest = 2 * max(_quantization(view.input(i)).scale for i in (0, 1))
    return twice_largest / ((1 << _EXTRA_BITS) * _quantization(view.output).scale)


def _factors(view: OpView) -> _Factors:
    scales = [_quantization(view.input(i)).scale for i in (0, 1)]
    first, second = (numerics.quantize_multiplier(scale / (2 * max(scales))) for scale in scales)
    return _Factors((first, second), numerics.quantize_multiplier(_output_factor(view)))


def inputs_have_one_scale(view: OpView) -> Finding | None:
    """both inputs, constants too, have one scale above zero and one zero point"""
    for index in (0, 1):
        quantization = view.input(index).quantization
        if quantization is None or quantization.per_channel or quantization.scale <= 0:
            return Finding("no usable scale and zero point", "convert the model again", view.input(index))
    return None


def shapes_broadcast(view: OpView) -> Finding | None:
    """the shapes of the inputs broadcast to that of the output in at most four loops"""
    first, second = view.input(0).shape, view.input(1).shape
    shape = broadcast_shape(first, second)
    if shape is None or broadcast_loops(first, second) is None:
        return Finding(f"shapes {list(first)} and {list(second)}", "reshape one of them first", view.output)
    return shape_finding(view.output, shape)


def output_factor_is_below_one(view: OpView) -> Finding | None:
    """the larger input scale is less than 2^19 output scales"""
    factor = _output_factor(view)
    # TFLM stops at factors from 1 on; one just below rounds up to it.
    if factor < 1.0 and numerics.quantize_multiplier(factor)[1] <= 0:
        return None
    return Finding(f"an output scale of {_quantization(view.output).scale:g}", "convert the model again", view.output)


def lower(view: OpView, _target: Target) -> Step:
    """The input with the larger scale is shifted, the other multiplied."""
    factors = _factors(view)
    halves = [factor == (1 << 30, 0) for factor in factors.inputs]
    fast = -31 <= factors.output[1] < 0 and _LARGEST_SUM < 1 << 30
    low, high = _range(view)
    finish = finish_flags(fast=fast, minimum=low, maximum=high)
    name = "add" + "".join(f"_half{i}" for i, half in enumerate(halves) if half) + finish_suffix(fast=fast, minimum=low, maximum=high)
    same_shape = tuple(i for i in (0, 1) if view.input(i).elements == view.output.elements and not view.input(i).is_constant)
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call="${prefix}_" + name + "(&${layer}, ${in0}, ${in1}, ${out0});",
        headers=("add.h",),
        functions=(_function(name, halves, finish),),
        layer=_record(view, factors),
        in_place=same_shape,
        kernel=name,
    )


def _function(name: str, halves: list[bool], finish: str) -> SharedFunction:
    return SharedFunction(
        name,
        f"static void ${{prefix}}_{name}(const aot_add_layer *layer, const int8_t *input0, const int8_t *input1, int8_t *output) {{\n"
        f"    aot_add(layer, input0, input1, output, /* half0 */ {int(halves[0])}, /* half1 */ {int(halves[1])}, {finish});\n"
        "}",
    )


def _record(view: OpView, factors: _Factors) -> LayerRecord:
    loops = broadcast_loops(view.input(0).shape, view.input(1).shape)
    assert loops is not None
    inputs = [
        f"{{{_quantization(view.input(i)).zero_point}, {factors.inputs[i][0]}, {factors.inputs[i][1]}, {_braces(loops.steps[i])}}}"
        for i in (0, 1)
    ]
    low, high = _range(view)
    return LayerRecord(
        "aot_add_layer",
        (
            ("input", f"{{{inputs[0]}, {inputs[1]}}}"),
            ("size", _braces(loops.sizes)),
            ("multiplier", str(factors.output[0])),
            ("shift", str(factors.output[1])),
            ("zero_point", str(_quantization(view.output).zero_point)),
            ("minimum", str(low)),
            ("maximum", str(high)),
        ),
    )


def _braces(values: tuple[int, ...]) -> str:
    return "{" + ", ".join(map(str, values)) + "}"


OPERATOR = Operator(
    name="ADD",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        input_is(0, "first input", DType.INT8),
        input_is(1, "second input", DType.INT8),
        output_is(DType.INT8),
        activations_are_quantized,
        inputs_have_one_scale,
        shapes_broadcast,
        output_factor_is_below_one,
        activation_is_known,
        activation_fits,
    ),
    lower=lower,
)
