"""SignalFilterBankSpectralSubtraction and SignalPCAN: noise taken off, and the gain that follows it."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Labelled, Output, Record, State, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator, StateSlot
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.signal.filter_bank import HEADERS, MAX_BANDS, output_is_like_the_input
from mcu_toolkit.runtimes.aot.ops.signal.options import INT32, RECONVERT, Range, has_options, ranks_are, read_options, types_of

_CURVE = 125
"""Elements of TFLM's table of gains."""
_SHARE = Range(*INT32)
"""TFLM takes the bits as they are."""


def all_have_the_channels(view: OpView) -> Finding | None:
    """input and both outputs have num_channels elements"""
    shape = (read_options(view)["num_channels"],)
    found = (shape_finding(tensor, shape) for tensor in (view.input(0), *view.outputs))
    return next((one for one in found if one), None)


def noise_is_like_the_input(view: OpView) -> Finding | None:
    """the noise estimate has the shape of the input"""
    return shape_finding(view.input(1), view.input(0).shape)


def curve_is_whole(view: OpView) -> Finding | None:
    """the table of gains has at least 125 elements"""
    curve = view.input(2)
    return None if curve.elements >= _CURVE else Finding(f"{curve.elements} elements", RECONVERT, curve)


def _unsigned(value: int) -> str:
    return f"{value % 2**32}u" if value % 2**32 < 2**16 else f"0x{value % 2**32:X}u"


def _lower_subtraction(view: OpView, _target: Target) -> LoweredOperator:
    options, bands = read_options(view), view.input(0).elements
    layer = records.record(
        "frontend_noise_reduction",
        smoothing_bits=options["smoothing_bits"],
        share_bits=options["spectral_subtraction_bits"],
        is_clamped=int(options["clamping"] != 0),
        even=records.initialiser(newest=_unsigned(options["smoothing"]), kept=_unsigned(options["one_minus_smoothing"])),
        odd=records.initialiser(newest=_unsigned(options["alternate_smoothing"]), kept=_unsigned(options["alternate_one_minus_smoothing"])),
        remaining=_unsigned(options["min_signal_remaining"]),
    )
    estimate = cast_pointer("aot_uint32 *", State())
    code = call("aot_signal_spectral_subtraction", Record(), Input(), Output(), Output(1), estimate, Labelled("bands", bands))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(code,),
        headers=HEADERS,
        layer=layer,
        state=(StateSlot(f"noise of op {view.op.index}", 4 * bands),),
        in_place=(0,),
        kernel="signal_spectral_subtraction",
    )


def _lower_pcan(view: OpView, _target: Target) -> LoweredOperator:
    numbers = Labelled("bands", view.output.elements), Labelled("shift", read_options(view)["snr_shift"])
    code = call("aot_signal_pcan", Input(), Input(1), Input(2), Output(), *numbers)
    return LoweredOperator(view.op, view.op.inputs, view.op.outputs, (code,), headers=HEADERS, in_place=(0,), kernel="signal_pcan")


SPECTRAL_SUBTRACTION = Operator(
    name="SignalFilterBankSpectralSubtraction",
    constraints=(
        has_tensors((1,), 2),
        *COMMON,
        types_of((DType.UINT32,), (DType.UINT32, DType.UINT32)),
        ranks_are((1,), (1, 1)),
        has_options(
            alternate_one_minus_smoothing=_SHARE,
            alternate_smoothing=_SHARE,
            clamping=_SHARE,
            min_signal_remaining=_SHARE,
            num_channels=Range(1, MAX_BANDS),
            one_minus_smoothing=_SHARE,
            smoothing=_SHARE,
            smoothing_bits=Range(0, 31),
            spectral_subtraction_bits=Range(0, 31),
        ),
        all_have_the_channels,
    ),
    lower=_lower_subtraction,
)
"""SignalFilterBankSpectralSubtraction: noise reduction."""

PCAN = Operator(
    name="SignalPCAN",
    constraints=(
        has_tensors((3,)),
        *COMMON,
        types_of((DType.UINT32, DType.UINT32, DType.INT16), (DType.UINT32,)),
        ranks_are((1, 1, 1), (1,)),
        has_options(snr_shift=Range(0, 63)),
        output_is_like_the_input,
        noise_is_like_the_input,
        curve_is_whole,
    ),
    lower=_lower_pcan,
)
"""SignalPCAN: per-channel amplitude normalization."""

OPERATORS = (SPECTRAL_SUBTRACTION, PCAN)
