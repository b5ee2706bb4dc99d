"""The child process of qat.py: builds a model again in Keras 2, proves it equal, trains it with rounding.  Imports nothing of the toolkit.

    qat_child.py FOLDER     reads model.json (a Request), weights.npz, data.npz; writes trained/ (a SavedModel with a batch of 1)

Exit code 2: the model is not one it can train; the last line says why.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: its modules must not shadow packages

import inspect
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

_NOT_COPIED = ("initializer", "regularizer", "constraint")
"""Settings that only matter for training from scratch; the weights are copied."""
_TOLERANCE = 1e-4


class Refused(Exception):  # noqa: N818 - not an error shown to users: the parent says what it means
    """The model cannot be built or trained here."""


@dataclass(frozen=True)
class Layer:
    """A layer of the model."""

    kind: str
    """The name of its class in Keras."""
    name: str
    config: dict[str, Any]
    """Its settings as `get_config()` gives them, which differ from class to class."""
    reads: tuple[str, ...]
    """The names of the layers whose results it reads."""


@dataclass(frozen=True)
class Input:
    """An input of the model and of the SavedModel that is written."""

    name: str
    shape: tuple[int, ...]
    """With the batch of 1 in front."""
    dtype: str
    """numpy's name."""
    layer: str
    """The layer that it is the result of."""


@dataclass(frozen=True)
class Output:
    """An output of the model."""

    name: str
    layer: str
    """The layer that it is the result of."""
    classifies: bool
    """Its targets are classes, one a sample; else the values themselves."""


@dataclass(frozen=True)
class Request:
    """What is to be built and how it is to be trained; the arrays lie beside it."""

    layers: tuple[Layer, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int

    def to_json(self) -> str:
        """As it lies in model.json."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Request:
        """The inverse of `to_json`."""
        given = json.loads(text)
        given["layers"] = tuple(Layer(**{**layer, "reads": tuple(layer["reads"])}) for layer in given["layers"])
        given["inputs"] = tuple(Input(**{**port, "shape": tuple(port["shape"])}) for port in given["inputs"])
        given["outputs"] = tuple(Output(**port) for port in given["outputs"])
        return Request(**given)


def build(keras: Any, request: Request, weights: Any) -> Any:
    """The model that `request` describes, in Keras 2, with `weights`."""
    results, layers = _inputs_without_layer(keras, request), []
    for number, described in enumerate(request.layers):
        if described.kind == "InputLayer":
            shape = described.config.get("batch_shape") or described.config["batch_input_shape"]
            results[described.name] = keras.Input(shape[1:], dtype="float32", name=described.name)
            continue
        layer = _layer(keras, described)
        sources = [results[name] for name in described.reads]
        results[described.name] = layer(sources if len(sources) > 1 else sources[0])
        layers.append((number, layer))
    model = keras.Model([results[port.layer] for port in request.inputs], [results[port.layer] for port in request.outputs])
    for number, layer in layers:
        stored = [key for key in weights.files if key.partition("_")[0] == str(number)]
        layer.set_weights([weights[f"{number}_{k}"] for k in range(len(stored))])
    return model


def _inputs_without_layer(keras: Any, request: Request) -> Any:
    """By name, the input tensors that no layer of the model stands for: a Sequential model has its input from nowhere."""
    known = {layer.name for layer in request.layers}
    missing = [port for port in request.inputs if port.layer not in known]
    return {port.layer: keras.Input(port.shape[1:], dtype="float32", name=port.layer) for port in missing}


def _layer(keras: Any, described: Layer) -> Any:
    kind = getattr(keras.layers, described.kind, None)
    if kind is None:
        raise Refused(f"layer '{described.name}' ({described.kind}) does not exist in Keras 2")
    accepted = set(inspect.signature(kind.__init__).parameters) | {"name"}
    config = {key: value for key, value in described.config.items() if not key.endswith(_NOT_COPIED)}
    config.pop("dtype", None)
    try:
        return kind(**{key: value for key, value in config.items() if key in accepted})
    except (TypeError, ValueError) as error:
        raise Refused(f"layer '{described.name}' ({described.kind}) cannot be built in Keras 2: {error}") from None


def flat_call(model: Any, arrays: list[Any]) -> list[Any]:
    """The outputs as a list, whatever their number."""
    found = model(arrays if len(arrays) > 1 else arrays[0], training=False)
    return list(found) if isinstance(found, (list, tuple)) else [found]


def arrays_of(data: Any, name: str) -> list[Any]:
    """The arrays `<name>_0`, `<name>_1` ... of a file."""
    return [data[f"{name}_{number}"] for number in range(sum(key.startswith(f"{name}_") for key in data.files))]


def check_equal(model: Any, samples: list[Any], outputs: list[Any]) -> None:
    """Refuse unless the rebuilt model computes what the original did."""
    worst = 0.0
    for found, output in zip(flat_call(model, samples), outputs, strict=True):
        distance = float(np.max(np.abs(found.numpy() - output)))
        worst = max(worst, distance)
        if not distance <= _TOLERANCE * max(1.0, float(np.max(np.abs(output)))):
            raise Refused(f"the model built again in Keras 2 computes something else (by up to {distance:.3g})")
    print(f"qat: rebuilt in Keras 2: outputs differ by at most {worst:.2g}", flush=True)


def train(keras: Any, tfmot: Any, model: Any, request: Request, data: Any) -> Any:
    """The model with rounding in it, trained on."""
    try:
        trained = tfmot.quantization.keras.quantize_model(model)
    except (RuntimeError, ValueError) as error:
        raise Refused(f"tfmot cannot quantize it: {str(error).splitlines()[0]}") from None
    losses = ["sparse_categorical_crossentropy" if port.classifies else "mean_squared_error" for port in request.outputs]
    trained.compile(keras.optimizers.Adam(request.learning_rate), losses)
    x, y = arrays_of(data, "x"), arrays_of(data, "y")
    for epoch in range(request.epochs):
        history = trained.fit(x, y, batch_size=request.batch_size, epochs=1, verbose=0)
        print(f"qat: epoch {epoch + 1} of {request.epochs}: loss {history.history['loss'][0]:.4g}", flush=True)
    return trained


def export(tensorflow: Any, model: Any, request: Request, folder: Path) -> None:
    """Write the SavedModel: the signature `serving_default` with a batch of 1, inputs and outputs by name."""

    def call(*arguments: Any) -> Any:
        return {port.name: tensor for port, tensor in zip(request.outputs, flat_call(model, list(arguments)), strict=True)}

    specs = [tensorflow.TensorSpec(port.shape, port.dtype, name=port.name) for port in request.inputs]
    module = tensorflow.Module()
    module.model, module.call = model, tensorflow.function(call, input_signature=specs)
    tensorflow.saved_model.save(module, str(folder), signatures={"serving_default": module.call})


def main() -> int:
    """Serve one request."""
    import tensorflow
    import tensorflow_model_optimization as tfmot
    import tf_keras

    folder = Path(sys.argv[1])
    request = Request.from_json((folder / "model.json").read_text(encoding="utf-8"))
    tf_keras.utils.set_random_seed(request.seed)
    tensorflow.config.experimental.enable_op_determinism()
    with np.load(folder / "data.npz") as data, np.load(folder / "weights.npz") as weights:
        try:
            model = build(tf_keras, request, weights)
            check_equal(model, arrays_of(data, "samples"), arrays_of(data, "outputs"))
            trained = train(tf_keras, tfmot, model, request, data)
        except Refused as refused:
            print(refused, flush=True)
            return 2
        export(tensorflow, trained, request, folder / "trained")
    return 0


if __name__ == "__main__":
    sys.exit(main())
