"""SignalFilterBank, SignalFilterBankSquareRoot and SignalFilterBankLog: from energies to bands."""

from __future__ import annotations

from mcu_toolkit.frontend.tables import log_corrections
from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Labelled, Output, Record, Table, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import constant_values
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_is_constant, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.signal.options import INT32, RECONVERT, Range, has_options, ranks_are, read_options, types_of

HEADERS = (
    "signal_filter_bank.h",
    *(f"frontend/{name}.h" for name in ("integers", "dsp", "bands", "bands_mve", "logarithm", "noise_reduction", "pcan")),
)
"""Of all operators behind the energies."""
_TABLES = ("rising", "falling", "bin_starts", "weight_starts", "widths")
"""Inputs 1 to 5: TFLM calls them weights, unweights, channel frequency starts, channel weight starts and channel widths."""
MAX_BANDS = 4096


def output_is_like_the_input(view: OpView) -> Finding | None:
    """the output has the shape of the input"""
    return shape_finding(view.output, view.input(0).shape)


def output_has_the_channels(view: OpView) -> Finding | None:
    """the output has num_channels elements, and starts and widths one more"""
    bands = read_options(view)["num_channels"]
    starts = (shape_finding(view.input(i), (bands + 1,)) for i in (3, 4, 5))
    return next((found for found in starts if found), None) or shape_finding(view.output, (bands,))


def bands_lie_in_their_arrays(view: OpView) -> Finding | None:
    """each band lies within the spectrum and within both arrays of weights"""
    bins, weights = view.input(0).elements, min(view.input(1).elements, view.input(2).elements)
    for band, (first, weight, width) in enumerate(zip(*(constant_values(view, i) for i in (3, 4, 5)), strict=True)):
        span = max(width, 0)
        if not (0 <= first <= bins - span and 0 <= weight <= weights - span):
            found = f"band {band}: {width} bins from {first} of {bins}, weights from {weight} of {weights}"
            return Finding(found, RECONVERT, view.input(3))
    return None


def _lower_filter_bank(view: OpView, _target: Target) -> LoweredOperator:
    constants = []
    for index, what in enumerate(_TABLES, 1):
        data = view.input(index).data
        assert data is not None
        constants.append(Constant(what, data, view.input(index).dtype.name.lower()))
    tables = {what: Table(what) for what in ("bin_starts", "weight_starts", "widths", "rising", "falling")}
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("aot_signal_filter_bank", Record(), Input(), Output()),),
        headers=HEADERS,
        constants=tuple(constants),
        layer=records.record("aot_signal_bands_layer", bands=view.output.elements, **tables),
        kernel="signal_filter_bank",
    )


def _lower_square_root(view: OpView, _target: Target) -> LoweredOperator:
    code = call("aot_signal_square_root", Input(), Input(1), Output(), Labelled("count", view.output.elements))
    return LoweredOperator(view.op, view.op.inputs, view.op.outputs, (code,), headers=HEADERS, kernel="signal_square_root")


def _lower_log(view: OpView, _target: Target) -> LoweredOperator:
    options = read_options(view)
    numbers = (
        Labelled("count", view.output.elements),
        Labelled("correction bits", options["input_correction_bits"]),
        Labelled("scale", options["output_scale"]),
    )
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call("aot_signal_log", Input(), Table("corrections"), Output(), *numbers),),
        headers=HEADERS,
        constants=(Constant("corrections", log_corrections(), "log2(1 + i / 128) - i / 128, 16 fraction bits"),),
        kernel="signal_log",
    )


FILTER_BANK = Operator(
    name="SignalFilterBank",
    constraints=(
        has_tensors((6,)),
        *COMMON,
        types_of((DType.UINT32, *[DType.INT16] * 5), (DType.UINT64,)),
        ranks_are((1,) * 6, (1,)),
        *(input_is_constant(i, f"table {what}") for i, what in enumerate(_TABLES, 1)),
        has_options(num_channels=Range(1, MAX_BANDS)),
        output_has_the_channels,
        bands_lie_in_their_arrays,
    ),
    lower=_lower_filter_bank,
)
"""SignalFilterBank: sums of weighted energies."""

SQUARE_ROOT = Operator(
    name="SignalFilterBankSquareRoot",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        types_of((DType.UINT64, DType.INT32), (DType.UINT32,)),
        ranks_are((1, 0), (1,)),
        output_is_like_the_input,
    ),
    lower=_lower_square_root,
)
"""SignalFilterBankSquareRoot: roots, shifted back by what the samples were shifted."""

LOG = Operator(
    name="SignalFilterBankLog",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        types_of((DType.UINT32,), (DType.INT16,)),
        ranks_are((1,), (1,)),
        has_options(input_correction_bits=Range(0, 31), output_scale=Range(0, INT32[1])),
        output_is_like_the_input,
    ),
    lower=_lower_log,
)
"""SignalFilterBankLog: natural logarithms."""

OPERATORS = (FILTER_BANK, SQUARE_ROOT, LOG)
