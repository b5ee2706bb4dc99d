"""A model's preprocessing as C beside the model: `<name>_preprocess.h`, byte for byte what `Preprocessing.apply` and quantizing give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mcu_toolkit.artifacts.banner import banner_lines
from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.firmware.render import render_text
from mcu_toolkit.model import DType, Model, Tensor
from mcu_toolkit.system.sinks import c_string

_C_TYPES = {DType.INT8: "int8_t", DType.UINT8: "uint8_t", DType.INT16: "int16_t", DType.FLOAT32: "float"}


def preprocess_headers(models: Sequence[Model], names: Sequence[str]) -> Mapping[str, str]:
    """The header's text by file name, for each of `models` that says how its input is made; `names`: what each is called in C."""
    found: dict[str, str] = {}
    for model, name in zip(models, names, strict=True):
        preprocessing = contract_of_model(model).preprocessing
        if preprocessing is not None and len(model.inputs) == 1 and _can_be_written(model.inputs[0]):
            context = {**_context(name, preprocessing, model.inputs[0]), "banner": banner_lines((model,))}
            found[f"{name}_preprocess.h"] = render_text("common/preprocess.h.j2", context)
    return found


def _can_be_written(tensor: Tensor) -> bool:
    quantized = tensor.quantization is not None and not tensor.quantization.per_channel and tensor.quantization.scale > 0
    return tensor.dtype == DType.FLOAT32 or (tensor.dtype in _C_TYPES and quantized)


def _context(name: str, preprocessing: Preprocessing, tensor: Tensor) -> dict[str, Any]:
    shape = tensor.shape[1:] if len(tensor.shape) > 1 and tensor.shape[0] == 1 else tensor.shape
    preprocessing.check_shape(shape, name)
    first = preprocessing.layout == "chw"
    channels = shape[0 if first else -1] if shape else 1
    quantization = tensor.quantization
    limits = np.iinfo(tensor.dtype.numpy) if tensor.dtype != DType.FLOAT32 else None
    return {
        "guard": f"{name.upper()}_PREPROCESS_H",
        "name": name,
        "elements": math.prod(shape),
        "positions": math.prod(shape) // channels,
        "channels": channels,
        "first": first,
        "raw_first": (preprocessing.raw_layout or preprocessing.layout) == "chw",
        "order": preprocessing.channel_source,
        "raw_type": "float" if preprocessing.raw_dtype == "float32" else f"{preprocessing.raw_dtype}_t",
        "input_type": _C_TYPES[tensor.dtype],
        "means": [_literal(value) for value in preprocessing.mean],
        "scales": [_literal(value) for value in preprocessing.scale],
        "input_scale": "1.0f" if quantization is None else _literal(quantization.scale),
        "zero_point": 0 if quantization is None else quantization.zero_point,
        "minimum": 0 if limits is None else int(limits.min),
        "maximum": 0 if limits is None else int(limits.max),
        "labels": [c_string(label) for label in preprocessing.labels],
        "raw_text": _described("Raw", preprocessing.raw_shape(shape), preprocessing.raw_channel_order or preprocessing.channel_order),
        "input_text": _described("Input", shape, preprocessing.channel_order),
    }


def _literal(value: float) -> str:
    """A C literal of the float32: nine digits name it exactly."""
    text = f"{np.float32(value):.9g}"
    return f"{text}f" if any(letter in text for letter in ".e") else f"{text}.0f"


def _described(what: str, shape: tuple[int, ...], order: str) -> str:
    letters = "".join(letter for letter in order if letter.isalnum() and letter.isascii())
    return f"{what}: {' x '.join(map(str, shape)) or 'one value'}{f', channels {letters}' if letters else ''}."
