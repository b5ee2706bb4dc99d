from __future__ import annotations

from pathlib import Path

import numpy as np

from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, compile_library, draws
from tests.ops.moving import drawn, samples, shape_of, tensor, values


def embedding(random: np.random.Generator, dtype: str) -> Case:
    rows, count = int(random.integers(1, 9)), int(random.integers(1, 7))
    row = shape_of(random, (1, 2, 3))
    builder = ModelBuilder()
    at = builder.tensor([count], "int32")
    table, y = tensor(builder, [rows, *row], dtype, data=values(random, [rows, *row], dtype)), tensor(builder, [count, *row], dtype)
    builder.op("EMBEDDING_LOOKUP", [at, table], [y])
    draw = samples(lambda rng: rng.integers(0, rows, count).astype(np.int32))
    return Case(builder.build([at], [y]), f"{dtype} {rows} rows of {row}, {count}", frozenset([f"{len(row) + 1} dimensions"]), draw)


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(embedding, "int8", "float32"), covering=["2 dimensions", "4 dimensions"])


def test_positions_outside_lead_to_the_nearest_row(tmp_path: Path) -> None:
    """TFLM stops with an error; we never leave the table."""
    builder = ModelBuilder()
    at, table = builder.tensor([1], "int32"), builder.tensor([3, 2], "int8", 0.5, data=[[1, 2], [3, 4], [5, 6]])
    y = builder.tensor([1, 2], "int8", 0.5)
    builder.op("EMBEDDING_LOOKUP", [at, table], [y])
    model = parse_model(builder.build([at], [y]), "outside")
    runner = AotHostRunner(compile_library([model], tmp_path), model)
    assert [runner.run([np.array([[place]], np.int32)[0]]).outputs[0].tolist() for place in (-7, 99)] == [[[1, 2]], [[5, 6]]]
