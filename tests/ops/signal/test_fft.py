"""SignalRfft and SignalIrfft, in all three element types."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.passes.check import check_model
from tests.ops.harness import Case, check_draws, draws
from tests.ops.signal.models import CODES, one_operator, packed

_SIZES = [4, 8, 16, 32, 64, 128, 256, 512]


@st.composite
def rfft(draw: st.DrawFn, dtype: str) -> Case:
    size = draw(st.sampled_from(_SIZES))
    samples = draw(st.integers(1, size) | st.just(size))
    outer = draw(st.sampled_from([[], [], [1], [2], [2, 2]])) if size < 128 else []
    content = one_operator("SignalRfft", [([*outer, samples], dtype)], [([*outer, size + 2], dtype)], options(dtype, size))
    return Case(content, f"{dtype} {outer} {samples} of {size}", frozenset({f"size {size}", f"padded {samples < size}"}))


@st.composite
def irfft(draw: st.DrawFn, dtype: str) -> Case:
    size = draw(st.sampled_from(_SIZES))
    outer = draw(st.sampled_from([[], [], [1], [2], [2, 2]])) if size < 128 else []
    content = one_operator("SignalIrfft", [([*outer, size + 2], dtype)], [([*outer, size], dtype)], options(dtype, size))
    return Case(content, f"{dtype} {outer} {size}", frozenset({f"size {size}"}))


def options(dtype: str, size: int) -> bytes:
    return packed(T=CODES[dtype], fft_length=size)


@draws
def test_spectra_equal_tflm(draws: int) -> None:
    covering = [*(f"size {size}" for size in _SIZES), "padded True", "padded False"]
    check_draws(draws, *map(rfft, CODES), covering=covering, rows=["SignalRfft"])


@draws
def test_samples_of_spectra_equal_tflm(draws: int) -> None:
    check_draws(draws, *map(irfft, CODES), covering=[f"size {size}" for size in _SIZES], rows=["SignalIrfft"])


@pytest.mark.parametrize(
    ("size", "found"), [(12, "fft_length 12"), (2, "fft_length 2"), (-8, "fft_length -8"), (2**20, "fft_length 1048576")]
)
def test_other_sizes_are_refused_by_name(size: int, found: str) -> None:
    content = one_operator("SignalRfft", [([4], "int16")], [([abs(size) + 2], "int16")], options("int16", size))
    (finding,) = check_model(parse_model(content, "fft"))
    assert found in str(finding)
    assert "power of two" in str(finding) or "4 to 8192" in str(finding)
