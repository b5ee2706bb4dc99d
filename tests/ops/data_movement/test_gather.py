"""GATHER, GATHER_ND and EMBEDDING_LOOKUP."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import drawn, samples, shape_of, tensor, values
from tests.ops.harness import Case, by_litert, check_draws, compile_library, draws, random_input


def gather(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    axis = int(random.integers(0, len(shape)))
    batch_dims = int(random.integers(0, axis + 1)) if random.random() < 0.5 else 0
    positions = [*shape[:batch_dims], *shape_of(random, (0, 1, 2), most=4)]
    constant = random.integers(0, shape[axis], positions) if random.random() < 0.5 else None
    builder = ModelBuilder()
    x, at = tensor(builder, shape, dtype), builder.tensor(positions, "int32", data=constant)
    y = tensor(builder, [*shape[:axis], *positions[batch_dims:], *shape[axis + 1 :]], dtype)
    stated = axis - len(shape) if random.random() < 0.3 else axis
    builder.op("GATHER", [x, at], [y], axis=stated, batch_dims=batch_dims)
    features = {"batch_dims" if batch_dims else "no batch_dims", "constant" if constant is not None else "computed"}
    features |= ({"a scalar"} if not positions else set()) | ({"axis from the end"} if stated < 0 else set())
    draw = samples(
        lambda rng: random_input(rng, tuple(shape), np.dtype(dtype)),
        *([] if constant is not None else [lambda rng: rng.integers(0, shape[axis], positions).astype(np.int32)]),
    )
    what = f"{dtype} {shape} {positions} along {stated} {batch_dims=}"
    return Case(builder.build([x] if constant is not None else [x, at], [y]), what, frozenset(features), draw)


@draws
def test_gather_equals_tflm(draws: int) -> None:
    features = ["batch_dims", "no batch_dims", "constant", "computed", "a scalar", "axis from the end"]
    check_draws(draws, *drawn(gather, "int8", "float32"), covering=features, rows=["GATHER"])


def test_positions_outside_lead_to_the_nearest_slice(tmp_path: Path) -> None:
    """TFLM reads whatever lies there; we never leave the tensor."""
    builder = ModelBuilder()
    x, at, y = builder.tensor([1, 4], "int8", 0.5), builder.tensor([1, 3], "int32"), builder.tensor([1, 1, 3], "int8", 0.5)
    builder.op("GATHER", [x, at], [y], axis=1)
    model = parse_model(builder.build([x, at], [y]), "outside")
    inputs = [np.array([[10, 20, 30, 40]], np.int8), np.array([[-5, 2, 2**31 - 1]], np.int32)]
    assert AotHostRunner(compile_library([model], tmp_path), model).run(inputs).outputs[0].ravel().tolist() == [10, 30, 40]


@draws
def test_gather_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(gather, "int16", "int32", "int64", "bool")))


def gather_nd(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random, (1, 2, 3, 4, 5), most=4)
    depth = int(random.integers(1, len(shape) + 1))
    front = shape_of(random, (0, 1, 2), most=4)

    def positions(rng: np.random.Generator) -> npt.NDArray[np.generic]:
        return np.stack([rng.integers(0, size, front) for size in shape[:depth]], axis=-1).astype(np.int32)

    constant = positions(random) if random.random() < 0.5 else None
    builder = ModelBuilder()
    x, at = tensor(builder, shape, dtype), builder.tensor([*front, depth], "int32", data=constant)
    y = tensor(builder, [*front, *shape[depth:]], dtype)
    builder.op("GATHER_ND", [x, at], [y])
    features = {"constant" if constant is not None else "computed", "elements" if depth == len(shape) else "slices"}
    draw = samples(lambda rng: random_input(rng, tuple(shape), np.dtype(dtype)), *([positions] if constant is None else []))
    return Case(builder.build([x, at] if constant is None else [x], [y]), f"{dtype} {shape} {front} {depth}", frozenset(features), draw)


@draws
def test_gather_nd_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(gather_nd, "int8", "float32"), covering=["constant", "computed", "elements", "slices"], rows=["GATHER_ND"])


@draws
def test_gather_nd_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(gather_nd, "int16", "int32", "int64", "bool")))


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
def test_embedding_lookup_equals_tflm(draws: int) -> None:
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
