from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws
from tests.ops.moving import drawn, tensor


def space_to_depth(random: np.random.Generator, dtype: str) -> Case:
    block = int(random.choice([1, 2, 3]))
    batch, height, width, channels = (int(random.integers(1, 4)) for _ in range(4))
    space, depth = [batch, height * block, width * block, channels], [batch, height, width, channels * block * block]
    source, result = space, depth
    builder = ModelBuilder()
    x, y = tensor(builder, source, dtype), tensor(builder, result, dtype)
    builder.op("SPACE_TO_DEPTH", [x], [y], block_size=block)
    return Case(builder.build([x], [y]), f"{dtype} {source} {block}", frozenset({f"block {block}"}))


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(space_to_depth, "int8", "float32"), covering=["block 1", "block 2", "block 3"], rows=["SPACE_TO_DEPTH"])
