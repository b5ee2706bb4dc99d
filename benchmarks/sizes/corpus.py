"""The models that code sizes are measured on: every form of every operator, pairs, shapes of all kinds and whole networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.mobilenets import mobilenet_v1, mobilenet_v2, perceptron, residual
from benchmarks.random_layers import content, draw
from scripts.probe.table import all_cases
from tests.ops.cascade_networks import network
from tests.pairs.chain import Chain, Form, UnfitError, Value
from tests.pairs.models import FORMS, drawn_pairs
from tests.runtimes.aot.drawn_shapes import drawn_shape

_PAIRS, _SHAPES, _LAYERS, _NETWORKS, _CHAINS = 20, 30, 25, 6, 45
CHAIN_SEEDS = 10_000
"""Chains of the table count from 0; those that predictions are checked with begin here."""
_LONGEST = 9


@dataclass(frozen=True)
class Sample:
    """A model, and whether it is compiled with the smallest arena."""

    name: str
    content: bytes
    smallest_arena: bool = False


def samples() -> Iterator[Sample]:
    """All of them, whole networks first; many are no models that the compiler takes."""
    yield from _networks()
    for number in range(_LAYERS):
        yield Sample(f"layer {number}", content(draw(number)))
    for number in range(_SHAPES):
        yield Sample(f"shape {number}", drawn_shape(number).content)
    for number in range(_CHAINS):
        yield Sample(f"chain {number}", chain(number))
    cases = all_cases()
    first = {(case.form.operator, case.dtype): case.key for case in reversed(cases)}
    for case in cases:  # of other element types than int8 one form of each operator
        if case.dtype == "int8" or first[case.form.operator, case.dtype] == case.key:
            yield Sample(case.key, case.build())
    for number, pair in enumerate(drawn_pairs(1, _PAIRS)):
        yield Sample(f"pair {number}", pair.content)


def _networks() -> Iterator[Sample]:
    for size, width in ((32, 0.25), (48, 0.5)):
        for smallest in (False, True):
            yield Sample(f"MobileNetV1 {width} {size} {smallest}", mobilenet_v1(size, width), smallest)
            yield Sample(f"MobileNetV2 {width} {size} {smallest}", mobilenet_v2(size, width), smallest)
    for smallest in (False, True):
        yield Sample(f"MobileNetV1 with RELU {smallest}", mobilenet_v1(32, 0.25, relu=True), smallest)
        yield Sample(f"residual {smallest}", residual(12, 8, 2), smallest)
    yield Sample("residual, clamped", residual(12, 8, 2, relu=False))
    for sizes in ((16, 16, 4), (7, 9), (30, 20, 11, 3)):
        yield Sample(f"dense layers {sizes}", perceptron(sizes))
    for number in range(_NETWORKS):
        made = network(number).content
        yield Sample(f"network {number}", made)
        yield Sample(f"network {number} by rows", made, smallest_arena=True)


def chain(seed: int) -> bytes:
    """A model of 2 to 9 operators, one behind the other, whichever follow from `seed`."""
    random = np.random.default_rng([17, seed])
    while True:
        at = Chain(np.random.default_rng([18, int(random.integers(1 << 30))]), widest=24)
        dtype = str(random.choice(["int8", "int8", "int8", "int8", "int16", "float32"]))
        x = at.value((1, int(random.integers(4, 17)), int(random.integers(4, 17)), int(random.integers(1, 17))), dtype)
        last, added = x, 0
        for _ in range(int(random.integers(2, _LONGEST + 1))):
            found = _added(at, last, [FORMS[index] for index in random.permutation(len(FORMS))[:12]])
            last, added = (last, added) if found is None else (found, added + 1)
        if added >= 2 and last.index != x.index:
            return at.builder.build([x.index], [last.index])


def _added(at: Chain, last: Value, forms: list[Form]) -> Value | None:
    """The first of `forms` that takes the tensor."""
    for form in forms:
        if last.dtype in form.types and form.rank == len(last.shape):
            try:
                return form.add(at, last)
            except UnfitError:
                continue
    return None
