"""SignalRfft and SignalIrfft: int16 by the audio front end's FFT, int32 and float32; sizes that are powers of two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.frontend.fixed_fft import input_order
from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Labelled, Node, Output, Table, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_is, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.signal.options import (
    INT32,
    RECONVERT,
    Range,
    element_type_is_that_of_the_tensors,
    has_a_dimension,
    has_options,
    read_options,
)

_SIZES = Range(4, 8192)
"""Of the FFT in samples."""
_HEADERS = {
    "int16": ("signal_fft_int16.h", *(f"frontend/{name}.h" for name in ("integers", "dsp", "fft", "fft_dsp", "fft_mve"))),
    **{name: (f"signal_fft_{name}.h", "signal_fft_stages.h") for name in ("int32", "float32")},
}
_ONE = {DType.INT16: 2**15 - 1, DType.INT32: 2**31 - 1}
"""The factor 1 in fixed point."""


def size_is_a_power_of_two(view: OpView) -> Finding | None:
    """fft_length is a power of two"""
    size = _size(view)
    return None if size & (size - 1) == 0 else Finding(f"fft_length {size}", "use an FFT whose length is a power of two")


def spectrum_fits_the_samples(view: OpView) -> Finding | None:
    """the input has at most fft_length samples in its last dimension, the output fft_length + 2 elements for them"""
    shape, size = view.input(0).shape, _size(view)
    if shape[-1] > size:
        return Finding(f"{shape[-1]} samples for an FFT of {size}", RECONVERT, view.input(0))
    return shape_finding(view.output, (*shape[:-1], size + 2))


def samples_fit_the_spectrum(view: OpView) -> Finding | None:
    """the input has fft_length + 2 elements in its last dimension, the output fft_length samples for them"""
    shape, size = view.input(0).shape, _size(view)
    return shape_finding(view.input(0), (*shape[:-1], size + 2)) or shape_finding(view.output, (*shape[:-1], size))


def _size(view: OpView) -> int:
    return read_options(view)["fft_length"]


def factors(phases: npt.NDArray[np.float64], dtype: DType) -> npt.NDArray[Any]:
    """exp(1j * phase) as pairs of real and imaginary parts in `dtype`: in fixed point, or rounded to float32.

    As KISS FFT computes them, in double precision by the C library's functions (numpy's own differ in the last bit).
    """
    pairs = np.array([(math.cos(phase), math.sin(phase)) for phase in phases.tolist()], np.float64)
    if dtype is DType.FLOAT32:
        return pairs.astype(np.float32)
    return np.asarray(np.floor(0.5 + _ONE[dtype] * pairs), dtype.numpy)


def _tables(view: OpView, sign: int) -> tuple[Constant, Constant]:
    """The factors of the stages, as far as their legs reach, and of the split; `sign` of the phases: -1, for the inverse 1."""
    size, dtype = _size(view) // 2, view.input(0).dtype
    stages = np.arange(max(3 * size // 4, 1)) * (-2 * math.pi) / size
    split = -math.pi * ((np.arange(size // 2) + 1) / size + 0.5)
    return (
        Constant("factors", factors(-sign * stages, dtype), f"exp({_exponent(sign)}2j pi k / {size}), real and imaginary parts"),
        Constant("split_factors", factors(-sign * split, dtype), f"{_exponent(sign)}1j exp({_exponent(sign)}1j pi k / {size}), k from 1"),
    )


def _exponent(sign: int) -> str:
    return "-" if sign < 0 else ""


def _lower_rfft(view: OpView, _target: Target) -> LoweredOperator:
    shape, size = view.input(0).shape, _size(view) // 2
    rows = view.input(0).elements // shape[-1]
    order = Constant("order", input_order(size).astype(np.uint16), "where the FFT's complex numbers come from")
    return _lowered(view, "rfft", (Labelled("rows", rows), Labelled("samples", shape[-1])), order, -1)


def _lower_irfft(view: OpView, _target: Target) -> LoweredOperator:
    shape, size = view.input(0).shape, _size(view) // 2
    places = Constant("places", np.argsort(input_order(size)).astype(np.uint16), "where the FFT takes its complex numbers")
    return _lowered(view, "irfft", (Labelled("rows", view.input(0).elements // shape[-1]),), places, 1)


def _lowered(view: OpView, what: str, numbers: tuple[Node, ...], places: Constant, sign: int) -> LoweredOperator:
    name, size = view.input(0).dtype.name.lower(), _size(view) // 2
    stages, split = _tables(view, sign)
    tables = Table(places.what), Table("factors"), Table("split_factors")
    code = call(f"aot_fft_{name}_{what}", Input(), Output(), *numbers, Labelled("size", size), *tables)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(code,),
        headers=_HEADERS[name],
        constants=(places, stages, split),
        kernel=f"signal_{what} {name} of {2 * size}",
    )


_COMMON = (
    has_tensors((1,)),
    *COMMON,
    input_is(0, "input", DType.INT16, DType.INT32, DType.FLOAT32),
    has_options(T=Range(*INT32), fft_length=_SIZES),
    element_type_is_that_of_the_tensors,
    has_a_dimension,
    size_is_a_power_of_two,
)
RFFT = Operator(name="SignalRfft", constraints=(*_COMMON, spectrum_fits_the_samples), lower=_lower_rfft)
"""SignalRfft: the spectrum of real samples."""
IRFFT = Operator(name="SignalIrfft", constraints=(*_COMMON, samples_fit_the_spectrum), lower=_lower_irfft)
"""SignalIrfft: real samples from a spectrum."""

OPERATORS = (RFFT, IRFFT)
