from __future__ import annotations

from tests.ops.fractions import fractions
from tests.ops.harness import check_draws, draws, litert_outputs
from tests.ops.unary import unary


@draws
def test_float_equals_tflm(draws: int) -> None:
    check_draws(draws, unary("NEG", "float32", values=fractions), rows=["NEG"])


@draws
def test_int8_equals_litert(draws: int) -> None:
    check_draws(draws, unary("NEG", "int8", out_scale=lambda _random, scale: scale, out_point=0, in_point=0, golden=litert_outputs))
