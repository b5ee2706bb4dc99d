"""Comparisons and logic, with broadcasting.

EQUAL and the others to bool; MAXIMUM and MINIMUM; LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT of bools.

MAXIMUM and MINIMUM compare the stored values, as they are, like TFLM.
"""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Conditional, Expression, Prefixed, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import all_are, inputs_broadcast, quantization, types_are
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import BROADCAST, scaled_inputs
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, B, Element, lower_elementwise

_EXTRA_BITS = 8
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
        return Element(f"{name}_{dtype.name.lower()}", Binary(A, comparison, B))
    sources = [quantization(view.input(i)) for i in (0, 1)]
    factors = (numerics.quantize_multiplier(source.scale) for source in sources)
    record = records.record("aot_compare_layer", input=scaled_inputs(view, factors))
    sides = [call("aot_add_scale", Prefixed("&", f"layer->input[{i}]"), letter, _EXTRA_BITS, 0) for i, letter in enumerate((A, B))]
    return Element(name, Binary(sides[0], comparison, sides[1]), ("add.h",), record)


def comparison_operator(name: str, comparison: str, *, of_bool: bool = False) -> Operator:
    """The operator of one of C's comparisons."""

    def lower(view: OpView, _target: Target) -> LoweredOperator:
        return lower_elementwise(view, _element(view, name.lower(), comparison))

    dtypes = (*_NUMBERS, DType.BOOL) if of_bool else _NUMBERS
    types = types_are(*((dtype, dtype, DType.BOOL) for dtype in dtypes))
    return Operator(name=name, constraints=(has_tensors((2,)), *COMMON, types, *BROADCAST, scales_are_below_one), lower=lower)


EQUAL = comparison_operator("EQUAL", "==", of_bool=True)
"""EQUAL: two tensors to bool, with broadcasting."""


NOT_EQUAL = comparison_operator("NOT_EQUAL", "!=", of_bool=True)
"""NOT_EQUAL: two tensors to bool, with broadcasting."""


GREATER = comparison_operator("GREATER", ">")
"""GREATER: two tensors to bool, with broadcasting."""


GREATER_EQUAL = comparison_operator("GREATER_EQUAL", ">=")
"""GREATER_EQUAL: two tensors to bool, with broadcasting."""


LESS = comparison_operator("LESS", "<")
"""LESS: two tensors to bool, with broadcasting."""


LESS_EQUAL = comparison_operator("LESS_EQUAL", "<=")
"""LESS_EQUAL: two tensors to bool, with broadcasting."""


def max_min_operator(name: str, comparison: str) -> Operator:
    """MAXIMUM (`>`) or MINIMUM (`<`)."""

    def lower(view: OpView, _target: Target) -> LoweredOperator:
        kernel = f"{name.lower()}_{view.output.dtype.name.lower()}"
        return lower_elementwise(view, Element(kernel, Conditional(Binary(A, comparison, B), A, B)))

    types = all_are(DType.INT8, DType.INT16, DType.INT32, DType.INT64, DType.FLOAT32)
    return Operator(name=name, constraints=(has_tensors((2,)), *COMMON, types, inputs_broadcast), lower=lower)


MAXIMUM = max_min_operator("MAXIMUM", ">")
"""MAXIMUM, with broadcasting and constants."""


MINIMUM = max_min_operator("MINIMUM", "<")
"""MINIMUM, with broadcasting and constants."""


def logical_operator(name: str, inputs: int, expression: Expression) -> Operator:
    """An operator of `inputs` tensors of bool; `expression` is over `A` and `B`."""

    def lower(view: OpView, _target: Target) -> LoweredOperator:
        return lower_elementwise(view, Element(name.lower(), expression))

    return Operator(name=name, constraints=(has_tensors((inputs,)), *COMMON, all_are(DType.BOOL), inputs_broadcast), lower=lower)


LOGICAL_AND = logical_operator("LOGICAL_AND", 2, Binary(A, "&&", B))
"""LOGICAL_AND: bool."""


LOGICAL_OR = logical_operator("LOGICAL_OR", 2, Binary(A, "||", B))
"""LOGICAL_OR: bool."""


LOGICAL_NOT = logical_operator("LOGICAL_NOT", 1, Prefixed("!", A))
"""LOGICAL_NOT: bool."""


OPERATORS = (EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, MAXIMUM, MINIMUM, LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT)
