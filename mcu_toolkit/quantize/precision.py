"""Keras models whose layers compute in another precision than float32: built again in float32, the only one that the converter takes.

TensorFlow Lite has no float16, bfloat16 or float64 versions of most operators, so `mixed_float16` and its kin, made for
training on GPUs, would be refused.  The weights of the mixed policies are float32 anyway; those of the others are cast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mcu_toolkit.tensorflow_loader import quiet

_OTHERS = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64", "half", "double")
_POLICIES = ("DTypePolicy", "Policy")


def in_float32(model: Any) -> tuple[Any, tuple[str, ...]]:
    """(the model in float32, the policies that it had instead); the model itself and nothing where all of it is float32."""
    found: list[str] = []
    with quiet():
        config = _in_float32(model.get_config(), found)
        if not found:
            return model, ()
        twin = type(model).from_config(config)
        if not twin.built and model.built:
            twin.build(model.input_shape)
        twin.set_weights([_cast(weights) for weights in model.get_weights()])
    return twin, tuple(dict.fromkeys(found))


def _cast(weights: Any) -> Any:
    array = np.asarray(weights)
    return array.astype(np.float32) if array.dtype.kind in "fV" or array.dtype.name == "bfloat16" else array


def _in_float32(value: Any, found: list[str]) -> Any:
    """A layer's settings with float32 in place of other precisions, whose names go into `found`; models within models too."""
    if isinstance(value, Mapping):
        inner = value.get("config")
        if value.get("class_name") in _POLICIES and isinstance(inner, Mapping) and inner.get("name") in _OTHERS:
            found.append(inner["name"])
            return {**value, "config": {**inner, "name": "float32"}}
        return {key: _setting(key, one, found) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_in_float32(one, found) for one in value)
    return value


def _setting(key: Any, value: Any, found: list[str]) -> Any:
    if key in ("dtype", "dtype_policy") and isinstance(value, str) and value in _OTHERS:
        found.append(value)
        return "float32"
    return _in_float32(value, found)
