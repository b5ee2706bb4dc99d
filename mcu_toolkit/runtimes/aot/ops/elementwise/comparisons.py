"""EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL: two tensors to bool, with broadcasting."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization, types_are
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import BROADCAST, braces
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step

_NUMBERS = (DType.INT8, DType.INT32, DType.INT64, DType.FLOAT32)


def scales_are_below_one(view: OpView) -> Finding | None:
    """the scale of INT8 inputs is below 1"""
    if view.input(0).dtype is not DType.INT8:
        return None
    for index in (0, 1):
        scale = quantization(view.input(index)).scale
        # TFLM ends the program at scales from 1 on; one just below rounds up to it.
        if scale >= 1.0 or numerics.quantize_multiplier(scale)[1] > 0:
            return Finding(f"a scale of {scale:g}", "scale the values down before they are quantized", view.input(index))
    return None


def _element(view: OpView, name: str, comparison: str) -> Element:
    dtype = view.input(0).dtype
    if dtype is not DType.INT8:
        return Element(f"{name}_{dtype.name.lower()}", f"{{a}} {comparison} {{b}}")
    sources = [quantization(view.input(i)) for i in (0, 1)]
    inputs = [braces(source.zero_point, *numerics.quantize_multiplier(source.scale)) for source in sources]
    record = LayerRecord("aot_compare_layer", (("input", f"{{{inputs[0]}, {inputs[1]}}}"),))
    sides = [f"aot_compare_scale(&layer->input[{i}], {{{letter}}})" for i, letter in enumerate("ab")]
    return Element(name, f"{sides[0]} {comparison} {sides[1]}", ("compare.h",), record)


def comparison_operator(name: str, comparison: str, *, of_bool: bool = False) -> Operator:
    """The operator of one of C's comparisons."""

    def lower(view: OpView, _target: Target) -> Step:
        return elementwise_step(view, _element(view, name.lower(), comparison))

    dtypes = (*_NUMBERS, DType.BOOL) if of_bool else _NUMBERS
    types = types_are(*((dtype, dtype, DType.BOOL) for dtype in dtypes))
    return Operator(name=name, constraints=(has_tensors((2,)), *COMMON, types, *BROADCAST, scales_are_below_one), lower=lower)
