"""The child process of keras2.py: reads a model with Keras 2 and writes it as a SavedModel.  Imports nothing of the toolkit.

    keras2_child.py SOURCE FOLDER     writes FOLDER/keras2/ and FOLDER/keras2.json

Exit code 2: Keras 2 cannot read it either; the last line says why.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: its modules must not shadow packages

import json
from pathlib import Path
from typing import Any

import numpy as np

_OTHERS = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64")


def main(source: str, folder: str) -> int:
    """Read, rebuild in float32 where it is in another precision, write with a signature of batch 1 and one of an open batch."""
    import tensorflow as tf
    import tf_keras as keras

    policies: list[str] = []
    try:
        model = _in_float32(keras.models.load_model(source, compile=False), policies)
        if not model.inputs:
            raise ValueError("the model has no inputs with known shapes")
    except Exception as error:  # whatever Keras raises for a file it cannot read
        print(" ".join(str(error).split())[:2000] or type(error).__name__)
        return 2

    def signature(batch: int | None) -> Any:
        specs = [tf.TensorSpec((batch, *tensor.shape[1:]), tensor.dtype, name=_name(tensor.name)) for tensor in model.inputs]

        def call(*arguments: Any) -> Any:
            outputs = model(list(arguments) if len(arguments) > 1 else arguments[0], training=False)
            flat = tf.nest.flatten(outputs)
            names = [_name(name) for name in model.output_names]
            numbered = len(set(names)) < len(flat)
            return {f"output_{number}" if numbered else names[number]: value for number, value in enumerate(flat)}

        return tf.function(call, input_signature=specs).get_concrete_function()

    module = tf.Module()
    module.model = model
    tf.saved_model.save(module, str(Path(folder) / "keras2"), {"serving_default": signature(1), "batched": signature(None)})
    facts = {"layers": [layer.name for layer in model.layers], "policies": list(dict.fromkeys(policies))}
    (Path(folder) / "keras2.json").write_text(json.dumps(facts), encoding="utf-8")
    return 0


def _name(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text.partition(":")[0])


def _in_float32(model: Any, found: list[str]) -> Any:
    config = _replaced(model.get_config(), found)
    if not found:
        return model
    twin = type(model).from_config(config)
    twin.set_weights([np.asarray(weights, np.float32) for weights in model.get_weights()])
    return twin


def _replaced(value: Any, found: list[str]) -> Any:
    if isinstance(value, dict):
        if value.get("class_name") in ("Policy", "DTypePolicy") and value["config"].get("name") in _OTHERS:
            found.append(value["config"]["name"])
            return "float32"
        return {key: _replaced(_named(key, one, found), found) for key, one in value.items()}
    return type(value)(_replaced(one, found) for one in value) if isinstance(value, (list, tuple)) else value


def _named(key: str, value: Any, found: list[str]) -> Any:
    if key == "dtype" and value in _OTHERS:
        found.append(value)
        return "float32"
    return value


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
