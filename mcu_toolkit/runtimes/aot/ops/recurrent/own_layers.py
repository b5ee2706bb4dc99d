"""What MCU_GRU and MCU_SIMPLE_RNN share: where their operands are, what they ask for, and the constants of a gate."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.model.own_operators import recurrent_options
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Struct, Table
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_has_rank, rescaling_finding, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES, quantization
from mcu_toolkit.runtimes.aot.memory.state import is_state

_GATE_SCALE, _STATE_SCALE = 2.0**-12, 2.0**-15
_AGAIN = "quantize the Keras model again"


@dataclass(frozen=True)
class Gate:
    """Positions of a gate's operands."""

    name: str
    kernel: int
    recurrent: int
    bias: int
    recurrent_bias: int | None = None


@dataclass(frozen=True)
class Layout:
    """Of an operator: its gates, and its state."""

    gates: tuple[Gate, ...]
    state: int
    state_type: DType

    @property
    def constants(self) -> tuple[int, ...]:
        """Positions of everything that the model stores."""
        return tuple(i for gate in self.gates for i in (gate.kernel, gate.recurrent, gate.bias, gate.recurrent_bias) if i is not None)


def constraints_of(layout: Layout) -> tuple[Constraint, ...]:
    """What the operator asks for, in an order in which later ones may rely on earlier ones."""
    wide = layout.state_type is DType.INT16
    state = f"{layout.state_type.name}, {'with a scale of 2^-15' if wide else 'quantized as the output'}"
    types = f"input, weights and output are INT8, biases INT32, the state is {layout.state_type.name}"
    scales = f"input, output and each array of weights have one scale, weights no zero point; the state is {state}"
    return (
        has_tensors((layout.state + 1,)),
        *COMMON,
        _options_are_known,
        input_has_rank(0, "input", 3),
        _constraint(_types_agree, layout, types),
        _constraint(_parameters_are_constants, layout, "weights and biases are constants, the state is a variable"),
        _constraint(_all_have_one_scale, layout, scales),
        _constraint(_shapes_agree, layout, "input [1, steps, inputs], output [1, steps, units]; all others have the sizes that follow"),
        _constraint(_rescaling_fits, layout, "the factors from sums to gates, and from the state to the output, are below 2^31"),
    )


def _constraint(check: Callable[[Layout, OpView], Finding | None], layout: Layout, sentence: str) -> Constraint:
    def constraint(view: OpView) -> Finding | None:
        return check(layout, view)

    constraint.__doc__ = sentence
    return constraint


def _types_agree(layout: Layout, view: OpView) -> Finding | None:
    wanted = {0: DType.INT8, layout.state: layout.state_type}
    wanted |= {i: DType.INT8 for gate in layout.gates for i in (gate.kernel, gate.recurrent)}
    wanted |= {i: DType.INT32 for gate in layout.gates for i in (gate.bias, gate.recurrent_bias) if i is not None}
    tensors = [*((view.input(i), dtype) for i, dtype in wanted.items()), (view.output, DType.INT8)]
    wrong = next((tensor for tensor, dtype in tensors if tensor.dtype is not dtype), None)
    return None if wrong is None else Finding(f"a tensor is {wrong.dtype.name}", _AGAIN, wrong)


def _parameters_are_constants(layout: Layout, view: OpView) -> Finding | None:
    if not is_state(view.input(layout.state)):
        return Finding("a state that is no variable", _AGAIN, view.input(layout.state))
    computed = next((view.input(i) for i in layout.constants if not view.input(i).is_constant), None)
    return None if computed is None else Finding("a parameter is computed while the model runs", _AGAIN, computed)


def _all_have_one_scale(layout: Layout, view: OpView) -> Finding | None:
    weights = [view.input(i) for gate in layout.gates for i in (gate.kernel, gate.recurrent)]
    for tensor in (view.input(0), view.output, view.input(layout.state), *weights):
        found = tensor.quantization
        if found is None or found.per_channel or not 0 < found.scale < math.inf:
            return Finding("no usable scale, or several", _AGAIN, tensor)
        if tensor.is_constant and found.zero_point:
            return Finding(f"a zero point of {found.zero_point}", _AGAIN, tensor)
    state, result = quantization(view.input(layout.state)), quantization(view.output)
    expected = (_STATE_SCALE, 0) if layout.state_type is DType.INT16 else (result.scale, result.zero_point)
    if (state.scale, state.zero_point) == expected:
        return None
    return Finding(f"a state with scale {state.scale:g} and zero point {state.zero_point}", _AGAIN, view.input(layout.state))


def _shapes_agree(layout: Layout, view: OpView) -> Finding | None:
    if len(view.output.shape) != 3:
        return Finding(f"the output has the shape {list(view.output.shape)}", _AGAIN, view.output)
    _, steps, inputs = view.input(0).shape
    units = view.output.shape[-1]
    wanted: list[tuple[Tensor, tuple[int, ...]]] = [(view.input(0), (1, steps, inputs)), (view.output, (1, steps, units))]
    for gate in layout.gates:
        wanted += [(view.input(gate.kernel), (units, inputs)), (view.input(gate.recurrent), (units, units))]
        wanted += [(view.input(i), (units,)) for i in (gate.bias, gate.recurrent_bias) if i is not None]
    wanted.append((view.input(layout.state), (1, units)))
    return next(filter(None, itertools.starmap(shape_finding, wanted)), None)


def _rescaling_fits(layout: Layout, view: OpView) -> Finding | None:
    factors = [*(factor for gate in layout.gates for factor in gate_factors(view, gate)), state_factor(view)]
    return rescaling_finding(max(numerics.quantize_multiplier(factor)[1] for factor in factors), view.input(0))


def _options_are_known(view: OpView) -> Finding | None:
    """the options are two bytes, version 1 and flags"""
    found = view.op.custom_options
    return Finding(f"options of {len(found)} bytes", _AGAIN) if recurrent_options(found) is None else None


def gate_factors(view: OpView, gate: Gate) -> tuple[float, float]:
    """From sums over inputs and over the hidden state to the argument of the gate's activation."""
    weights, recurrent = quantization(view.input(gate.kernel)).scale, quantization(view.input(gate.recurrent)).scale
    return quantization(view.input(0)).scale * weights / _GATE_SCALE, quantization(view.output).scale * recurrent / _GATE_SCALE


def state_factor(view: OpView) -> float:
    """From fractions of 2^15 to the steps of the output."""
    return _STATE_SCALE / quantization(view.output).scale


def gate_constants(view: OpView, gate: Gate) -> tuple[Constant, ...]:
    """Weights as the model has them, zero points folded into the biases."""
    weights, recurrent = _constant(view, gate.kernel), _constant(view, gate.recurrent)
    source, hidden = quantization(view.input(0)).zero_point, quantization(view.output).zero_point
    from_input = _constant(view, gate.bias).astype(np.int64) - source * weights.astype(np.int64).sum(axis=1)
    from_hidden = -hidden * recurrent.astype(np.int64).sum(axis=1)
    if gate.recurrent_bias is not None:
        from_hidden = from_hidden + _constant(view, gate.recurrent_bias)
    name = gate.name
    return (
        Constant(f"{name}_weights", weights, f"{name} gate: [unit][input]"),
        Constant(f"{name}_recurrent", recurrent, f"{name} gate: [unit][unit]"),
        Constant(f"{name}_effective_bias", _wrapped(from_input), f"{name} gate: [unit]: bias - zero point * sum of the input's weights"),
        Constant(f"{name}_hidden", _wrapped(from_hidden), f"{name} gate: [unit]: bias - zero point * sum of the recurrent weights"),
    )


def _wrapped(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    return (values % 2**32).astype(np.uint32).view(np.int32)


def _constant(view: OpView, position: int) -> npt.NDArray[Any]:
    data = view.input(position).data
    assert data is not None
    return data


def gate_record(view: OpView, gate: Gate) -> Struct:
    """An `aot_gate` of kernels/gates.h."""
    from_input, from_hidden = (records.factor(*numerics.quantize_multiplier(real)) for real in gate_factors(view, gate))
    return records.initialiser(
        input_weights=Table(f"{gate.name}_weights"),
        recurrent_weights=Table(f"{gate.name}_recurrent"),
        input_effective_bias=Table(f"{gate.name}_effective_bias"),
        recurrent_effective_bias=Table(f"{gate.name}_hidden"),
        input_factor=from_input,
        recurrent_factor=from_hidden,
    )


def sequence(view: OpView) -> Struct:
    """What the layers go along: kernels/sequence.h."""
    options = recurrent_options(view.op.custom_options)
    assert options is not None
    _, steps, inputs = view.input(0).shape
    return records.initialiser(
        steps=steps,
        inputs=inputs,
        units=view.output.shape[2],
        first=(steps - 1) * inputs if options.go_backwards else 0,
        time_step=-inputs if options.go_backwards else inputs,
    )


def shared_fields(view: OpView) -> dict[str, Expression]:
    """The members that the portable layers' records share behind their gates."""
    return {
        "sequence": sequence(view),
        "state_factor": records.factor(*numerics.quantize_multiplier(state_factor(view))),
        "output": records.output(quantization(view.output).zero_point, *RANGES[view.output.dtype]),
    }


def macs(view: OpView, layout: Layout) -> int:
    """Multiply-accumulates of an inference."""
    return view.input(0).shape[1] * sum(view.input(i).elements for gate in layout.gates for i in (gate.kernel, gate.recurrent))
