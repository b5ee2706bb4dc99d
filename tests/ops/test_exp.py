from __future__ import annotations

from tests.ops.binary import scales
from tests.ops.harness import check_draws, draws, litert_outputs
from tests.ops.unary import unary


@draws
def test_int8_equals_litert(draws: int) -> None:
    check_draws(draws, unary("EXP", "int8", golden=litert_outputs), rows=["EXP"])


@draws
def test_int16_equals_litert(draws: int) -> None:
    check_draws(
        draws, unary("EXP", "int16", golden=litert_outputs, symmetric=True, out_scale=lambda random, _scale: 0.001 * scales(random))
    )
