"""Random Keras models whose every output is a recognisable function of the inputs, by name: whoever swaps two is found out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import identifier_of
from mcu_toolkit.tensorflow_loader import load_tensorflow

LENGTH = 6
SAMPLES = 40
_NAMES = ("zeta", "alpha", "Mid", "b-10", "b-9", "left eye", "class", "0in", "x", "y", "rep", "out_2", "größe", "i0", "Zeta2", "a.b")
"""Sorted otherwise than made, keywords, names that are no identifiers."""
_STRUCTURES = ("list", "dict", "nested")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class NamedModel:
    """A Keras model, and what it is to compute: each output the sum of inputs, each times a factor of its own."""

    model: Any
    inputs: tuple[str, ...]
    factors: dict[str, dict[str, float]] = field(default_factory=dict)
    """By output and input, all names as identifiers."""

    def samples(self, seed: int) -> dict[str, Floats]:
        """float32 [SAMPLES, LENGTH] for each input."""
        generator = np.random.default_rng([seed, 1])
        return {name: generator.uniform(-1, 1, (SAMPLES, LENGTH)).astype(np.float32) for name in self.inputs}

    def expected(self, samples: dict[str, Floats]) -> dict[str, Floats]:
        """What each output is to be."""
        zeros = np.zeros((SAMPLES, LENGTH), np.float32)
        return {
            output: sum((np.float32(factor) * samples[name] for name, factor in factors.items()), zeros)
            for output, factors in self.factors.items()
        }


def random_model(seed: int) -> NamedModel:
    """1 to 4 inputs and outputs of one shape, in lists, dicts or nested dicts; inputs are used once, several times, or are outputs too."""
    keras = load_tensorflow().keras
    keras.backend.clear_session()
    generator = np.random.default_rng(seed)
    names = list(map(str, generator.permutation(_NAMES)))
    inputs = {names.pop(): None for _ in range(int(generator.integers(1, 5)))}
    tensors = {name: keras.Input((LENGTH,), name=name) for name in inputs}
    count = int(generator.integers(1, 5))
    factors = _factors(generator, count, len(inputs))
    style = _STRUCTURES[int(generator.integers(3))]
    outputs, computed = {}, {}
    for number in range(count):
        name = names.pop()
        terms = {one: float(factors[number, place]) for place, one in enumerate(tensors) if factors[number, place]}
        outputs[name] = _sum(
            keras, _layer_name(name) if style == "list" else None, [(tensors[one], factor) for one, factor in terms.items()]
        )
        computed[name] = terms
    if len(inputs) == 1 or style == "list":
        given: Any = list(tensors.values())
    else:
        given = tensors
    model = keras.Model(given if len(tensors) > 1 or style != "list" else given[0], _structured(outputs, style))
    key = {name: identifier_of(_full_name(name, style, place)) for place, name in enumerate(outputs)}
    by_identifier = {key[name]: {identifier_of(one): factor for one, factor in terms.items()} for name, terms in computed.items()}
    return NamedModel(model, tuple(map(identifier_of, inputs)), by_identifier)


def _layer_name(name: str) -> str:
    """`name` for a layer: TensorFlow takes fewer letters for those than for keys of dicts."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name)


def _full_name(name: str, style: str, place: int) -> str:
    if style == "list":
        return _layer_name(name)
    return f"heads_{name}" if style == "nested" and place % 2 else name


def _structured(outputs: dict[str, Any], style: str) -> Any:
    if style == "list":
        return list(outputs.values()) if len(outputs) > 1 else next(iter(outputs.values()))
    if style == "dict":
        return outputs
    inner = {name: tensor for place, (name, tensor) in enumerate(outputs.items()) if place % 2}
    outer = {name: tensor for place, (name, tensor) in enumerate(outputs.items()) if not place % 2}
    return {**outer, "heads": inner} if inner else outer


def _factors(generator: np.random.Generator, outputs: int, inputs: int) -> npt.NDArray[np.float64]:
    """[outputs, inputs]: far apart in sign and size; every input is used by some output, and every output uses one."""
    factors = generator.choice([-1.0, 1.0], (outputs, inputs)) * (
        0.3 + generator.permutation(outputs * inputs).reshape(outputs, inputs) * 0.35
    )
    unused = generator.random((outputs, inputs)) < 0.3
    unused[:, unused.all(axis=0)] = False
    unused[unused.all(axis=1)] = False
    return np.where(unused, 0.0, np.round(factors, 3))


def _sum(keras: Any, name: str | None, terms: list[tuple[Any, float]]) -> Any:
    if len(terms) == 1:
        return keras.layers.Rescaling(terms[0][1], name=name)(terms[0][0])
    return keras.layers.Add(name=name)([keras.layers.Rescaling(factor)(tensor) for tensor, factor in terms])
