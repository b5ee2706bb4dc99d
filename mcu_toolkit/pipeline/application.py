"""What `--app` embeds: labels and samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import EXAMPLES, Application
from mcu_toolkit.firmware.application import MOTION, SOUND
from mcu_toolkit.firmware.listener import DEFAULT_MICROPHONE, Microphone, can_feel, can_listen
from mcu_toolkit.model import Model, Tensor
from mcu_toolkit.pipeline.inspection.label_check import label_files, label_lines
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.validate import inputs_for, load_vectors

_SAMPLES = 3
_SAMPLES_BYTES_MAX = 16 * 1024

# Three digits as people draw them, 8x8 as in the task `digits`: # is black, + is grey.
_DIGITS = (
    ("..+##+..", ".+#..#+.", ".#+..+#.", ".#....#.", ".#....#.", ".#+..+#.", ".+#..#+.", "..+##+.."),
    ("...+#...", "..+##...", ".+###...", "...##...", "...##...", "...##...", "...##...", "...##+.."),
    (".#####+.", ".....+#.", ".....##.", "..+###..", "..+###..", ".....##.", ".+...##.", ".+####.."),
)
_INK = {".": 0.0, "+": 0.5, "#": 1.0}


@dataclass(frozen=True)
class ApplicationRequest:
    """What the options of `--app` say."""

    example: str = ""
    """Empty: the one that listens or feels where every model can, else the first one."""
    labels: Path | None = None
    data: Path | None = None
    replace: bool = False
    microphone: Microphone = DEFAULT_MICROPHONE


def application_for(models: Sequence[Model], request: ApplicationRequest) -> Application:
    """The application asked for; raises InputError where labels or data do not fit the first model."""
    example = request.example or (SOUND if can_listen(models) else MOTION if can_feel(models) else EXAMPLES[0])
    if example == MOTION and request.microphone != DEFAULT_MICROPHONE:
        raise InputError("options of a microphone with an application that feels motion", on=models[0].name, expected="none of them")
    samples = samples_for(models[0], request.data) if example == EXAMPLES[0] else ()
    return Application(example, labels_for(models[0], request.labels), samples, request.replace, request.microphone)


def labels_for(model: Model, path: Path | None) -> tuple[str, ...]:
    """The names of the classes: one per line in `path`, else from the model's own metadata; empty if there are none.

    Raises InputError if there are not as many as the first output has elements.
    """
    if path is None:
        return _labels_in_metadata(model)
    text = read_bytes(path, kind="file of labels")
    try:
        labels = label_lines(text)
    except UnicodeDecodeError:
        raise InputError("is not text", on=path, expected="UTF-8, one label per line") from None
    if not _fit(labels, model):
        elements = model.outputs[0].elements if model.outputs else 0
        raise InputError(f"holds {len(labels)} labels", on=path, expected=f"{elements}, one per line: the model's output has as many")
    return labels


def samples_for(model: Model, data: Path | None) -> tuple[bytes, ...]:
    """The first samples of `data`, as the model stores them; without data digits that we drew, or a ramp."""
    if data is not None:
        vectors = load_vectors(data, model)
        bytes_each = max(1, sum(tensor.size_bytes for tensor in model.inputs))
        return _stored(model, vectors.head(max(1, min(_SAMPLES, len(vectors), _SAMPLES_BYTES_MAX // bytes_each))))
    if len(model.inputs) == 1 and model.inputs[0].shape == (1, 8, 8, 1):
        drawn = np.array([[[_INK[dot] for dot in row] for row in digit] for digit in _DIGITS], np.float32)
        return _stored(model, Vectors((drawn[..., np.newaxis],), source="drawn digits"))
    return (b"".join(_ramp(tensor) for tensor in model.inputs),)


def _stored(model: Model, vectors: Vectors) -> tuple[bytes, ...]:
    arrays = inputs_for(model, vectors)
    return tuple(b"".join(np.ascontiguousarray(array[number]).tobytes() for array in arrays) for number in range(len(vectors)))


def _ramp(tensor: Tensor) -> bytes:
    """Every element a little larger than the last one, over the whole range of the type; floats from -1 to 1."""
    dtype = tensor.dtype.numpy
    if dtype.kind == "f":
        return np.linspace(-1.0, 1.0, tensor.elements).astype(dtype).tobytes()
    if (dtype.kind == "i" and dtype.itemsize <= 2) or dtype.kind == "u":
        limits = np.iinfo(dtype)
        return np.linspace(limits.min, limits.max, tensor.elements).astype(dtype).tobytes()
    return np.zeros(tensor.elements, dtype).tobytes()  # indices and masks: 0 is always one


def _labels_in_metadata(model: Model) -> tuple[str, ...]:
    return next((labels for labels in label_files(model).values() if _fit(labels, model)), ())


def _fit(labels: Sequence[str], model: Model) -> bool:
    return bool(model.outputs) and len(labels) == model.outputs[0].elements
