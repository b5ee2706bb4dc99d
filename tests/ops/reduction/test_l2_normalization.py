from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, Sample, check_draws, draws, seeds, zero_points


@st.composite
def normalization(draw: st.DrawFn) -> Case:
    random = np.random.default_rng(draw(seeds))
    shape = [*draw(st.lists(st.integers(1, 5), max_size=3)), draw(st.integers(1, 40))]
    zero_point = draw(zero_points)
    # TFLM looks at neither scale nor zero point of the output.
    y_scale, y_zero = draw(st.sampled_from([(1 / 128, 0), (1 / 128, 0), (0.3, 7)]))
    builder = ModelBuilder()
    x, y = builder.tensor(shape, "int8", 0.01 + random.random(), zero_point), builder.tensor(shape, "int8", y_scale, y_zero)
    builder.op("L2_NORMALIZATION", [x], [y], fused_activation_function="NONE")

    def samples(random: np.random.Generator) -> Sample:
        """Rows of all lengths: from zero and a single one to the longest."""
        values = random.integers(-128, 128, shape)
        reach = int(random.choice([0, 1, 2, 10, 255]))
        return [np.clip(values, zero_point - reach, zero_point + reach).clip(-128, 127).astype(np.int8)]

    features = frozenset({f"{len(shape)} dimensions"})
    return Case(builder.build([x], [y]), f"{shape} {zero_point=}", features, samples)


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, normalization(), covering=[f"{rank} dimensions" for rank in (1, 2, 3, 4)], rows=["L2_NORMALIZATION"])
