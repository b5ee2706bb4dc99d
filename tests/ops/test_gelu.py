from __future__ import annotations

from tests.ops.harness import check_draws, draws, litert_outputs
from tests.ops.unary import unary


@draws
def test_int8_equals_litert(draws: int) -> None:
    kinds = [unary("GELU", "int8", golden=litert_outputs, options=lambda _random, way=way: {"approximate": way}) for way in (False, True)]
    check_draws(draws, *kinds, rows=["GELU"])


@draws
def test_int16_equals_litert(draws: int) -> None:
    check_draws(
        draws,
        *(
            unary("GELU", "int16", golden=litert_outputs, symmetric=True, options=lambda _random, way=way: {"approximate": way})
            for way in (False, True)
        ),
    )
