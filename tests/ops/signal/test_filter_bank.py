"""SignalFilterBank, its square root and its logarithm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.passes.check import check_model
from tests.ops.harness import Case, Sample, check_draws, draws, seeds
from tests.ops.signal.models import one_operator, packed, random_bits

_INPUTS = ["weights", "unweights", "channel_frequency_starts", "channel_weight_starts", "channel_widths"]


def bank_model(bins: int, bands: int, tables: dict[int, np.ndarray], channels: int | None = None) -> bytes:  # type: ignore[type-arg]
    inputs = [([bins], "uint32"), *(([len(tables[number])], "int16") for number in range(1, 6))]
    return one_operator("SignalFilterBank", inputs, [([bands], "uint64")], packed(num_channels=channels or bands), tables)


@st.composite
def filter_bank(draw: st.DrawFn) -> Case:
    bins, bands, weights = draw(st.integers(1, 40)), draw(st.integers(1, 9)), draw(st.integers(1, 60))
    random = np.random.default_rng(draw(seeds))
    widths = random.integers(0, min(bins, weights) + 1, bands + 1)
    widths[random.random(bands + 1) < 0.2] = random.choice([0, -3])
    spans = np.maximum(widths, 0)
    low = random.choice([0, -(2**15)])
    tables = {
        1: random.integers(low, 2**15, weights),
        2: random.integers(low, 2**15, weights),
        3: random.integers(0, bins - spans + 1),
        4: random.integers(0, weights - spans + 1),
        5: widths,
    }
    content = bank_model(bins, bands, tables)
    return Case(content, f"{bins=} {bands=} {widths=}", frozenset({f"empty {bool((widths <= 0).any())}", f"negative weights {low < 0}"}))


@st.composite
def square_root(draw: st.DrawFn) -> Case:
    """Values of any size, and those beside squares, where rounding shows."""
    count = draw(st.integers(1, 12))

    def samples(random: np.random.Generator) -> Sample:
        near = random_bits(random, [count], "uint32").astype(np.uint64) ** 2 + random.integers(0, 3, count).astype(np.uint64)
        return [random.choice([near, random_bits(random, [count], "uint64")]), np.array(random.integers(0, 32), np.int32)]

    content = one_operator("SignalFilterBankSquareRoot", [([count], "uint64"), ([], "int32")], [([count], "uint32")])
    return Case(content, f"{count} roots", samples=samples)


@st.composite
def logarithm(draw: st.DrawFn) -> Case:
    count, bits = draw(st.integers(1, 12)), draw(st.integers(0, 31) | st.just(3))
    scale = draw(st.sampled_from([0, 1, 64, 1600, 2**16, 2**31 - 1]) | st.integers(0, 2**31 - 1))

    def samples(random: np.random.Generator) -> Sample:
        return [random_bits(random, [count], "uint32")]

    options = packed(input_correction_bits=bits, output_scale=scale)
    content = one_operator("SignalFilterBankLog", [([count], "uint32")], [([count], "int16")], options)
    return Case(content, f"{count=} {bits=} {scale=}", samples=samples)


@draws
def test_banks_equal_tflm(draws: int) -> None:
    covering = [f"{word} {flag}" for word in ("empty", "negative weights") for flag in (True, False)]
    check_draws(draws, filter_bank(), covering=covering, rows=["SignalFilterBank"])


@draws
def test_roots_equal_tflm(draws: int) -> None:
    check_draws(draws, square_root(), rows=["SignalFilterBankSquareRoot"])


@draws
def test_logarithms_equal_tflm(draws: int) -> None:
    check_draws(draws, logarithm(), rows=["SignalFilterBankLog"])


@pytest.mark.parametrize(
    ("table", "values", "found"),
    [
        (3, [0, 3], "band 1: 2 bins from 3 of 4"),
        (3, [-1, 0], "band 0: 2 bins from -1 of 4"),
        (3, [0, 32767], "band 1"),
        (4, [0, 4], "weights from 4 of 5"),
        (4, [-5, 0], "weights from -5 of 5"),
        (5, [5, 2], "band 0: 5 bins"),
        (5, [2, 32767], "band 1: 32767 bins"),
    ],
)
def test_bands_outside_of_their_arrays_are_refused_by_name(table: int, values: list[int], found: str) -> None:
    tables = {1: np.ones(5), 2: np.ones(5), 3: np.array([0, 1]), 4: np.array([0, 1]), 5: np.array([2, 2])}
    assert not check_model(parse_model(bank_model(4, 1, tables), "bank"))
    (finding,) = check_model(parse_model(bank_model(4, 1, {**tables, table: np.array(values)}), "bank"))
    assert found in str(finding)


def test_a_bank_of_other_sizes_is_refused_by_name() -> None:
    tables = {1: np.ones(5), 2: np.ones(5), 3: np.array([0, 1]), 4: np.array([0, 1]), 5: np.array([2, 2])}
    for channels in (-1, 2, 2**20):
        (finding,) = check_model(parse_model(bank_model(4, 1, tables, channels), "bank"))
        assert "num_channels" in str(finding) or "shape" in str(finding)
