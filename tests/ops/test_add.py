from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.binary import ACTIVATIONS, BROADCASTS, EXTREMES, binary
from tests.ops.harness import Case, Sample, check_batch, check_draws, draws
from tests.ops.test_sub import sum_scale


@draws
def test_equals_tflm(draws: int) -> None:
    quantized = [binary("ADD", dtype, out_scale=sum_scale) for dtype in ("int8", "int16")]
    numbers = [binary("ADD", "int32", fused=["NONE"]), binary("ADD", "float32")]
    check_draws(draws, *quantized, *numbers, covering=[*ACTIVATIONS, *BROADCASTS, *EXTREMES, "constant"], rows=["ADD"])


def small_pairs(random: np.random.Generator) -> Sample:
    return [random.integers(-12, 13, (1, 2000)).astype(np.int16) for _ in range(2)]


def test_int16_sums_have_15_more_bits_as_in_tflm() -> None:
    """Outputs that are finer than the inputs show the last of them."""
    cases = []
    for number in range(6):
        random = np.random.default_rng(number)
        builder = ModelBuilder()
        x, y = (builder.tensor([1, 2000], "int16", float(np.float32(random.uniform(0.5, 1)))) for _ in range(2))
        z = builder.tensor([1, 2000], "int16", 2.0**-10)
        builder.op("ADD", [x, y], [z])
        cases.append(Case(builder.build([x, y], [z]), f"{number}", samples=small_pairs))
    check_batch(cases)


def test_a_tensor_added_to_itself() -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 9], "int8", 0.1, 3)
    y = builder.tensor([1, 9], "int8", 0.15, -4)
    builder.op("ADD", [x, x], [y])
    check_batch([Case(builder.build([x], [y]), "x + x")])
