"""What UNIDIRECTIONAL_SEQUENCE_LSTM asks for."""

from __future__ import annotations

import itertools
import math

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, rescaling_finding, shape_finding
from mcu_toolkit.runtimes.aot.ir.operator import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.memory.state import is_state

INPUT_WEIGHTS, RECURRENT_WEIGHTS, BIASES = range(1, 5), range(5, 9), range(12, 16)
"""Positions among the operator's inputs, in the order input, forget, cell, output gate."""
HIDDEN, CELL = 18, 19
_ABSENT = (9, 10, 11, 16, 17, 20, 21, 22, 23)
"""Peephole weights, projection, layer normalization."""
GATE_SCALE, GATE_OUTPUT_SCALE = 2.0**-12, 2.0**-15
_RECONVERT = "convert the model again with a current TensorFlow"
_PLAIN = "use a plain LSTM layer: no peephole, no projection, no layer normalization, activation tanh, recurrent activation sigmoid"
_CELL_POWERS = range(-26, 1)


def has_24_inputs(view: OpView) -> Finding | None:
    """24 inputs, of which those of peepholes, projection and layer normalization are left out, and 1 output"""
    if len(view.op.inputs) != 24 or len(view.op.outputs) != 1:
        return Finding(f"{len(view.op.inputs)} inputs and {len(view.op.outputs)} outputs", _RECONVERT)
    for position, index in enumerate(view.op.inputs):
        if (index >= 0) == (position in _ABSENT):
            return Finding(f"input {position} {'left out' if index < 0 else 'in use'}", _PLAIN)
    return None


def types_agree(view: OpView) -> Finding | None:
    """input, hidden state and output are all INT8 or all INT16, weights INT8, biases INT32 or INT64, the cell state INT16"""
    dtype = view.input(0).dtype
    bias = {DType.INT8: DType.INT32, DType.INT16: DType.INT64}.get(dtype)
    wanted = [(view.input(0), (DType.INT8, DType.INT16)), (view.input(HIDDEN), (dtype,)), (view.output, (dtype,))]
    wanted += [(view.input(i), (DType.INT8,)) for i in (*INPUT_WEIGHTS, *RECURRENT_WEIGHTS)]
    wanted += [(view.input(i), (bias,) if bias else ()) for i in BIASES]
    wanted += [(view.input(CELL), (DType.INT16,))]
    for tensor, dtypes in wanted:
        if tensor.dtype not in dtypes:
            return Finding(f"a tensor is {tensor.dtype.name}", "convert the model with full int8 quantization", tensor)
    return None


def parameters_are_constants(view: OpView) -> Finding | None:
    """weights and biases are constants, the two states are variables"""
    for position in (*INPUT_WEIGHTS, *RECURRENT_WEIGHTS, *BIASES):
        if not view.input(position).is_constant:
            return Finding(f"input {position} is computed while the model runs", _PLAIN, view.input(position))
    for position in (HIDDEN, CELL):
        if not is_state(view.input(position)):
            return Finding("a state that is no variable", _RECONVERT, view.input(position))
    return None


def _has_one_scale(tensor: Tensor) -> bool:
    found = tensor.quantization
    return found is not None and not found.per_channel and 0 < found.scale < math.inf


def all_have_one_scale(view: OpView) -> Finding | None:
    """input, states and each array of weights have one scale above zero; weights have no zero point"""
    for position in (0, *INPUT_WEIGHTS, *RECURRENT_WEIGHTS, HIDDEN, CELL):
        tensor = view.input(position)
        if not _has_one_scale(tensor):
            return Finding("no usable scale, or several", "quantize the weights of LSTM layers per tensor", tensor)
        if tensor.is_constant and quantization(tensor).zero_point:
            return Finding(f"a zero point of {quantization(tensor).zero_point}", _RECONVERT, tensor)
    return None


def cell_scale_is_a_power_of_two(view: OpView) -> Finding | None:
    """the cell state's scale is a power of two from 2^-26 to 1"""
    fraction, exponent = math.frexp(quantization(view.input(CELL)).scale)
    if fraction == 0.5 and exponent - 1 in _CELL_POWERS:
        return None
    return Finding(f"a scale of {quantization(view.input(CELL)).scale:g}", _RECONVERT, view.input(CELL))


def shapes_agree(view: OpView) -> Finding | None:
    """the input has 3 dimensions; weights, biases, states and output have the sizes that inputs and units give"""
    if len(view.input(0).shape) != 3 or len(view.input(HIDDEN).shape) != 2:
        return Finding(f"{list(view.input(0).shape)} with a state {list(view.input(HIDDEN).shape)}", _RECONVERT, view.input(0))
    first, second, inputs = view.input(0).shape
    batches, units = second if view.option("time_major") else first, view.input(HIDDEN).shape[1]
    wanted: list[tuple[Tensor, tuple[int, ...]]] = [(view.output, (first, second, units))]
    wanted += [(view.input(i), (units, inputs)) for i in INPUT_WEIGHTS]
    wanted += [(view.input(i), (units, units)) for i in RECURRENT_WEIGHTS]
    wanted += [(view.input(i), (batches, units)) for i in (HIDDEN, CELL)]
    wanted += [(view.input(i), (units,)) for i in BIASES]
    return next(filter(None, itertools.starmap(shape_finding, wanted)), None)


def options_are_plain(view: OpView) -> Finding | None:
    """the activation is TANH and recurrent weights are whole matrices"""
    if view.option("fused_activation_function") != "TANH":
        return Finding(f"the activation {view.option('fused_activation_function')}", _PLAIN)
    return Finding("diagonal recurrent weights", _PLAIN) if view.option("diagonal_recurrent_tensors") else None


def gate_factors(view: OpView, gate: int) -> tuple[float, float]:
    """From sums over inputs and over the hidden state to the argument of the activation of a gate (in the order of the weights)."""
    weights, recurrent = quantization(view.input(INPUT_WEIGHTS[gate])), quantization(view.input(RECURRENT_WEIGHTS[gate]))
    source, hidden = quantization(view.input(0)), quantization(view.input(HIDDEN))
    return source.scale * weights.scale / GATE_SCALE, hidden.scale * recurrent.scale / GATE_SCALE


def products_factors(view: OpView) -> tuple[float, float, float]:
    """From products of gates to the cell state (kept, added) and to the hidden state."""
    cell, hidden = quantization(view.input(CELL)).scale, quantization(view.input(HIDDEN)).scale
    return GATE_OUTPUT_SCALE * cell / cell, GATE_OUTPUT_SCALE**2 / cell, GATE_OUTPUT_SCALE**2 / hidden


def rescaling_fits(view: OpView) -> Finding | None:
    """the factors from sums to gates are below 2^31, for INT16 below 2^14"""
    largest = max(numerics.quantize_multiplier(factor)[1] for gate in range(4) for factor in gate_factors(view, gate))
    if view.input(0).dtype is DType.INT16 and largest > numerics.MAX_WIDE_SHIFT:
        return Finding(f"a factor of 2^{largest} between sums and gates", _RECONVERT, view.input(0))
    products = max(numerics.quantize_multiplier(factor)[1] for factor in products_factors(view))
    return rescaling_finding(max(largest, products), view.input(0))


CONSTRAINTS: tuple[Constraint, ...] = (
    has_24_inputs,
    *COMMON,
    types_agree,
    parameters_are_constants,
    all_have_one_scale,
    cell_scale_is_a_power_of_two,
    shapes_agree,
    options_are_plain,
    rescaling_fits,
)
