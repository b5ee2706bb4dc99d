"""The smallest and the largest value of every activation of a float .tflite over a representative set."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import DType, Model, parse_model
from mcu_toolkit.quantize.probes import observed
from mcu_toolkit.runners import LiteRtRunner

_CHUNK_SAMPLES = 16
"""How many samples are in memory at a time, each with every activation."""

Ranges = dict[str, tuple[float, float]]
"""(lowest, highest) by tensor name."""


def activation_ranges(model: Model, arrays: Sequence[npt.NDArray[Any]]) -> Ranges:
    """The ranges over `arrays`, one an input of `model`, each [samples, *shape].

    Raises UnsupportedModelError where two activations have one name, or one has values that are not finite.
    """
    graph = model.main
    tensors = [index for op in graph.ops for index in op.outputs if graph.tensors[index].dtype == DType.FLOAT32]
    names = [graph.tensors[index].name for index in (*graph.inputs, *tensors)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UnsupportedModelError(f"two tensors are called '{twice}'", on=model.name, expected="a name for each")
    found: Ranges = {}
    for index, array in zip(graph.inputs, arrays, strict=True):
        _widen(found, graph.tensors[index].name, array, model)
    probe = parse_model(observed(model.content, tensors), model.name)
    with closing(LiteRtRunner(probe, use_reference=True)) as runner:
        for start in range(0, len(arrays[0]), _CHUNK_SAMPLES):
            outputs = runner.run([array[start : start + _CHUNK_SAMPLES] for array in arrays]).outputs
            for index, output in zip(tensors, outputs, strict=True):
                _widen(found, graph.tensors[index].name, output, model)
    return found


def _widen(ranges: Ranges, name: str, values: npt.NDArray[Any], model: Model) -> None:
    if not np.isfinite(values).all():
        raise UnsupportedModelError(f"'{name}' is not finite for some of the samples", on=model.name, expected="finite numbers")
    lowest, highest = ranges.get(name, (np.inf, -np.inf))
    ranges[name] = min(lowest, float(values.min())), max(highest, float(values.max()))
