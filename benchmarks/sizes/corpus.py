"""The models that code sizes are measured on: every form of every operator, pairs, shapes of all kinds and whole networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.mobilenets import mobilenet_v1, mobilenet_v2, perceptron, residual
from benchmarks.random_layers import content, draw
from mcu_toolkit.model import Model, parse_model
from scripts.probe.table import all_cases
from tests.ops.cascade_networks import network
from tests.ops.recurrent.models import gru, lstm_model, simple_rnn
from tests.ops.signal.front_end import front_end_model
from tests.pairs.chain import Chain, Form, UnfitError, Value
from tests.pairs.models import FORMS, drawn_pairs
from tests.runtimes.aot.drawn_shapes import drawn_shape

_PAIRS, _SHAPES, _LAYERS, _NETWORKS, _CHAINS, _FIRMWARES = 20, 30, 25, 6, 45, 9
CHAIN_SEEDS = 10_000
"""Chains of the table count from 0; those that predictions are checked with begin here."""
_LONGEST = 9


@dataclass(frozen=True)
class Sample:
    """The models of one firmware, and whether they are compiled with the smallest arena."""

    name: str
    contents: tuple[bytes, ...]
    smallest_arena: bool = False

    def models(self) -> tuple[Model, ...]:
        """They are called `model`, or `model0`, `model1` ...: as long names as those of other samples."""
        if len(self.contents) == 1:
            return (parse_model(self.contents[0], "model"),)
        return tuple(parse_model(content, f"model{number}") for number, content in enumerate(self.contents))


def samples() -> Iterator[Sample]:
    """All of them, whole networks first; many are no models that the compiler takes."""
    networks = list(_networks())
    yield from networks
    yield from _several([sample.contents[0] for sample in networks if not sample.smallest_arena])
    for number in range(_LAYERS):
        yield Sample(f"layer {number}", (content(draw(number)),))
    for number in range(_SHAPES):
        yield Sample(f"shape {number}", (drawn_shape(number).content,))
    for number in range(_CHAINS):
        yield Sample(f"chain {number}", (chain(number),))
    cases = all_cases()
    first = {(case.form.operator, case.dtype): case.key for case in reversed(cases)}
    for case in cases:  # of other element types than int8 one form of each operator
        if case.dtype == "int8" or first[case.form.operator, case.dtype] == case.key:
            yield Sample(case.key, (case.build(),))
    for number, pair in enumerate(drawn_pairs(1, _PAIRS)):
        yield Sample(f"pair {number}", (pair.content,))


def _several(networks: Sequence[bytes]) -> Iterator[Sample]:
    """Firmware with two, three and four models: of those that are linked alone, too, so that what a further model adds shows."""
    for number in range(_FIRMWARES):
        random = np.random.default_rng([19, number])
        chosen = random.choice(len(networks), 2 + number % 3, replace=False)
        yield Sample(f"several {number}", tuple(networks[index] for index in sorted(chosen)))


def _networks() -> Iterator[Sample]:
    for size, width in ((32, 0.25), (48, 0.5)):
        for smallest in (False, True):
            yield Sample(f"MobileNetV1 {width} {size} {smallest}", (mobilenet_v1(size, width),), smallest)
            yield Sample(f"MobileNetV2 {width} {size} {smallest}", (mobilenet_v2(size, width),), smallest)
    for smallest in (False, True):
        yield Sample(f"MobileNetV1 with RELU {smallest}", (mobilenet_v1(32, 0.25, relu=True),), smallest)
        yield Sample(f"residual {smallest}", (residual(12, 8, 2),), smallest)
    yield Sample("residual, clamped", (residual(12, 8, 2, relu=False),))
    yield Sample("MobileNetV1 of 96 pixels", (mobilenet_v1(96, 0.25, relu=True),))
    for sizes in ((16, 16, 4), (7, 9), (30, 20, 11, 3), (4000, 4)):
        yield Sample(f"dense layers {sizes}", (perceptron(sizes),))
    for number in range(_NETWORKS):
        made = network(number).content
        yield Sample(f"network {number}", (made,))
        yield Sample(f"network {number} by rows", (made,), smallest_arena=True)
    for steps, inputs, units in ((4, 3, 5), (16, 8, 16)):
        yield Sample(f"LSTM of {units}", (lstm_model(steps=steps, inputs=inputs, units=units),))
        yield Sample(f"GRU of {units}", (gru(steps=steps, inputs=inputs, units=units),))
        yield Sample(f"SimpleRNN of {units}", (simple_rnn(steps=steps, inputs=inputs, units=units),))
    for streams in (False, True):
        yield Sample(f"front end, {'hops' if streams else 'windows'}", (front_end_model(streams=streams),))


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
