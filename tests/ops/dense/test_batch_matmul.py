from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, channel_counts, check_draws, draws, random_input, seeds, zero_points


@st.composite
def product(draw: st.DrawFn, dtype: str) -> Case:
    random = np.random.default_rng(draw(seeds))
    batches = draw(st.lists(st.integers(1, 3), max_size=3))
    rows, depth, columns = draw(st.integers(1, 5)), draw(st.integers(1, 9)), draw(channel_counts(5))
    adj_x, adj_y = draw(st.booleans()), draw(st.booleans())

    def cut(sizes: list[int]) -> list[int]:
        """Some sizes become 1, and the first ones may be left out."""
        return [1 if draw(st.integers(0, 2)) == 0 else size for size in sizes][draw(st.sampled_from([0, 0, 1])) :]

    one, other = cut(batches), cut(batches)
    shapes = [[*one, *((depth, rows) if adj_x else (rows, depth))], [*other, *((columns, depth) if adj_y else (depth, columns))]]
    result = [*np.broadcast_shapes(tuple(one), tuple(other)), rows, columns]
    # Powers of two: sums that lie in the middle between two outputs.
    powers = draw(st.booleans())
    scales = [2.0 ** random.integers(-10, -3) if powers else float(10 ** random.uniform(-3, -1)) for _ in range(2)]
    quantized = dtype != "float32"
    points = [draw(zero_points) if dtype == "int8" else 0 for _ in range(3)]
    constant = draw(st.sampled_from([None, None, 0, 1, 1]))
    builder = ModelBuilder()
    inputs = []
    for number, (shape, scale) in enumerate(zip(shapes, scales, strict=True)):
        data = random_input(random, tuple(shape), np.dtype(dtype)) if number == constant else None
        inputs.append(builder.tensor(shape, dtype, scale if quantized else None, points[number], data))
    typical = scales[0] * scales[1] * (80 if dtype == "int8" else 10000) * np.sqrt(depth)
    y_scale = float(typical * 2.0 ** random.choice([0, 0, -2, 3, 12, -12]))
    to_scale = 2.0 ** np.round(np.log2(y_scale)) if powers else y_scale
    y = builder.tensor(result, dtype, to_scale if quantized else None, points[2])
    builder.op("BATCH_MATMUL", inputs, [y], adj_x=adj_x, adj_y=adj_y)
    features = {dtype, f"adj {int(adj_x)}{int(adj_y)}", f"constant {constant}", f"{len(result)} dimensions"}
    features.add("same batches" if one == other else "batches broadcast")
    live = [tensor for number, tensor in enumerate(inputs) if number != constant]
    return Case(builder.build(live, [y]), f"{dtype} {shapes} {adj_x=} {adj_y=} {points} {constant=}", frozenset(features))


COVERED = [f"adj {flags}" for flags in ("00", "01", "10", "11")] + [f"constant {number}" for number in (None, 0, 1)]
COVERED += [f"{rank} dimensions" for rank in (2, 3, 4, 5)] + ["same batches", "batches broadcast"]


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, product("int8"), product("int16"), product("float32"), covering=COVERED, rows=["BATCH_MATMUL"])
