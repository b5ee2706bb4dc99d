"""ADD of two int8 tensors of one shape as one linear function (kernels/dsp/add.h, kernels/mve/add.h).

It is compared with TFLM's arithmetic for every pair of inputs before it is used.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Labelled, Output, Record, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.add_sub import EXTRA_BITS
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import output_range

FRACTION_BITS = 20
"""AOT_LINEAR_ADD_FRACTION_BITS of kernels/linear_add.h."""
_EXTRA_BITS = 20
"""Of TFLM's sums: tensorflow/lite/kernels/internal/reference/add.h, left_shift."""
_LIMIT = 1 << 31
_LANE_BITS = 8
"""Lanes hold inputs times 256."""
_GROWTHS = (0.0, 2.0**-19, 2.0**-18, 2.0**-17, 2.0**-16, 2.0**-15)


@dataclass(frozen=True)
class Scaled:
    """An input: zero point and TFLM's fixed-point factor to the common scale, multiplier / 2^31 * 2^shift, shift <= 0."""

    zero_point: int
    multiplier: int
    shift: int


@dataclass(frozen=True)
class Factors:
    """The constants of aot_linear_add."""

    start: int
    factor1: int
    factor2: int


def _rescale(values: npt.NDArray[np.int64], multiplier: int, shift: int) -> npt.NDArray[np.int64]:
    high = (values * multiplier + (1 << 30)) >> 31
    mask = (1 << -shift) - 1
    return (high >> -shift) + ((high & mask) > (mask >> 1) + (high < 0))


def tflm_add(first: Scaled, second: Scaled, output: Scaled, minimum: int, maximum: int) -> npt.NDArray[np.int64]:
    """TFLM's outputs for all inputs -128..127 of both: int64 [256, 256]."""
    x = np.arange(-128, 128, dtype=np.int64)
    one, two = (_rescale((x - side.zero_point) << _EXTRA_BITS, side.multiplier, side.shift) for side in (first, second))
    total = _rescale(one[:, None] + two[None, :], output.multiplier, output.shift)
    outputs: npt.NDArray[np.int64] = np.clip(total + output.zero_point, minimum, maximum)
    return outputs


def _products(factor1: int, factor2: int) -> npt.NDArray[np.int64]:
    """What the kernel adds to `start`, for all inputs: int64 [256, 256]."""
    x = np.arange(-128, 128, dtype=np.int64)
    return ((x * factor1) >> _LANE_BITS)[:, None] + ((x * factor2) >> _LANE_BITS)[None, :]


def linear_add(factors: Factors, minimum: int, maximum: int) -> npt.NDArray[np.int64]:
    """The kernel's outputs for all inputs: int64 [256, 256]."""
    sums = factors.start + _products(factors.factor1, factors.factor2)
    outputs: npt.NDArray[np.int64] = np.clip(sums >> FRACTION_BITS, minimum, maximum)
    return outputs


def _start(products: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64], minimum: int, maximum: int) -> int | None:
    """The middle of the starts with which every sum gives the wanted output; clamped ones may lie anywhere beyond."""
    lowest = np.where(wanted > minimum, (wanted << FRACTION_BITS) - products, -_LIMIT).max()
    highest = np.where(wanted < maximum, ((wanted + 1) << FRACTION_BITS) - 1 - products, _LIMIT).min()
    start = int((lowest + highest) >> 1)
    fits = lowest <= highest and int(np.abs(products).max()) + abs(start) < _LIMIT
    return start if fits else None


def find_factors(first: Scaled, second: Scaled, output: Scaled, minimum: int, maximum: int) -> Factors | None:
    """Constants with which the kernel equals TFLM for all inputs; None where there are none.

    TFLM rounds halves away from zero, the kernel up.  Where exact halves occur, a slope slightly too steep makes the difference:
    it moves every half away from zero.
    """
    scale = output.multiplier * 2.0 ** (output.shift + _EXTRA_BITS - 62)
    wanted = tflm_add(first, second, output, minimum, maximum)
    for growth in _GROWTHS:
        reals = (side.multiplier * 2.0**side.shift * scale * (1 + growth) for side in (first, second))
        factor1, factor2 = (round(real * (1 << (FRACTION_BITS + _LANE_BITS))) for real in reals)
        start = _start(_products(factor1, factor2), wanted, minimum, maximum) if max(factor1, factor2) < _LIMIT else None
        if start is not None:
            return Factors(start, factor1, factor2)
    return None


def plan_sum(view: OpView) -> Factors | None:
    """The constants for an ADD of two int8 tensors of one shape; None where its 65,536 sums are not exact in the short arithmetic."""
    scaled = _scaled(view)
    return None if scaled is None else find_factors(*scaled, *output_range(view))


def table_of_sums(view: OpView) -> npt.NDArray[np.int64] | None:
    """TFLM's outputs of an ADD of two int8 tensors of one shape, for all inputs -128..127 of both: int64 [256, 256]; None for other ones.

    They never fall along either axis.
    """
    scaled = _scaled(view)
    return None if scaled is None else tflm_add(*scaled, *output_range(view))


def _scaled(view: OpView) -> tuple[Scaled, Scaled, Scaled] | None:
    """Both inputs and the output; None where types or sizes are others."""
    tensors = (view.input(0), view.input(1), view.output)
    if any(tensor.dtype is not DType.INT8 or tensor.elements != view.output.elements for tensor in tensors):
        return None
    first, second, result = (quantization(tensor) for tensor in tensors)
    twice_largest = 2 * max(first.scale, second.scale)
    one, two = (Scaled(q.zero_point, *numerics.quantize_multiplier(q.scale / twice_largest)) for q in (first, second))
    factor = twice_largest / ((1 << EXTRA_BITS[DType.INT8]) * result.scale)
    return one, two, Scaled(result.zero_point, *numerics.quantize_multiplier(factor))


def is_clamped(view: OpView) -> bool:
    """True where the fused activation ends inside the 8-bit range."""
    return output_range(view) != (-128, 127)


def sum_record(view: OpView, factors: Factors) -> LayerRecord:
    """`factors` as an aot_linear_add."""
    members = dataclasses.asdict(factors)
    return records.record("aot_linear_add", **members, range=records.value_range(*output_range(view)))


def lower_linear_add(view: OpView, instruction_set: str, headers: tuple[str, ...]) -> LoweredOperator | None:
    """The ADD with kernels/dsp/add.h or kernels/mve/add.h, which are among `headers`.

    None where its 65,536 sums are not exact in the short arithmetic.
    """
    factors = plan_sum(view)
    if factors is None:
        return None
    clamped = is_clamped(view)
    kernel = f"{instruction_set} add{' clamped' if clamped else ''}"
    name = f"add_{instruction_set}{'_clamped' if clamped else ''}"
    parameters = ("const aot_linear_add *factors", "const int8_t *input1", "const int8_t *input2", "int8_t *output", "int32_t count")
    arguments = ("factors", "input1", "input2", "output", "count", Labelled("clamped", int(clamped)))
    function = SharedFunction(name, parameters, (call(f"aot_{instruction_set}_add", *arguments),))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call(Kernel(name), Record(), Input(), Input(1), Output(), view.output.elements),),
        headers=headers,
        functions=(function,),
        layer=sum_record(view, factors),
        in_place=tuple(i for i in (0, 1) if not view.input(i).is_constant),
        kernel=kernel,
    )


def _lower_add_dsp(view: OpView, _target: Target) -> LoweredOperator | None:
    """4 elements at a time."""
    return lower_linear_add(view, "dsp", ("dsp/add.h", "dsp/instructions.h", "linear_add.h"))


ADD_DSP = Operator(name="ADD", constraints=(), lower=_lower_add_dsp, instruction_set="dsp")
"""ADD of two int8 tensors of one shape, on cores with the DSP extension."""


def _lower_add_mve(view: OpView, _target: Target) -> LoweredOperator | None:
    """16 elements at a time."""
    return lower_linear_add(view, "mve", ("linear_add.h", "mve/accesses.h", "mve/add.h", "mve/instructions.h"))


ADD_MVE = Operator(name="ADD", constraints=(), lower=_lower_add_mve, instruction_set="mve")
"""ADD of two int8 tensors of one shape, on cores with Helium."""


OPERATORS = (ADD_DSP, ADD_MVE)
