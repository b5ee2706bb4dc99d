"""Two firmwares of one model side by side, layer by layer.  Pure: records and arrays in, rows out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import LayerProof
from mcu_toolkit.protocol.ids import NO_LAYER
from mcu_toolkit.protocol.observer_messages import LayerRecord
from mcu_toolkit.validate.compare import largest_distance

Records = Sequence[Sequence[LayerRecord]]
"""What the observer noted: one list for each sample, in order."""
Place = tuple[int, int]
"""(sample, tensor)."""


@dataclass(frozen=True)
class LayerPair:
    """One tensor, made by a layer of two firmwares."""

    layer: int
    operator: str
    tensor: int
    name: str
    ticks: tuple[int, int]
    """Median over the samples of what the layer took in either; 0 for a further tensor of the same layer."""
    differing_samples: int
    differing_bytes: int
    """Over all samples."""
    max_lsb: int

    @property
    def ratio(self) -> float | None:
        """How many times as long the first takes; None where it is not known."""
        return self.ticks[0] / self.ticks[1] if all(self.ticks) else None


def noted_digests(records: Records) -> dict[Place, int]:
    """The CRC-32 of every tensor that a layer made in each sample."""
    return {(number, one.tensor): one.crc32 for number, sample in enumerate(records) for one in sample if one.layer != NO_LAYER}


def differing_places(first: Records, second: Records) -> tuple[Place, ...]:
    """Where both made the tensor and not of the same bytes, in order."""
    others = noted_digests(second)
    return tuple(sorted(place for place, crc in noted_digests(first).items() if place in others and others[place] != crc))


def pair_layers(
    layers: tuple[Sequence[LayerProof], Sequence[LayerProof]],
    differing: Sequence[Place],
    contents: tuple[Mapping[Place, npt.NDArray[Any]], Mapping[Place, npt.NDArray[Any]]],
) -> tuple[LayerPair, ...]:
    """A row for each tensor that both made.  `contents` has the tensors at `differing` as either made them, in their dtype."""
    second = {(one.layer, one.tensor): one for one in layers[1]}
    pairs, timed = [], set()
    for one in layers[0]:
        other = second.get((one.layer, one.tensor))
        if other is None:
            continue
        places = [place for place in differing if place[1] == one.tensor]
        found = [_distance(contents[0][place], contents[1][place]) for place in places]
        ticks = (0, 0) if one.layer in timed else (one.ticks, other.ticks)
        timed.add(one.layer)
        pairs.append(
            LayerPair(
                layer=one.layer,
                operator=one.operator,
                tensor=one.tensor,
                name=one.name,
                ticks=ticks,
                differing_samples=len(places),
                differing_bytes=sum(differing_bytes for differing_bytes, _ in found),
                max_lsb=max((max_lsb for _, max_lsb in found), default=0),
            )
        )
    return tuple(pairs)


def _distance(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> tuple[int, int]:
    """Bytes that differ, and the largest difference of two elements."""
    left, right = left.reshape(1, -1), right.reshape(1, -1)
    return int((left.view(np.uint8) != right.view(np.uint8)).sum()), largest_distance(left, right)
