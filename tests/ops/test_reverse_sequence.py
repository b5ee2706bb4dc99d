from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes.aot.passes.checks import check_model
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, Sample, by_litert, check_draws, compile_library, draws, litert_outputs, random_input
from tests.ops.moving import drawn, samples, tensor


def reverse_sequence(random: np.random.Generator, dtype: str, *, made_as: str | None = None) -> Case:
    shape = [int(size) for size in random.integers(1, 6, random.integers(2, 5))]
    sequence, batch = (int(axis) for axis in random.permutation(len(shape))[:2])
    of_lengths = str(random.choice(["int32", "int64"]))
    constant = random.integers(0, shape[sequence] + 1, shape[batch]) if random.random() < 0.5 else None
    builder = ModelBuilder()
    x, lengths = tensor(builder, shape, made_as or dtype), builder.tensor([shape[batch]], of_lengths, data=constant)
    y = tensor(builder, shape, made_as or dtype)
    builder.op("REVERSE_SEQUENCE", [x, lengths], [y], seq_dim=sequence, batch_dim=batch)
    features = {"constant" if constant is not None else "computed", "batch first" if batch < sequence else "sequence first"}
    draw = samples(
        lambda rng: random_input(rng, tuple(shape), np.dtype(dtype)),
        *([] if constant is not None else [lambda rng: rng.integers(0, shape[sequence] + 1, shape[batch]).astype(of_lengths)]),
    )
    what = f"{dtype} {shape} {sequence=} {batch=}"
    return Case(builder.build([x] if constant is not None else [x, lengths], [y]), what, frozenset(features), draw)


@draws
def test_equals_litert(draws: int) -> None:
    kinds = by_litert(drawn(reverse_sequence, "int16", "int32", "int64", "uint8", "float32"))
    features = ["constant", "computed", "batch first", "sequence first"]
    check_draws(draws, *kinds, covering=features, rows=["REVERSE_SEQUENCE"])


def in_int8(random: np.random.Generator, dtype: str) -> Case:
    """LiteRT has no kernel of int8; that of uint8 moves the same bytes."""
    seed = int(random.integers(2**32))
    in_bytes = reverse_sequence(np.random.default_rng(seed), "uint8").content

    def golden(_content: bytes, inputs: Sequence[Sample], outputs: int) -> list[Sample]:
        moved = [[first.view(np.uint8), *rest] for first, *rest in inputs]
        return [[array.view(np.int8) for array in arrays] for arrays in litert_outputs(in_bytes, moved, outputs)]

    return replace(reverse_sequence(np.random.default_rng(seed), dtype), golden=golden)


@draws
def test_int8_moves_the_bytes_that_litert_moves_in_uint8(draws: int) -> None:
    check_draws(draws, *drawn(in_int8, "int8"))


def model_with(lengths: Sequence[int] | None, *, count: int = 2, sequence: int = 1, batch: int = 0) -> bytes:
    builder = ModelBuilder()
    x, y = builder.tensor([2, 3], "float32"), builder.tensor([2, 3], "float32")
    at = builder.tensor([count], "int32", data=lengths)
    builder.op("REVERSE_SEQUENCE", [x, at], [y], seq_dim=sequence, batch_dim=batch)
    return builder.build([x] if lengths else [x, at], [y])


def test_lengths_beyond_the_sequence_are_cut(tmp_path: Path) -> None:
    model = parse_model(model_with(None), "beyond")
    inputs = [np.arange(6, dtype=np.float32).reshape(1, 2, 3), np.array([[2**31 - 1, -5]], np.int32)]
    runner = AotHostRunner(compile_library([model], tmp_path), model)
    assert runner.run(inputs).outputs[0].ravel().tolist() == [2, 1, 0, 3, 4, 5]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (model_with([1, 4]), "lengths from 1 to 4"),
        (model_with([1, 2, 3], count=3), "lengths of the shape [3]"),
        (model_with(None, sequence=0), "seq_dim 0 and batch_dim 0"),
        (model_with(None, sequence=2), "seq_dim 2 and batch_dim 0 of 2 dimensions"),
    ],
)
def test_lengths_and_dimensions_that_do_not_exist_are_refused(content: bytes, found: str) -> None:
    (finding,) = check_model(parse_model(content, "refused"))
    assert found in finding.found
