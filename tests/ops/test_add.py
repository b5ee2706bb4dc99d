from __future__ import annotations

from tests.model_builder import ModelBuilder
from tests.ops.binary import ACTIVATIONS, BROADCASTS, EXTREMES, binary
from tests.ops.harness import Case, check_batch, check_draws, draws
from tests.ops.test_sub import sum_scale


@draws
def test_equals_tflm(draws: int) -> None:
    quantized = [binary("ADD", dtype, out_scale=sum_scale) for dtype in ("int8", "int16")]
    numbers = [binary("ADD", "int32", fused=["NONE"]), binary("ADD", "float32")]
    check_draws(draws, *quantized, *numbers, covering=[*ACTIVATIONS, *BROADCASTS, *EXTREMES, "constant"])


def test_a_tensor_added_to_itself() -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 9], "int8", 0.1, 3)
    y = builder.tensor([1, 9], "int8", 0.15, -4)
    builder.op("ADD", [x, x], [y])
    check_batch([Case(builder.build([x], [y]), "x + x")])
