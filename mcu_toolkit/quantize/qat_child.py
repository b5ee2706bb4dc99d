"""The child process of qat.py: builds a model anew in Keras 2, proves it equal, trains it with rounding.  Imports nothing of the toolkit.

    qat_child.py FOLDER     reads model.json, weights.npz, data.npz; writes trained/ (a SavedModel with a batch of 1)

Exit code 2: the model is not one it can train; the last line says why.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: its modules must not shadow packages

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np

_NOT_COPIED = ("initializer", "regularizer", "constraint")
"""Settings that only matter for training from scratch; the weights are copied."""
_TOLERANCE = 1e-4


class Refused(Exception):  # noqa: N818 - not an error shown to users: the parent says what it means
    """The model cannot be built or trained here."""


def build(keras: Any, text: dict[str, Any], weights: Any) -> Any:
    """The model that `text` describes, in Keras 2, with `weights`."""
    results: dict[str, Any] = {}
    layers = []
    for described in _inputs_first(text):
        if described["class"] == "InputLayer":
            shape = described["config"].get("batch_shape") or described["config"]["batch_input_shape"]
            results[described["name"]] = keras.Input(shape[1:], dtype="float32", name=described["name"])
            continue
        layer = _layer(keras, described)
        sources = [results[name] for name in described["reads"]]
        results[described["name"]] = layer(sources if len(sources) > 1 else sources[0])
        layers.append((described["number"], layer))
    model = keras.Model([results[one["layer"]] for one in text["inputs"]], [results[one["layer"]] for one in text["outputs"]])
    for number, layer in layers:
        stored = [key for key in weights.files if key.partition("_")[0] == str(number)]
        layer.set_weights([weights[f"{number}_{k}"] for k in range(len(stored))])
    return model


def _inputs_first(text: dict[str, Any]) -> list[dict[str, Any]]:
    layers = [{**layer, "number": number} for number, layer in enumerate(text["layers"])]
    known = {layer["name"] for layer in layers}
    missing = [
        {"class": "InputLayer", "name": one["layer"], "number": -1, "config": {"batch_shape": one["shape"]}}
        for one in text["inputs"]
        if one["layer"] not in known
    ]
    return missing + layers


def _layer(keras: Any, described: dict[str, Any]) -> Any:
    kind = getattr(keras.layers, described["class"], None)
    if kind is None:
        raise Refused(f"layer '{described['name']}' ({described['class']}) does not exist in Keras 2")
    accepted = set(inspect.signature(kind.__init__).parameters) | {"name"}
    config = {key: value for key, value in described["config"].items() if not key.endswith(_NOT_COPIED)}
    config.pop("dtype", None)
    try:
        return kind(**{key: value for key, value in config.items() if key in accepted})
    except (TypeError, ValueError) as error:
        raise Refused(f"layer '{described['name']}' ({described['class']}) cannot be built in Keras 2: {error}") from None


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
            raise Refused(f"the model built anew in Keras 2 computes something else (by up to {distance:.3g})")
    print(f"qat: rebuilt in Keras 2: outputs differ by at most {worst:.2g}", flush=True)


def train(keras: Any, tfmot: Any, model: Any, text: dict[str, Any], data: Any) -> Any:
    """The model with rounding in it, trained on."""
    try:
        trained = tfmot.quantization.keras.quantize_model(model)
    except (RuntimeError, ValueError) as error:
        raise Refused(f"tfmot cannot quantize it: {str(error).splitlines()[0]}") from None
    losses = ["sparse_categorical_crossentropy" if one["classifies"] else "mean_squared_error" for one in text["outputs"]]
    trained.compile(keras.optimizers.Adam(text["learning_rate"]), losses)
    x, y = arrays_of(data, "x"), arrays_of(data, "y")
    for epoch in range(text["epochs"]):
        history = trained.fit(x, y, batch_size=text["batch_size"], epochs=1, verbose=0)
        print(f"qat: epoch {epoch + 1} of {text['epochs']}: loss {history.history['loss'][0]:.4g}", flush=True)
    return trained


def export(tensorflow: Any, model: Any, text: dict[str, Any], folder: Path) -> None:
    """Write the SavedModel: the signature `serving_default` with a batch of 1, inputs and outputs by name."""
    names = [one["name"] for one in text["outputs"]]

    def call(*arguments: Any) -> dict[str, Any]:
        return dict(zip(names, flat_call(model, list(arguments)), strict=True))

    specs = [tensorflow.TensorSpec(one["shape"], one["dtype"], name=one["name"]) for one in text["inputs"]]
    module = tensorflow.Module()
    module.model, module.call = model, tensorflow.function(call, input_signature=specs)
    tensorflow.saved_model.save(module, str(folder), signatures={"serving_default": module.call})


def main() -> int:
    """Serve one request."""
    import tensorflow
    import tensorflow_model_optimization as tfmot
    import tf_keras

    folder = Path(sys.argv[1])
    text = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    tf_keras.utils.set_random_seed(text["seed"])
    tensorflow.config.experimental.enable_op_determinism()
    with np.load(folder / "data.npz") as data, np.load(folder / "weights.npz") as weights:
        try:
            model = build(tf_keras, text, weights)
            check_equal(model, arrays_of(data, "samples"), arrays_of(data, "outputs"))
            trained = train(tf_keras, tfmot, model, text, data)
        except Refused as refused:
            print(refused, flush=True)
            return 2
        export(tensorflow, trained, text, folder / "trained")
    return 0


if __name__ == "__main__":
    sys.exit(main())
