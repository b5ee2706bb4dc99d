"""A model's preprocessing as C beside the model: `<name>_preprocess.h`, byte for byte what `Preprocessing.apply` and quantizing give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mcu_toolkit.artifacts.banner import Banner
from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.firmware.feature_scale import FixedPoint, fixed_point
from mcu_toolkit.firmware.model_frontends import ModelFrontend, model_frontends
from mcu_toolkit.firmware.render import render_text
from mcu_toolkit.model import DType, Model, Tensor
from mcu_toolkit.system.sinks import c_string

C_TYPES = {DType.INT8: "int8_t", DType.UINT8: "uint8_t", DType.INT16: "int16_t", DType.FLOAT32: "float"}
"""Of a model's input; other types have no preprocessing in C."""


@dataclass(frozen=True)
class _Context:
    """Variables of common/preprocess.h.j2 beside the banner."""

    guard: str
    name: str
    elements: int
    positions: int
    """Elements of one channel."""
    channels: int
    first: bool
    """Whether the channels come first in the model's input."""
    raw_first: bool
    """Whether they do in the raw data."""
    order: tuple[int, ...]
    """For each channel of the model that of the raw data; empty where the order is the same."""
    raw_type: str
    input_type: str
    means: tuple[str, ...]
    scales: tuple[str, ...]
    input_scale: str
    zero_point: int
    minimum: int
    maximum: int
    labels: tuple[str, ...]
    raw_text: str
    input_text: str
    frontend: str
    """What the model's front end is called; empty where it has none."""
    features: int
    """Features of a frame."""
    frames: int
    """That one inference takes."""
    fixed: FixedPoint | None
    """How features become stored integers without floating point."""


def preprocess_headers(models: Sequence[Model], names: Sequence[str]) -> Mapping[str, str]:
    """The header's text by file name, for each of `models` that says how its input is made; `names`: what each is called in C."""
    found: dict[str, str] = {}
    frontends = model_frontends(models, names)
    for model, name in zip(models, names, strict=True):
        frontend = frontends.get(name)
        preprocessing = contract_of_model(model).preprocessing if frontend is None else frontend.takes.preprocessing
        if preprocessing is not None and len(model.inputs) == 1 and _can_be_written(model.inputs[0]):
            context = _context(name, preprocessing, model.inputs[0], frontend)
            found[f"{name}_preprocess.h"] = render_text("common/preprocess.h.j2", context, Banner.of((model,)))
    return found


def _can_be_written(tensor: Tensor) -> bool:
    quantized = tensor.quantization is not None and not tensor.quantization.per_channel and tensor.quantization.scale > 0
    return tensor.dtype == DType.FLOAT32 or (tensor.dtype in C_TYPES and quantized)


def _context(name: str, preprocessing: Preprocessing, tensor: Tensor, frontend: ModelFrontend | None) -> _Context:
    shape = tensor.shape[1:] if len(tensor.shape) > 1 and tensor.shape[0] == 1 else tensor.shape
    preprocessing.check_shape(shape, name)
    first = preprocessing.layout == "chw"
    channels = shape[0 if first else -1] if shape else 1
    quantization = tensor.quantization
    limits = np.iinfo(tensor.dtype.numpy) if tensor.dtype != DType.FLOAT32 else None
    return _Context(
        guard=f"{name.upper()}_PREPROCESS_H",
        name=name,
        elements=math.prod(shape),
        positions=math.prod(shape) // channels,
        channels=channels,
        first=first,
        raw_first=(preprocessing.raw_layout or preprocessing.layout) == "chw",
        order=preprocessing.channel_source,
        raw_type="float" if preprocessing.raw_dtype == "float32" else f"{preprocessing.raw_dtype}_t",
        input_type=C_TYPES[tensor.dtype],
        means=tuple(float_literal(value) for value in preprocessing.mean),
        scales=tuple(float_literal(value) for value in preprocessing.scale),
        input_scale="1.0f" if quantization is None else float_literal(quantization.scale),
        zero_point=0 if quantization is None else quantization.zero_point,
        minimum=0 if limits is None else int(limits.min),
        maximum=0 if limits is None else int(limits.max),
        labels=tuple(c_string(label) for label in preprocessing.labels),
        raw_text=_described("Raw", preprocessing.raw_shape(shape), preprocessing.raw_channel_order or preprocessing.channel_order),
        input_text=_described("Input", shape, preprocessing.channel_order),
        frontend="" if frontend is None else frontend.name,
        features=0 if frontend is None else frontend.takes.frontend.features,
        frames=0 if frontend is None else frontend.takes.frames,
        fixed=None if frontend is None else fixed_point(preprocessing, tensor),
    )


def float_literal(value: float) -> str:
    """A C literal of the float32: nine digits name it exactly."""
    text = f"{np.float32(value):.9g}"
    return f"{text}f" if any(letter in text for letter in ".e") else f"{text}.0f"


def _described(what: str, shape: tuple[int, ...], order: str) -> str:
    letters = "".join(letter for letter in order if letter.isalnum() and letter.isascii())
    return f"{what}: {' x '.join(map(str, shape)) or 'one value'}{f', channels {letters}' if letters else ''}."
