"""PAD, PADV2 and MIRROR_PAD."""

from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import MOVABLE, drawn, shape_of, tensor
from tests.ops.data_movement.padding import FEATURES, padding
from tests.ops.harness import Case, by_litert, check_draws, draws


@draws
def test_pad_equals_tflm(draws: int) -> None:
    check_draws(draws, *padding("PAD", *MOVABLE), covering=FEATURES, rows=["PAD"])


@draws
def test_padv2_equals_tflm(draws: int) -> None:
    check_draws(
        draws, *padding("PADV2", *MOVABLE, valued=True), covering=[*FEATURES, "equal bytes", "a constant", "computed"], rows=["PADV2"]
    )


def mirror_pad(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    mode = str(random.choice(["REFLECT", "SYMMETRIC"]))
    edge = 1 if mode == "REFLECT" else 0
    pads = [[int(random.integers(0, size - edge + 1)) for _ in range(2)] for size in shape]
    builder = ModelBuilder()
    x = tensor(builder, shape, dtype)
    y = tensor(builder, [size + sum(pair) for size, pair in zip(shape, pads, strict=True)], dtype)
    wide = random.random() < 0.3
    builder.op("MIRROR_PAD", [x, builder.tensor([len(shape), 2], "int64" if wide else "int32", data=pads)], [y], mode=mode)
    features = {mode, "int64 paddings" if wide else "int32 paddings"}
    features |= {"as much as there is"} if any(size - edge in pair for size, pair in zip(shape, pads, strict=True)) else set()
    return Case(builder.build([x], [y]), f"{dtype} {shape} {pads} {mode}", frozenset(features))


@draws
def test_mirror_pad_equals_tflm(draws: int) -> None:
    features = ["REFLECT", "SYMMETRIC", "int64 paddings", "int32 paddings", "as much as there is"]
    check_draws(draws, *drawn(mirror_pad, "int8", "float32"), covering=features, rows=["MIRROR_PAD"])


@draws
def test_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(mirror_pad, "int16")))
