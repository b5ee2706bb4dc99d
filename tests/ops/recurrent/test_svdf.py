"""SVDF: each case is a sequence of inferences that fills its memory."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws, seeds, zero_points


@st.composite
def svdf(draw: st.DrawFn, state: str) -> Case:
    random = np.random.default_rng(draw(seeds))
    batches, features, units, rank, memory = (draw(st.integers(1, top)) for top in (2, 9, 5, 3, 6))
    filters, ends = units * rank, np.iinfo(state)
    x_scale, weights_scale = 10 ** random.uniform(-3, -0.5), 10 ** random.uniform(-3, -0.5)
    state_scale = x_scale * weights_scale * (100 if state == "int8" else 0.5) * np.sqrt(features) * 2.0 ** random.choice([0, 0, -4, 3])
    time_scale = 1e-6  # so small that TFLM's check of the bias's scale, absolute, always passes
    y_scale = state_scale * time_scale * float(ends.max) ** 2 / 200 * np.sqrt(memory * rank) * 2.0 ** random.choice([0, 0, -6, 4])
    state_zero = draw(st.sampled_from([0, 0, 5, -100, 127]))
    builder = ModelBuilder()
    x = builder.tensor([batches, features], "int8", x_scale, draw(zero_points))
    w = builder.tensor([filters, features], "int8", weights_scale, data=random.integers(-127, 128, (filters, features)))
    t = builder.tensor([filters, memory], state, time_scale, data=random.integers(ends.min + 1, ends.max, (filters, memory)))
    bias = builder.tensor([units], "int32", state_scale * time_scale, data=random.integers(-9000, 9000, units))
    memory_tensor = builder.tensor([batches, memory * filters], state, state_scale, state_zero, is_variable=True)
    y = builder.tensor([batches, units], "int8", y_scale, draw(zero_points))
    activation = draw(st.sampled_from(["NONE", "RELU", "RELU6"]))
    builder.op("SVDF", [x, w, t, bias, memory_tensor], [y], rank=rank, fused_activation_function=activation)
    what = f"{state} {batches=} {features=} {units=} {rank=} {memory=} {state_zero=} {y_scale=}"
    drawn = {
        f"rank {rank}",
        f"memory {memory}",
        f"{batches} batches",
        activation,
        "state zero point" if state_zero else "no state zero point",
    }
    return Case(builder.build([x], [y]), what, frozenset(drawn))


COVERED = (*(f"rank {n}" for n in (1, 2, 3)), *(f"memory {n}" for n in (1, 2, 6)), "1 batches", "2 batches", "NONE", "RELU")


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, svdf("int8"), svdf("int16"), covering=[*COVERED, "state zero point", "no state zero point"], rows=["SVDF"])
