"""Quantization-aware training: the weights learn to live with 8 bits, in a child process with Keras 2.

TensorFlow's tool for it (tfmot 0.8.1) knows Keras 2 only, which must be chosen before TensorFlow is imported.  So the
model is described layer by layer, built again by `qat_child.py` with the same weights, proven to compute the same,
trained on with rounding in it, and comes back as a SavedModel that holds the ranges it learned.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mcu_toolkit.errors import InputError, ToolError, UnsupportedModelError
from mcu_toolkit.process import run
from mcu_toolkit.quantize.representative import Representative
from mcu_toolkit.quantize.source import InputSpec, SourceModel, is_keras_file
from mcu_toolkit.runners.isolated import BYTES, isolated
from mcu_toolkit.sandbox import confined, environment
from mcu_toolkit.tensorflow_loader import load_keras_model, quiet

EXTRA = "qat"
_PACKAGES = ("tensorflow_model_optimization", "tf_keras")
_CHILD = Path(__file__).with_name("qat_child.py")
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
    _require_packages()
    if data.training is None or data.training.targets is None:
        raise InputError(
            "quantization-aware training needs training data", on=source.origin, expected="a data file with x_train and y_train"
        )
    if not is_keras_file(source.origin):
        raise UnsupportedModelError("is no Keras file", on=source.origin, expected="a .keras or .h5 file: --qat builds the layers anew")
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
    inputs = (InputSpec(source.inputs[0].name, source.inputs[0].shape, source.inputs[0].dtype),)
    return SourceModel(source.origin, work / "trained", inputs, source.layers)


def _require_packages() -> None:
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ToolError(
            f"quantization-aware training needs packages that are not installed: {', '.join(missing)}",
            expected=f"the extra '{EXTRA}'",
            hint=f"pip install 'mcu-toolkit[{EXTRA}]'",
        )


@isolated(BYTES)
def _describe(source: SourceModel, data: Representative, work: Path, options: QatOptions) -> bytes:
    """Write model.json, weights.npz and data.npz for the child that trains; the result says nothing."""
    assert data.training is not None
    assert data.training.targets is not None
    model = load_keras_model(source.origin)
    work.mkdir(parents=True, exist_ok=True)
    layers = [_layer(layer, reads, source) for layer, reads in zip(model.layers, _reads(model, source), strict=True)]
    x, labels, targets = data.training.x, data.training.labels, data.training.targets
    samples = np.asarray(x[:_CHECKED_SAMPLES], np.float32)
    with quiet():
        outputs = np.asarray(model(samples, training=False).numpy())
    input_names = [tensor._keras_history.operation.name for tensor in model.inputs]
    output_names = [tensor._keras_history.operation.name for tensor in model.outputs]
    text = {"layers": layers, "inputs": input_names, "outputs": output_names, "input": asdict(source.inputs[0]), **asdict(options)}
    text["classifies"] = labels is not None
    (work / "model.json").write_text(json.dumps(text), encoding="utf-8")
    weights = {f"{n}_{k}": np.asarray(w) for n, layer in enumerate(model.layers) for k, w in enumerate(layer.get_weights())}
    np.savez(work / "weights.npz", allow_pickle=False, **weights)
    np.savez(work / "data.npz", allow_pickle=False, x=np.asarray(x, np.float32), y=targets, samples=samples, outputs=outputs)
    return b""


def _reads(model: Any, source: SourceModel) -> list[list[str]]:
    """For each layer the names of those it reads; raises UnsupportedModelError for layers that are models or used several times."""
    found: list[list[str]] = []
    if type(model).__name__ == "Sequential":
        names = [model.inputs[0]._keras_history.operation.name, *(layer.name for layer in model.layers)]
        return [[names[number]] for number in range(len(model.layers))]
    for layer in model.layers:
        nodes = layer._inbound_nodes
        if hasattr(layer, "layers") or len(nodes) != 1:
            raise UnsupportedModelError(f"layer '{layer.name}' is a model of its own, or used several times", on=source.origin)
        found.append([tensor._keras_history.operation.name for tensor in nodes[0].input_tensors])
    return found


def _layer(layer: Any, reads: list[str], source: SourceModel) -> dict[str, Any]:
    """Class, settings and the layers it reads, JSON-ready; raises UnsupportedModelError for what cannot be told so."""
    kind = type(layer).__name__
    try:
        plain = json.loads(json.dumps(layer.get_config()))
    except TypeError:
        raise UnsupportedModelError(f"layer '{layer.name}' ({kind}) has settings that are no plain values", on=source.origin) from None
    return {"class": kind, "name": layer.name, "config": plain, "reads": reads}
