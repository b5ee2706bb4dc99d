"""What recurrent layers take and give over a representative set, in floating point, with what they compute inside."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.quantize.recurrent.layer import LayerWeights, RecurrentLayer, RecurrentParts, read_weights
from mcu_toolkit.quantize.signatures import SIGNATURE
from mcu_toolkit.runners.isolated import BYTES, isolated
from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet

_BATCH = 64
_TOLERANCE = 1e-3
"""Between Keras' results and ours, both in 32-bit floats; steps of a gate are below 1."""
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Observed:
    """A layer over [samples] sequences."""

    layer: RecurrentLayer
    weights: LayerWeights
    taken: Floats
    """[samples, steps, features], in the order in which they come."""
    given: Floats
    """[samples, steps, units], in the order in which they are computed."""
    largest_cell: float
    """Of an LSTM: the largest magnitude of its cell state."""


def observe(origin: Path, parts: RecurrentParts, names: Sequence[str], arrays: Sequence[npt.NDArray[Any]]) -> tuple[Observed, ...]:
    """The layers of `parts` over `arrays`, one an input called as in `names`, each [samples, *sample shape].

    Raises UnsupportedModelError where a layer computes something else than the layer that it is called after.
    """
    assert parts.observed is not None
    assert parts.weights is not None
    batch = 1 if any(one.stateful for one in parts.layers) else _BATCH
    content = _run(origin, parts.observed, tuple(names), tuple(arrays), batch)
    found = []
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        for number, (layer, name) in enumerate(zip(parts.layers, parts.taken, strict=True)):
            taken, result, weights = stored[name], stored[f"{name}_result"], read_weights(parts.weights, number)
            given, cells = computed(layer, weights, taken)
            expected = given if result.ndim == 3 else given[:, -1]
            if not np.allclose(expected, result, rtol=0, atol=_TOLERANCE):
                off = float(np.abs(expected - result).max())
                raise UnsupportedModelError(
                    f"layer '{layer.name}' does not compute what a {layer.kind} does (off by {off:.3g})",
                    on=origin,
                    expected=f"keras.layers.{layer.kind} as Keras has it",
                )
            found.append(Observed(layer, weights, taken, given, cells))
    return tuple(found)


@isolated(BYTES)
def _run(origin: Path, observed: Path, names: tuple[str, ...], arrays: tuple[npt.NDArray[Any], ...], batch: int) -> bytes:
    """The outputs of the SavedModel `observed`, as an .npz file."""
    tensorflow = load_tensorflow()
    pieces: dict[str, list[npt.NDArray[Any]]] = {}
    with quiet():
        loaded = tensorflow.saved_model.load(str(observed))
        function = loaded.signatures[SIGNATURE]
        fixed = any(spec.shape[0] == 1 for spec in function.structured_input_signature[1].values())
        step = 1 if fixed else batch
        for first in range(0, len(arrays[0]), step):
            given = {name: tensorflow.constant(array[first : first + step]) for name, array in zip(names, arrays, strict=True)}
            for name, tensor in function(**given).items():
                pieces.setdefault(name, []).append(tensor.numpy())
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **{name: np.concatenate(found).astype(np.float32) for name, found in pieces.items()})
    return content.getvalue()


def computed(layer: RecurrentLayer, weights: LayerWeights, taken: Floats) -> tuple[Floats, float]:
    """What `layer` gives for `taken`, and the largest magnitude of its cell state (0 where it has none), as Keras defines the layers.

    With `stateful` the samples follow each other, else each begins with zeros.
    """
    x = taken[:, ::-1] if layer.go_backwards else taken
    if layer.stateful:
        x = x.reshape(1, -1, layer.features)
    advance = {"LSTM": _lstm, "GRU": _gru, "SimpleRNN": _simple_rnn}[layer.kind]
    hidden = np.zeros((len(x), layer.units), np.float32)
    cell, largest, results = hidden, 0.0, []
    for step in range(x.shape[1]):
        hidden, cell = advance(layer, weights, x[:, step], hidden, cell)
        largest = max(largest, float(np.abs(cell).max()))
        results.append(hidden)
    return np.stack(results, axis=1).reshape(len(taken), -1, layer.units), largest if layer.kind == "LSTM" else 0.0


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), np.float32)


def _lstm(layer: RecurrentLayer, weights: LayerWeights, x: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats]:
    gates = x @ weights.kernel + hidden @ weights.recurrent + weights.bias
    update, forget, candidate, output = np.split(gates, 4, axis=1)
    cell = _sigmoid(forget) * cell + _sigmoid(update) * np.tanh(candidate)
    return _sigmoid(output) * np.tanh(cell), cell


def _gru(layer: RecurrentLayer, weights: LayerWeights, x: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats]:
    units = layer.units
    from_input = x @ weights.kernel + weights.bias
    gates = from_input[:, : 2 * units] + hidden @ weights.recurrent[:, : 2 * units] + weights.recurrent_bias[: 2 * units]
    update, reset = np.split(_sigmoid(gates), 2, axis=1)
    last, bias = weights.recurrent[:, 2 * units :], weights.recurrent_bias[2 * units :]
    remembered = reset * (hidden @ last + bias) if layer.reset_after else (reset * hidden) @ last
    candidate = np.tanh(from_input[:, 2 * units :] + remembered)
    return update * hidden + (1.0 - update) * candidate, cell


def _simple_rnn(layer: RecurrentLayer, weights: LayerWeights, x: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats]:
    return np.tanh(x @ weights.kernel + hidden @ weights.recurrent + weights.bias), cell
