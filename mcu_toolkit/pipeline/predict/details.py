"""`--details`: what introductions print of an interpreter, `get_input_details()` and `get_output_details()`, read from the file."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.model import Model, Tensor
from mcu_toolkit.pipeline.predict.records import ModelDetails, TensorDetails
from mcu_toolkit.runners.keras_interface import KerasInterface, KerasPort
from mcu_toolkit.runners.samples import numpy_dtype
from mcu_toolkit.terminal_text import visible_line

_SHOWN_SCALES = 8


def details_of(model: Model) -> ModelDetails:
    """Of a .tflite, of any kind."""
    return ModelDetails(tuple(map(_details, model.inputs)), tuple(map(_details, model.outputs)))


def details_of_keras(interface: KerasInterface) -> ModelDetails:
    """Of a Keras model: an index is a place among its inputs or outputs, -1 marks an open dimension, and nothing is quantized."""
    return ModelDetails(
        tuple(_port_details(number, port) for number, port in enumerate(interface.inputs)),
        tuple(_port_details(number, port) for number, port in enumerate(interface.outputs)),
    )


def detail_lines(details: ModelDetails) -> list[str]:
    """For people, a few lines a tensor."""
    lines = []
    for word, tensors in (("input", details.inputs), ("output", details.outputs)):
        for number, one in enumerate(tensors):
            lines.append(f"{word} {number}: {visible_line(one.name)}")
            lines.append(f"  index {one.index}, {one.dtype}, shape {list(one.shape)}, shape signature {list(one.shape_signature)}")
            lines.append(f"  {_quantization(one)}")
    return lines


def _quantization(one: TensorDetails) -> str:
    if not one.scales:
        return "not quantized"
    if len(one.scales) == 1:
        return f"scale {one.scale:.9g}, zero point {one.zero_point}"
    scales, zero_points = _few(one.scales, "{:.6g}"), _few(one.zero_points, "{}")
    return f"{len(one.scales):,} scales along dimension {one.quantized_dimension}: {scales}; zero points {zero_points}"


def _few(values: Sequence[float], form: str) -> str:
    return ", ".join(form.format(value) for value in values[:_SHOWN_SCALES]) + (", ..." if len(values) > _SHOWN_SCALES else "")


def _port_details(index: int, port: KerasPort) -> TensorDetails:
    return TensorDetails(
        name=port.name,
        index=index,
        shape=tuple(size or 1 for size in port.shape),
        shape_signature=tuple(-1 if size is None else size for size in port.shape),
        dtype=port.dtype,
        scale=0.0,
        zero_point=0,
        scales=(),
        zero_points=(),
        quantized_dimension=0,
    )


def _details(tensor: Tensor) -> TensorDetails:
    found = tensor.quantization
    single = found is not None and not found.per_channel
    return TensorDetails(
        name=tensor.name,
        index=tensor.index,
        shape=tensor.shape,
        shape_signature=tensor.shape if tensor.shape_signature is None else tensor.shape_signature,
        dtype=numpy_dtype(tensor).name,
        scale=found.scale if found is not None and single else 0.0,
        zero_point=found.zero_point if found is not None and single else 0,
        scales=() if found is None else found.scales,
        zero_points=() if found is None else found.zero_points,
        quantized_dimension=0 if found is None else found.axis,
    )
