"""What is known of a recurrent layer, and which layers have a fused form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mcu_toolkit.tensorflow_loader import load_tensorflow

Kind = Literal["LSTM", "GRU", "SimpleRNN"]
Weights = npt.NDArray[np.float32]


@dataclass(frozen=True)
class RecurrentLayer:
    """One call of a recurrent layer, for a batch of 1."""

    kind: Kind
    name: str
    """Of the Keras layer."""
    steps: int
    features: int
    """Of its input at each step."""
    units: int
    go_backwards: bool
    stateful: bool
    """The state lives from one inference to the next."""
    reset_after: bool = False
    """GRU: the reset gate is applied after the product with the recurrent weights."""


@dataclass(frozen=True)
class RecurrentParts:
    """A Keras model in parts; all files are SavedModels in the folder of the source.

    `layers` and the tensors are in the order in which the layers are called.
    """

    layers: tuple[RecurrentLayer, ...] = ()
    taken: tuple[str, ...] = ()
    """Names of what each layer takes, [batch, steps, features]: outputs of `rest` and of `observed`."""
    given: tuple[str, ...] = ()
    """Names of what each layer gives, [1, steps, units], in the order in which it computes them: inputs of `rest`."""
    rest: Path | None = None
    """The model without the layers."""
    observed: Path | None = None
    """The whole model, whose outputs are what the layers take."""
    weights: Path | None = None
    """An .npz file, see `LayerWeights`."""
    refusal: str = ""
    """Why there is no fused form, and none of the rest; empty where there is."""


@dataclass(frozen=True)
class LayerWeights:
    """As Keras has them: kernel [features, gates * units], recurrent [units, gates * units], biases [gates * units].

    Gates are input, forget, cell, output of an LSTM; update, reset, candidate of a GRU.
    """

    kernel: Weights
    recurrent: Weights
    bias: Weights
    recurrent_bias: Weights
    """Zeros but for a GRU with `reset_after`."""


def read_weights(path: Path, number: int) -> LayerWeights:
    """Those of layer `number` in the file that `write_weights` made."""
    with np.load(path, allow_pickle=False) as stored:
        return LayerWeights(*(stored[f"{number}_{what}"] for what in ("kernel", "recurrent", "bias", "recurrent_bias")))


def write_weights(path: Path, layers: list[Any]) -> None:
    """The weights of Keras' `layers`."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for number, layer in enumerate(layers):
        cell = layer.cell
        kernel, recurrent = (np.asarray(part.numpy(), np.float32) for part in (cell.kernel, cell.recurrent_kernel))
        bias = np.asarray(cell.bias.numpy(), np.float32) if cell.use_bias else np.zeros(kernel.shape[1], np.float32)
        second = bias[1] if bias.ndim == 2 else np.zeros_like(bias)
        parts = {"kernel": kernel, "recurrent": recurrent, "bias": bias[0] if bias.ndim == 2 else bias, "recurrent_bias": second}
        arrays |= {f"{number}_{what}": array for what, array in parts.items()}
    with path.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def recurrent_layers(model: Any) -> list[Any]:
    """The layers of a Keras model, nested ones too, that would become a loop: recurrent ones that are not unrolled."""
    rnn = load_tensorflow().keras.layers.RNN
    found = [layer for layer in model._flatten_layers() if isinstance(layer, rnn) and not layer.unroll]
    return list({id(layer): layer for layer in found}.values())


def described(layer: Any, shape: tuple[int | None, ...]) -> RecurrentLayer:
    """`layer`, which is called with a tensor of `shape`; it has a fused form, see `why_not_fused`."""
    _, steps, features = shape
    assert steps is not None
    assert features is not None
    cell = layer.cell
    kind: Kind = _kinds()[type(cell)]
    settings = bool(layer.go_backwards), bool(layer.stateful), bool(getattr(cell, "reset_after", False))
    return RecurrentLayer(kind, layer.name, steps, features, int(cell.units), *settings)


def why_not_fused(layer: Any, shape: tuple[int | None, ...], state: Any, mask: Any) -> str:
    """What a call of `layer` has that no fused form has; empty where it has nothing of that kind."""
    kind, where = _kinds().get(type(layer.cell)), f"layer '{layer.name}'"
    if kind is None:
        return f"{where} is a {type(layer).__name__} of {type(layer.cell).__name__}, not an LSTM, a GRU or a SimpleRNN"
    found = {
        "is given its first state": state is not None,
        "returns its state (return_state=True)": layer.return_state,
        "skips steps by a mask (Masking, or Embedding with mask_zero=True)": mask is not None,
        f"takes a tensor of the shape {list(shape)}, not [batch, steps, features] with fixed sizes": len(shape) != 3 or None in shape[1:],
        "keeps its state and goes backwards": layer.stateful and layer.go_backwards,
    }
    wanted = {"activation": "tanh"} | ({} if kind == "SimpleRNN" else {"recurrent_activation": "sigmoid"})
    serialize = load_tensorflow().keras.activations.serialize
    for name, function in wanted.items():
        given = serialize(getattr(layer.cell, name))
        found[f"has {name}={given!r}, and the fused form has {function} only"] = given != function
    return next((f"{where} {what}" for what, is_so in found.items() if is_so), "")


def _kinds() -> dict[type, Kind]:
    layers = load_tensorflow().keras.layers
    return {layers.LSTMCell: "LSTM", layers.GRUCell: "GRU", layers.SimpleRNNCell: "SimpleRNN"}
