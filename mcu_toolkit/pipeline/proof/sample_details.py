"""Samples as a report shows them: errors, classes, and a few of the inputs as pictures or curves."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.proof.graph_details import histogram_of
from mcu_toolkit.report.details import MAX_PREDICTIONS, MAX_SAMPLES, MAX_SAMPLES_CHARACTERS, ErrorDetail, Predictions, SampleDetail
from mcu_toolkit.runners import roles
from mcu_toolkit.validate import classes, dequantize, quantize_outputs

_MAX_SIDE = 96
"""Pixels of a stored picture: larger ones are made smaller."""
_MIN_SIDE = 4
_MAX_VALUES = 400
"""Of a curve: of longer ones every n-th value is kept."""
_VALUE_CHARACTERS = 10
"""Of a value in JSON, about."""
_AUDIO_VALUES = 1000
"""Inputs of one dimension that are this long are sound, as far as is known of them."""


def error_details(results: Mapping[str, RunResult], golden: str, model: Model) -> tuple[ErrorDetail, ...]:
    """How the first output of each runner differs from the golden runner's; runners without a difference are left out."""
    found = []
    reference = results[golden].outputs[0]
    for name, result in results.items():
        values = (quantize_outputs(result, model) if name == roles.FLOAT else result).outputs[0]
        if name == golden or values.shape != reference.shape or np.array_equal(values, reference):
            continue
        real = reference.dtype.kind == "f"
        difference = values.astype(np.float64) - reference.astype(np.float64)
        histogram = histogram_of(difference if real else difference.astype(np.int64))
        if histogram is not None:
            found.append(ErrorDetail(name, "real" if real else "LSB", histogram))
    return tuple(found)


def predictions_of(results: Mapping[str, RunResult], model: Model, vectors: Vectors) -> Predictions | None:
    """The classes by runner, of the first `MAX_PREDICTIONS` samples; None where the model is no classifier."""
    if len(model.outputs) != 1 or model.outputs[0].elements < 2:
        return None
    count = min(len(vectors), MAX_PREDICTIONS)
    found = {
        name: tuple(int(one) for one in classes(_real(result, model)[:count]))
        for name in roles.nearest_to_the_board()
        if (result := results.get(name)) is not None and len(result.outputs[0]) >= count
    }
    labels = () if vectors.labels is None else tuple(int(one) for one in vectors.labels[:count])
    return Predictions(_hash(vectors.head(count)), count, labels, found)


def sample_details(vectors: Vectors, predictions: Predictions | None, model: Model) -> tuple[SampleDetail, ...]:
    """At most `MAX_SAMPLES`: the wrong ones first, then right ones from all over the set; none of random inputs."""
    if vectors.source.startswith("random(") or not len(vectors) or len(vectors.inputs) != 1:
        return ()
    values = vectors.inputs[0]
    tensor = model.inputs[0]
    chosen = _chosen(predictions, len(vectors))
    real = values[chosen] if values.dtype.kind == "f" else dequantize(values[chosen], tensor)
    finite = np.nan_to_num(real.astype(np.float64), posinf=0.0, neginf=0.0)
    image = _as_images(finite, tensor.shape)
    if image is not None:
        return _within_room([SampleDetail(int(place), "image", _png(one), ()) for place, one in zip(chosen, image, strict=True)])
    flat = finite.reshape(len(chosen), -1)
    kind = "audio" if flat.shape[1] >= _AUDIO_VALUES else "values"
    every = -(-flat.shape[1] // _MAX_VALUES)
    curves = [tuple(round(float(value), 6) for value in one[::every]) for one in flat]
    if flat.shape[1] < _MIN_SIDE:  # a number or three are no curve
        return ()
    return _within_room([SampleDetail(int(place), kind, "", curve) for place, curve in zip(chosen, curves, strict=True)])  # type: ignore[arg-type]


def _within_room(samples: Sequence[SampleDetail]) -> tuple[SampleDetail, ...]:
    """Every n-th of `samples`, so that together they are no longer than a result may hold: wrong and right ones stay in their shares."""
    characters = sum(len(one.png) + _VALUE_CHARACTERS * len(one.values) for one in samples)
    return tuple(samples[:: max(1, -(-characters // MAX_SAMPLES_CHARACTERS))])


def _real(result: RunResult, model: Model) -> npt.NDArray[Any]:
    output = result.outputs[0]
    return output if result.runner == roles.FLOAT or output.dtype.kind == "f" else dequantize(output, model.outputs[0])


def _hash(vectors: Vectors) -> str:
    whole = hashlib.sha256()
    for array in vectors.inputs:
        whole.update(f"{array.dtype.str}{array.shape}".encode())
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()


def _chosen(predictions: Predictions | None, count: int) -> list[int]:
    wrong: Sequence[int] = ()
    if predictions is not None and predictions.labels and predictions.classes:
        nearest = next(iter(predictions.classes.values()))
        wrong = [place for place, (a, b) in enumerate(zip(nearest, predictions.labels, strict=True)) if a != b]
    few = list(wrong[: MAX_SAMPLES - MAX_SAMPLES // 3])
    rest = [place for place in range(count) if place not in set(wrong)]
    room = MAX_SAMPLES - len(few)
    step = max(1, len(rest) // max(1, room))
    return few + rest[::step][:room]


def _as_images(values: npt.NDArray[np.float64], shape: Sequence[int]) -> npt.NDArray[np.uint8] | None:
    """[samples, height, width] or [samples, height, width, 3] of bytes over the range of all of them; None for what is no image."""
    inner = list(shape[1:])
    if len(inner) == 3 and inner[2] == 1:
        inner = inner[:2]
    if len(inner) not in (2, 3) or min(inner[:2]) < _MIN_SIDE or (len(inner) == 3 and inner[2] != 3):
        return None
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255.0 / (high - low) if high > low else 0.0)
    images: npt.NDArray[np.uint8] = scaled.round().astype(np.uint8).reshape(len(values), *inner)
    return images


def _png(pixels: npt.NDArray[np.uint8]) -> str:
    from PIL import Image  # noqa: PLC0415 - only results with pictures need it

    picture = Image.fromarray(pixels)
    if max(picture.size) > _MAX_SIDE:
        picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
    stream = io.BytesIO()
    picture.save(stream, format="PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode("ascii")
