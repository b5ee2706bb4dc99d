"""SignalWindow, SignalFftAutoScale and SignalEnergy: what is before and behind the FFT."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Labelled, Output, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.signal.options import (
    INT32,
    RECONVERT,
    Range,
    has_a_dimension,
    has_options,
    ranks_are,
    read_options,
    types_of,
)

_HEADERS = ("signal_window.h", "frontend/integers.h")


def output_is_like_the_input(view: OpView) -> Finding | None:
    """the output has the shape of the input"""
    return shape_finding(view.output, view.input(0).shape)


def weights_fill_the_input(view: OpView) -> Finding | None:
    """the weights have one dimension, and the input is a whole number of times as long"""
    weights = view.input(1)
    if len(weights.shape) == 1 and view.input(0).elements % weights.elements == 0:
        return None
    return Finding(f"weights {list(weights.shape)} for an input {list(view.input(0).shape)}", RECONVERT, weights)


def range_is_in_the_spectrum(view: OpView) -> Finding | None:
    """the input has two elements for each of the output, and start_index to end_index lie within it"""
    start, end = read_options(view)["start_index"], read_options(view)["end_index"]
    bins = view.output.elements
    if view.input(0).elements == 2 * bins and start <= end <= bins:
        return None
    return Finding(f"numbers {start} to {end} of {view.input(0).elements} elements as {bins}", RECONVERT, view.output)


def _lower_window(view: OpView, _target: Target) -> LoweredOperator:
    size = view.input(1).elements
    frames = view.input(0).elements // size
    arguments = (Labelled("frames", frames), Labelled("size", size), Labelled("shift", read_options(view)["shift"]))
    code = call("aot_signal_window", Input(), Input(1), Output(), *arguments)
    return LoweredOperator(view.op, view.op.inputs, view.op.outputs, (code,), headers=_HEADERS, in_place=(0,), kernel="signal_window")


def _lower_auto_scale(view: OpView, _target: Target) -> LoweredOperator:
    code = call("aot_signal_auto_scale", Input(), Output(), Output(1), Labelled("size", view.input(0).elements))
    return LoweredOperator(view.op, view.op.inputs, view.op.outputs, (code,), headers=_HEADERS, in_place=(0,), kernel="signal_auto_scale")


def _lower_energy(view: OpView, _target: Target) -> LoweredOperator:
    options = read_options(view)
    limits = Labelled("start", options["start_index"]), Labelled("end", options["end_index"])
    code = call("aot_signal_energy", Input(), Output(), Labelled("count", view.output.elements), *limits)
    return LoweredOperator(view.op, view.op.inputs, view.op.outputs, (code,), headers=_HEADERS, kernel="signal_energy")


WINDOW = Operator(
    name="SignalWindow",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        types_of((DType.INT16, DType.INT16), (DType.INT16,)),
        has_options(shift=Range(0, 31)),
        has_a_dimension,
        output_is_like_the_input,
        weights_fill_the_input,
    ),
    lower=_lower_window,
)
"""SignalWindow: frames of samples times weights."""

FFT_AUTO_SCALE = Operator(
    name="SignalFftAutoScale",
    constraints=(
        has_tensors((1,), 2),
        *COMMON,
        types_of((DType.INT16,), (DType.INT16, DType.INT32)),
        ranks_are((1,), (1, 0)),
        output_is_like_the_input,
    ),
    lower=_lower_auto_scale,
)
"""SignalFftAutoScale: samples shifted to the left, and by how much."""

ENERGY = Operator(
    name="SignalEnergy",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        types_of((DType.INT16,), (DType.UINT32,)),
        ranks_are((1,), (1,)),
        has_options(end_index=Range(0, INT32[1]), start_index=Range(0, INT32[1])),
        range_is_in_the_spectrum,
    ),
    lower=_lower_energy,
)
"""SignalEnergy: the squares of complex numbers."""

OPERATORS = (WINDOW, FFT_AUTO_SCALE, ENERGY)
