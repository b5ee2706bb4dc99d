"""log(1 + x) in float32: the C library's roundings where it has the boards' algorithm, and never far from the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mcu_toolkit.frontend.log1p_float32 import log1p_float32

POINTS = [np.float32(x) for x in (*np.linspace(0, 40, 4001), *np.geomspace(1e-30, 1e5, 2000))]


def test_it_is_within_one_unit_in_the_last_place() -> None:
    for x in POINTS:
        exact = math.log1p(float(x))
        unit = float(np.spacing(np.float32(exact))) if exact else 0.0
        assert abs(float(log1p_float32(x)) - exact) <= unit, x


def test_it_is_not_always_the_nearest_number() -> None:
    """Else it would be another algorithm than the boards'; these are the bins of micro_frontend's spectrum."""
    edges = [np.float32(np.float32(31.25 * index) / np.float32(700)) for index in range(257)]
    off = [index for index, x in enumerate(edges) if log1p_float32(x) != np.float32(math.log1p(float(x)))]
    assert off


@pytest.mark.parametrize("x", [-0.1, math.nan, 2.0**21])
def test_other_numbers_are_refused(x: float) -> None:
    with pytest.raises(ValueError, match="log1p of"):
        log1p_float32(np.float32(x))
