"""Quantization-aware training: training continues with 8-bit rounding, in a child process with Keras 2.

TensorFlow's tool for it (tfmot 0.8.1) knows Keras 2 only, which must be chosen before TensorFlow is imported.  So the
model is described layer by layer, built again by `qat_child.py` with the same weights, proven to compute the same,
trained on with rounding in it, and comes back as a SavedModel that holds the ranges it learned.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.array_names import TRAINING, array_key
from mcu_toolkit.errors import InputError, ToolError, UnsupportedModelError
from mcu_toolkit.optional_packages import require
from mcu_toolkit.quantize import qat_child
from mcu_toolkit.quantize.precision import in_float32
from mcu_toolkit.quantize.representative import Representative, TrainingArrays
from mcu_toolkit.quantize.source import SourceModel, is_keras_file
from mcu_toolkit.runners.isolated import BYTES, isolated
from mcu_toolkit.runners.keras_interface import call_flat
from mcu_toolkit.system.process import run
from mcu_toolkit.system.sandbox import confined, environment
from mcu_toolkit.tensorflow_loader import load_keras_model, quiet

EXTRA = "qat"
_PACKAGES = ("tensorflow_model_optimization", "tf_keras")
_CHILD = Path(qat_child.__file__)
_CHECKED_SAMPLES = 32
_TIMEOUT_S = 3600.0
PROGRESS = "qat: "
"""What the child's lines for the user begin with; TensorFlow prints others."""
REFUSED = 2
"""The child's exit code where the model is not one it can train; its last line says why."""


@dataclass(frozen=True)
class QatOptions:
    """How to train."""

    epochs: int = 5
    batch_size: int = 32
    learning_rate: float = 1e-4
    """A tenth of what models are usually trained with from scratch: the weights are nearly right already."""
    seed: int = 0


def train_for_quantization(
    source: SourceModel, data: Representative, work: Path, options: QatOptions, on_line: Callable[[str], None] | None = None
) -> SourceModel:
    """`source`, trained on with 8-bit rounding in it, as a SavedModel in the folder `work`.

    Raises ToolError where the extra is not installed, UnsupportedModelError naming the layer that Keras 2 or tfmot does
    not know, InputError where the data file has no training data.
    """
    require(_PACKAGES, "quantization-aware training", extra=EXTRA)
    _require_training_data(source, data.training_arrays)
    if not is_keras_file(source.origin):
        raise UnsupportedModelError("is not a Keras file", on=source.origin, expected="a .keras or .h5 file: --qat builds the layers again")
    _describe(source, data, work, options)
    done = run(
        confined([sys.executable, _CHILD, work], work),
        env={**environment(work), "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"},
        timeout_s=_TIMEOUT_S,
        on_line=lambda line: on_line(line.removeprefix(PROGRESS)) if on_line is not None and line.startswith(PROGRESS) else None,
    )
    if done.exit_code == REFUSED:
        raise UnsupportedModelError(done.tail(1), on=source.origin, expected="layers that Keras 2 and tfmot 0.8.1 have, used once each")
    if done.exit_code != 0:
        raise ToolError(f"quantization-aware training failed; its last lines:\n{done.tail(8)}", on=source.origin)
    return replace(source, saved_model=work / "trained", last_layer=None)


def _require_training_data(source: SourceModel, training: TrainingArrays | None) -> None:
    inputs, outputs = [spec.name for spec in source.inputs], [spec.name for spec in source.outputs]
    if training is None or set(training.targets) != set(outputs):
        wanted = [array_key("x", inputs, number, TRAINING) for number in range(len(inputs))]
        wanted += [array_key("y", outputs, number, TRAINING) for number in range(len(outputs))]
        raise InputError(
            "quantization-aware training needs training data", on=source.origin, expected=f"a data file with {' and '.join(wanted)}"
        )


@isolated(BYTES)
def _describe(source: SourceModel, data: Representative, work: Path, options: QatOptions) -> bytes:
    """Write model.json, weights.npz and data.npz for the child that trains; the result says nothing."""
    training = data.training_arrays
    assert training is not None
    model, _ = in_float32(load_keras_model(source.origin))
    work.mkdir(parents=True, exist_ok=True)
    layers = tuple(_layer(layer, reads, source) for layer, reads in zip(model.layers, _reads(model, source), strict=True))
    targets = [training.targets[spec.name] for spec in source.outputs]
    samples = [np.asarray(x[:_CHECKED_SAMPLES], np.float32) for x in training.inputs]
    with quiet():
        outputs = [np.asarray(array.numpy()) for array in call_flat(model, samples)]
    begun, ends = zip(source.inputs, model.inputs, strict=True), zip(source.outputs, model.outputs, targets, strict=True)
    inputs = tuple(qat_child.Input(spec.name, spec.shape, spec.dtype, _maker(tensor)) for spec, tensor in begun)
    ended = tuple(qat_child.Output(spec.name, _maker(tensor), _are_classes(target)) for spec, tensor, target in ends)
    request = qat_child.Request(layers, inputs, ended, options.epochs, options.batch_size, options.learning_rate, options.seed)
    (work / "model.json").write_text(request.to_json(), encoding="utf-8")
    weights = {f"{n}_{k}": np.asarray(w) for n, layer in enumerate(model.layers) for k, w in enumerate(layer.get_weights())}
    np.savez(work / "weights.npz", allow_pickle=False, **weights)
    arrays = {"x": [np.asarray(x, np.float32) for x in training.inputs], "y": targets, "samples": samples, "outputs": outputs}
    numbered = {f"{name}_{number}": array for name, several in arrays.items() for number, array in enumerate(several)}
    np.savez(work / "data.npz", allow_pickle=False, **numbered)
    return b""


def _maker(tensor: Any) -> str:
    """The Keras layer that `tensor` comes from."""
    name: str = tensor._keras_history.operation.name
    return name


def _are_classes(targets: npt.NDArray[Any]) -> bool:
    return bool(targets.dtype.kind in "iu" and targets.size == len(targets) and targets.min() >= 0)


def _reads(model: Any, source: SourceModel) -> list[list[str]]:
    """For each layer the names of those it reads; raises UnsupportedModelError for layers that are models or used several times."""
    found: list[list[str]] = []
    if type(model).__name__ == "Sequential":
        names = [_maker(model.inputs[0]), *(layer.name for layer in model.layers)]
        return [[names[number]] for number in range(len(model.layers))]
    for layer in model.layers:
        nodes = layer._inbound_nodes
        if hasattr(layer, "layers") or len(nodes) != 1:
            raise UnsupportedModelError(f"layer '{layer.name}' is a nested model, or used several times", on=source.origin)
        found.append([_maker(tensor) for tensor in nodes[0].input_tensors])
    return found


def _layer(layer: Any, reads: list[str], source: SourceModel) -> qat_child.Layer:
    """Class, settings and the layers it reads; raises UnsupportedModelError for what JSON cannot tell."""
    kind = type(layer).__name__
    try:
        plain = json.loads(json.dumps(layer.get_config()))
    except TypeError:
        raise UnsupportedModelError(f"layer '{layer.name}' ({kind}) has settings that are no plain values", on=source.origin) from None
    return qat_child.Layer(kind, layer.name, plain, tuple(reads))
