"""A board whose image is damaged bit by bit, and what it must compute: faults are planted in the image, never on the host's side."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcu_toolkit.artifacts import Divergence
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.per_layer import prove
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.validate import inputs_for
from tests.planted import FlashedImage, Place, draw


@dataclass
class Bench:
    """A board with observed firmware, and what it must compute."""

    job: Job
    port: str
    image: FlashedImage
    digests: Mapping[int, Any]
    facts: Mapping[str, Any]
    places: Mapping[str, tuple[Place, ...]]
    """By kind of fault."""
    may_refuse: bool = False
    """True where the runtime looks at the constants when it starts, and can say that it will not run with them."""

    def prove(self) -> Divergence | None:
        """One run over all samples."""
        return prove(self.job, self.port, self.digests, self.facts, Silent()).divergence


@dataclass
class Tally:
    """What became of the faults that were planted."""

    found: int = 0
    without_effect: int = 0
    refused: int = 0


def layer_of(place: Place) -> int:
    """The layer whose constants an array holds: `network_k_weights_4`."""
    return int(place.symbol.rsplit("_", 1)[1])


def golden_digests(model: Model, job: Job) -> Mapping[int, Any]:
    """The CRC-32 of every tensor after each sample, by the golden interpreter."""
    runner = TflmRunner(model)
    digests = runner.digests(inputs_for(model, job.vectors))
    runner.close()
    return digests


def locate(bench: Bench, faults: int, seed: int) -> Tally:
    """Plant `faults` single bits that change something, each kind in turn, and find every one of them in its layer."""
    pick = random.Random(seed)
    tally = Tally()
    kinds = tuple(bench.places)
    while tally.found < faults:
        kind = kinds[tally.found % len(kinds)]
        place, offset, mask = draw(pick, bench.places[kind])
        bench.image.plant(offset, mask)
        try:
            divergence = bench.prove()
        except DeviceError:
            assert bench.may_refuse  # no output was computed: nothing to locate, and nothing accepted
            tally.refused += 1
            assert tally.refused <= 20 + faults
            continue
        if divergence is None:  # every tensor of every sample is right: this bit changes no byte that was computed
            tally.without_effect += 1
            assert tally.without_effect <= 20 + 3 * faults
            continue
        tally.found += 1
        assert divergence.layer == layer_of(place), f"{kind}: {place.symbol} at {offset:#x} ^ {mask:#x}: {divergence}"
        assert divergence.verdict == "corrupted weights", divergence
        assert divergence.differing_elements >= 1
        assert divergence.expected != divergence.got
    bench.image.heal()
    assert bench.prove() is None
    return tally
