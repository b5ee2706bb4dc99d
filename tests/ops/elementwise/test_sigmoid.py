"""LOGISTIC and TANH."""

from __future__ import annotations

import numpy as np

from tests.ops.elementwise.binary import scales
from tests.ops.elementwise.unary import unary
from tests.ops.harness import check_draws, draws, litert_outputs


def powers_of_two(random: np.random.Generator) -> float:
    return float(2.0 ** random.integers(-14, -8))


def wide(random: np.random.Generator) -> float:
    return scales(random, -13, 8)


def fine(random: np.random.Generator) -> float:
    return scales(random, -13, 0)


@draws
def test_logistic_equals_tflm(draws: int) -> None:
    kinds = [
        unary("LOGISTIC", "int8", out_scale=lambda _random, _scale: 1 / 256, out_point=-128, in_scale=wide),
        unary("LOGISTIC", "int8", out_point=-128),  # another output scale is not looked at
        unary("LOGISTIC", "int16", out_scale=lambda _random, _scale: 2.0**-15, symmetric=True, in_scale=fine),
        unary("LOGISTIC", "int16", out_scale=lambda _random, _scale: 2.0**-15, symmetric=True, in_scale=powers_of_two),
    ]
    check_draws(draws, *kinds, rows=["LOGISTIC"])


@draws
def test_uint8_equals_litert(draws: int) -> None:
    kind = unary("LOGISTIC", "uint8", out_scale=lambda _random, _scale: 1 / 256, out_point=0, in_scale=wide, golden=litert_outputs)
    check_draws(draws, kind)


@draws
def test_tanh_equals_tflm(draws: int) -> None:
    kinds = [
        unary("TANH", "int8", out_scale=lambda _random, _scale: 1 / 128, out_point=0, in_scale=wide),
        unary("TANH", "int8"),  # another output scale is not looked at
        unary("TANH", "int16", out_scale=lambda _random, _scale: 2.0**-15, symmetric=True, in_scale=fine),
        unary("TANH", "int16", out_scale=lambda _random, _scale: 2.0**-15, symmetric=True, in_scale=powers_of_two),
    ]
    check_draws(draws, *kinds, rows=["TANH"])
