"""UNIDIRECTIONAL_SEQUENCE_LSTM: each case is a sequence of inferences; both states live on from one to the next."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws, seeds, zero_points


@st.composite
def lstm(draw: st.DrawFn, dtype: str) -> Case:
    random = np.random.default_rng(draw(seeds))
    batches, steps, inputs, units = (draw(st.integers(1, top)) for top in (3, 4, 5, 6))
    time_major, is_int8 = draw(st.booleans()), dtype == "int8"
    order = [steps, batches] if time_major else [batches, steps]
    cell_power, clip = draw(st.integers(-15, -8)), draw(st.sampled_from([0.0, 0.0, 0.3, 1.0, 10.0, 1e6]))
    x_scale = 10 ** random.uniform(-2.3, -1) if is_int8 else 10 ** random.uniform(-5, -3.5)
    hidden_scale = random.uniform(0.7, 1.3) / 128 if is_int8 else random.uniform(0.9, 1.2) / 32768
    hidden_zero = draw(st.sampled_from([0, 3, -40, 127])) if is_int8 else draw(st.sampled_from([0, 0, 100]))
    builder = ModelBuilder()
    x = builder.tensor([*order, inputs], dtype, x_scale, draw(zero_points) if is_int8 else draw(st.sampled_from([0, 0, -77])))

    def weights(columns: int) -> list[int]:
        scales = [10 ** random.uniform(-2.5, -1.5) for _ in range(4)]
        return [builder.tensor([units, columns], "int8", s, data=random.integers(-127, 128, (units, columns))) for s in scales]

    kernels, recurrent = weights(inputs), weights(units)
    biases = [builder.tensor([units], "int32" if is_int8 else "int64", 0.001, data=random.integers(-3000, 3000, units)) for _ in range(4)]
    hidden = builder.tensor([batches, units], dtype, hidden_scale, hidden_zero, is_variable=True)
    cell = builder.tensor([batches, units], "int16", 2.0**cell_power, is_variable=True)
    y = builder.tensor([*order, units], dtype, hidden_scale, hidden_zero)
    operands = [x, *kernels, *recurrent, -1, -1, -1, *biases, -1, -1, hidden, cell, -1, -1, -1, -1]
    options = {"fused_activation_function": "TANH", "time_major": time_major, "cell_clip": clip, "proj_clip": 0.0}
    builder.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [y], **options)
    what = f"{dtype} {batches=} {steps=} {inputs=} {units=} {time_major=} {cell_power=} {clip=} {hidden_zero=}"
    features = {
        f"time major {time_major}",
        f"clip {clip}",
        f"{batches} batches",
        f"cell 2^{cell_power}",
        f"hidden zero point {hidden_zero}",
    }
    return Case(builder.build([x], [y]), what, frozenset(features))


COVERED = (
    *("time major False", "time major True", "clip 0.0", "clip 0.3", "clip 10.0", "1 batches", "3 batches"),
    *(f"cell 2^{power}" for power in (-15, -13, -12, -11, -8)),
    *(f"hidden zero point {point}" for point in (0, 3, -40, 127, 100)),
)


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(2 * draws, lstm("int8"), lstm("int16"), covering=COVERED, rows=["UNIDIRECTIONAL_SEQUENCE_LSTM"])
