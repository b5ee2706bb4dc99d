"""A trained Keras model to disk, and the hash of its weights."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from mcu_toolkit.errors import ToolError
from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet
from mcu_toolkit.train.trained_model import KERAS_FILE, SAVED_MODEL_FOLDER


def save_model(model: Any, input_shape: tuple[int, ...], work: Path) -> None:
    """Write `model.keras` and `saved_model/` into `work`; raises ToolError where TensorFlow cannot."""
    tensorflow = load_tensorflow()
    signature = [tensorflow.TensorSpec((1, *input_shape), tensorflow.float32, name=model.inputs[0].name)]
    try:
        with quiet():
            model.save(work / KERAS_FILE)
            # A batch of exactly 1: with an open one the converter emits SHAPE, STRIDED_SLICE and PACK for every Flatten.
            model.export(str(work / SAVED_MODEL_FOLDER), format="tf_saved_model", input_signature=signature, verbose=False)
    except tensorflow.errors.OpError as error:  # how TensorFlow says that a disk is full
        raise ToolError(
            f"TensorFlow cannot write the model: {error.message.rpartition('; ')[2]}", on=work.parent, hint="choose another folder"
        ) from error


def weights_sha256(model: Any) -> str:
    """SHA-256 over dtype, shape and content of every weight in order."""
    digest = hashlib.sha256()
    for weights in model.get_weights():
        digest.update(f"{weights.dtype.str} {weights.shape}\n".encode())
        digest.update(np.ascontiguousarray(weights).tobytes())
    return digest.hexdigest()
