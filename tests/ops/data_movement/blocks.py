"""Drawing SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: the tensor with large images, the block and the border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Blocks:
    """Shapes of both tensors; `borders` are the paddings of the one operator and the crops of the other."""

    space: list[int]
    batched: list[int]
    block: list[int]
    borders: list[list[int]]

    @property
    def features(self) -> set[str]:
        return {f"{len(self.space)} dimensions", "a border" if np.any(self.borders) else "no border"}


def blocks(random: np.random.Generator, *, border: bool) -> Blocks:
    """Sizes with the border are multiples of the block."""
    spatial = int(random.choice([1, 2]))
    block = [int(random.integers(1, 4)) for _ in range(spatial)]
    small = [int(random.integers(1, 4)) for _ in range(spatial)]
    borders, space = [], []
    for count, size in zip(small, block, strict=True):
        total = int(random.integers(0, count * size)) if border else 0
        before = int(random.integers(0, total + 1))
        borders.append([before, total - before])
        space.append(count * size - total)
    batch, channels = int(random.integers(1, 3)), int(random.choice([1, 2, 4, 5]))
    return Blocks([batch, *space, channels], [batch * int(np.prod(block)), *small, channels], block, borders)
