"""SignalWindow, SignalFftAutoScale and SignalEnergy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from tests.ops.harness import Case, Sample, check_draws, draws, golden_outputs, seeds
from tests.ops.signal.models import one_operator, packed


@st.composite
def window(draw: st.DrawFn) -> Case:
    size, rows, shift = draw(st.integers(1, 33)), draw(st.integers(1, 3)), draw(st.integers(0, 31) | st.just(12))
    nested = draw(st.booleans())
    shape = [rows, size] if nested else [rows * size]
    weights = np.random.default_rng(draw(seeds)).integers(-(2**15), 2**15, size).astype(np.int16)
    constants = {1: weights} if draw(st.booleans()) else {}
    content = one_operator("SignalWindow", [(shape, "int16"), ([size], "int16")], [(shape, "int16")], packed(shift=shift), constants)
    return Case(content, f"{shape} {shift=} constant={bool(constants)}", frozenset({f"rows {rows}", f"constant {bool(constants)}"}))


@st.composite
def auto_scale(draw: st.DrawFn) -> Case:
    """Samples among which -32768 is frequent: TFLM forgets there how loud the others were."""
    size, bits = draw(st.integers(1, 20)), draw(st.integers(0, 15))

    def samples(random: np.random.Generator) -> Sample:
        values = random.integers(-(2**bits), 2**bits, size)
        lowest = random.random(size) < random.choice([0, 0.1, 0.5])
        return [np.where(lowest, -(2**15), values).astype(np.int16)]

    content = one_operator("SignalFftAutoScale", [([size], "int16")], [([size], "int16"), ([], "int32")])
    return Case(content, f"{size=} {bits=}", samples=samples)


@st.composite
def energy(draw: st.DrawFn) -> Case:
    bins = draw(st.integers(1, 20))
    start = draw(st.integers(0, bins))
    end = draw(st.integers(start, bins))

    def golden(content: bytes, samples: Sequence[Sample], outputs: int) -> list[Sample]:
        """TFLM's where it writes something, zeros elsewhere."""
        found = golden_outputs(content, samples, outputs)
        within = (np.arange(bins) >= start) & (np.arange(bins) < end)
        return [[np.where(within, output, 0).astype(np.uint32)] for (output,) in found]

    content = one_operator("SignalEnergy", [([2 * bins], "int16")], [([bins], "uint32")], packed(end_index=end, start_index=start))
    return Case(content, f"{start} to {end} of {bins}", frozenset({f"whole {(start, end) == (0, bins)}"}), golden=golden)


@draws
def test_windows_equal_tflm(draws: int) -> None:
    check_draws(draws, window(), covering=["rows 1", "rows 3", "constant True", "constant False"], rows=["SignalWindow"])


@draws
def test_scales_equal_tflm(draws: int) -> None:
    check_draws(draws, auto_scale(), rows=["SignalFftAutoScale"])


@draws
def test_energies_equal_tflm(draws: int) -> None:
    check_draws(draws, energy(), covering=["whole False"], rows=["SignalEnergy"])
