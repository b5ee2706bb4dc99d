from __future__ import annotations

from tests.ops.harness import check_draws, draws, litert_outputs
from tests.ops.unary import unary


@draws
def test_int8_equals_litert(draws: int) -> None:
    check_draws(draws, unary("LOG", "int8", golden=litert_outputs), rows=["LOG"])
