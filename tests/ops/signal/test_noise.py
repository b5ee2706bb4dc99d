"""SignalFilterBankSpectralSubtraction and SignalPCAN; each case is a stream of inferences."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.ops.harness import Case, Sample, check_draws, draws, seeds
from tests.ops.signal.models import one_operator, packed, random_bits

_shares = st.integers(0, 2**14) | st.sampled_from([0, 1, 2**31 - 1, -1, -(2**31)])


@st.composite
def subtraction(draw: st.DrawFn) -> Case:
    bands, clamping = draw(st.integers(1, 9)), draw(st.booleans())
    names = ["alternate_one_minus_smoothing", "alternate_smoothing", "min_signal_remaining", "one_minus_smoothing", "smoothing"]
    shares = {name: draw(_shares) for name in names}
    smoothing_bits, share_bits = draw(st.integers(0, 31) | st.just(10)), draw(st.integers(0, 31) | st.just(14))
    options = packed(clamping=clamping, num_channels=bands, smoothing_bits=smoothing_bits, spectral_subtraction_bits=share_bits, **shares)

    def samples(random: np.random.Generator) -> Sample:
        return [random_bits(random, [bands], "uint32")]

    content = one_operator("SignalFilterBankSpectralSubtraction", [([bands], "uint32")], [([bands], "uint32")] * 2, options)
    what = f"{bands=} {clamping=} {smoothing_bits=} {share_bits=} {shares}"
    return Case(content, what, frozenset({f"clamping {clamping}"}), samples=samples)


@st.composite
def pcan(draw: st.DrawFn) -> Case:
    bands, shift, size = draw(st.integers(1, 9)), draw(st.integers(0, 63) | st.just(6)), draw(st.sampled_from([125, 130]))
    curve = np.random.default_rng(draw(seeds)).integers(-(2**15), 2**15, size)
    constants = {2: curve} if draw(st.booleans()) else {}

    def samples(random: np.random.Generator) -> Sample:
        found = [random_bits(random, [bands], "uint32"), random_bits(random, [bands], "uint32")]
        return found if constants else [*found, curve.astype(np.int16)]

    inputs = [([bands], "uint32"), ([bands], "uint32"), ([size], "int16")]
    content = one_operator("SignalPCAN", inputs, [([bands], "uint32")], packed(snr_shift=shift), constants)
    return Case(content, f"{bands=} {shift=}", frozenset({f"constant {bool(constants)}"}), samples=samples)


@draws
def test_subtractions_equal_tflm(draws: int) -> None:
    check_draws(2 * draws, subtraction(), covering=["clamping True", "clamping False"], rows=["SignalFilterBankSpectralSubtraction"])


@draws
def test_gains_equal_tflm(draws: int) -> None:
    check_draws(draws, pcan(), covering=["constant True", "constant False"], rows=["SignalPCAN"])
