"""The loss of each layer: what it adds to the error, and what that does to the model's output.

An integer layer gets its inputs, already inexact, from the layers before it.  What it adds itself is the difference
between its result and that of the float operator on the same (dequantized) inputs.  That difference alone, put into the
otherwise exact float model, moves the output: this is the layer's share of the loss, whatever comes before or after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import Graph, Model, Op, Tensor, parse_model
from mcu_toolkit.quantize.debugger.effects import Floats, OutputEffects, sample_shape
from mcu_toolkit.quantize.debugger.pairs import Pair, pair_operators
from mcu_toolkit.quantize.probes import observed, separated
from mcu_toolkit.runners import LiteRtRunner
from mcu_toolkit.system.records import INFINITE_IS_NULL

INPUT = "(input)"


@dataclass(frozen=True)
class LayerLoss:
    """One layer; the arrays it is computed from have the samples in front."""

    name: str
    operator: str
    sqnr_db: float = field(metadata=INFINITE_IS_NULL)
    """Of the layer's result against the float model's, errors of earlier layers included; the mean over channels, infinite where equal."""
    cosine: float
    saturation_share: float
    """Share of the results that were cut off at the end of the integer range."""
    cut_off_share: float
    """Part of `output_error` that those alone cause."""
    output_error: float
    """Mean squared error of the model's output that this layer alone causes."""
    weight_share: float
    """Part of `output_error` that its rounded weights alone cause; the rest is rounding and cutting off of its result."""
    per_tensor_weights: bool
    """One scale for weights that could have one for each channel."""
    op: int | None = None
    """Number of the float model's operator; None for the input."""


@dataclass(frozen=True)
class Losses:
    """Every layer's loss in execution order, and that of the whole model."""

    layers: tuple[LayerLoss, ...]
    output_error: float
    """Mean squared error of the integer model's output against the float model's."""
    output_sqnr_db: float
    """The same against the strength of the output."""


def measure_losses(float_model: Model, integer_model: Model, x: npt.NDArray[np.float32], place: Callable[[Graph, Op], str]) -> Losses:
    """The losses over the samples `x` [samples, *shape] of a model with one input; `place` words an operator of the float model."""
    pairs = pair_operators(float_model, integer_model)
    entry = integer_model.inputs[0]
    stored = _quantized(x, entry)
    seen = _integer_values(integer_model, pairs, stored)
    seen[entry.index] = _real(stored, entry)
    results = [pair.float_op.outputs[0] for pair in pairs]
    exact = _run(observed(float_model.content, results), [x])
    own = _own_results(float_model, pairs, seen, {})
    own_with_weights = _own_results(float_model, pairs, seen, _rounded_weights(float_model.main, integer_model.main, pairs))
    with OutputEffects(float_model, results, x) as effects:
        layers = [_input_loss(x.astype(np.float64), seen[entry.index], entry, effects)]
        for number, pair in enumerate(pairs):
            tensor = integer_model.main.tensors[pair.integer_op.outputs[0]]
            output_error = effects.of(number, seen[tensor.index] - own[number])
            layers.append(
                LayerLoss(
                    name=place(float_model.main, pair.float_op),
                    operator=pair.integer_op.name,
                    sqnr_db=sqnr_db(exact[number], seen[tensor.index]),
                    cosine=cosine(exact[number], seen[tensor.index]),
                    saturation_share=_saturation(own[number], tensor),
                    cut_off_share=_share(effects.of(number, _cut(own[number], tensor)), output_error),
                    output_error=output_error,
                    weight_share=_share(effects.of(number, own_with_weights[number] - own[number]), output_error),
                    per_tensor_weights=_per_tensor(integer_model.main, pair),
                    op=pair.float_op.index,
                )
            )
    whole = _run(integer_model.content, [stored], [integer_model.outputs[0]])[0]
    exact_output = _run(float_model.content, [x])[0]
    return Losses(tuple(layers), float(np.mean((whole - exact_output) ** 2)), sqnr_db(exact_output.ravel(), whole.ravel()))


def sqnr_db(exact: Floats, found: Floats) -> float:
    """Signal to quantization noise in decibels, the mean over channels (the last dimension) that carry a signal."""
    axes = tuple(range(exact.ndim - 1)) if exact.ndim > 1 else None
    signal, noise = np.mean(exact**2, axis=axes), np.mean((exact - found) ** 2, axis=axes)
    noisy = np.atleast_1d(noise)[np.atleast_1d(signal) > 0], np.atleast_1d(signal)[np.atleast_1d(signal) > 0]
    if not noisy[0].size or not noisy[0].any():
        return float("inf")
    with np.errstate(divide="ignore"):
        values = 10 * np.log10(noisy[1] / np.maximum(noisy[0], noisy[1] * 1e-12))
    return float(values.mean())


def cosine(exact: Floats, found: Floats) -> float:
    """Of the angle between both, as one vector; 1 where both are equal."""
    norms = float(np.linalg.norm(exact) * np.linalg.norm(found))
    return 1.0 if np.array_equal(exact, found) else 0.0 if norms == 0 else float(np.sum(exact * found) / norms)


def _integer_values(model: Model, pairs: Sequence[Pair], stored: npt.NDArray[np.generic]) -> dict[int, Floats]:
    """What every tensor that a paired operator reads or writes holds, as real values, by tensor."""
    graph = model.main
    produced = {index for op in graph.ops for index in op.outputs}
    wanted = {index for pair in pairs for index in (*pair.integer_op.inputs, *pair.integer_op.outputs) if index in produced}
    tensors = [graph.tensors[index] for index in sorted(wanted)]
    values = _run(observed(model.content, [tensor.index for tensor in tensors]), [stored], tensors)
    return {tensor.index: array for tensor, array in zip(tensors, values, strict=True)}


def _own_results(
    model: Model, pairs: Sequence[Pair], seen: Mapping[int, Floats], constants: Mapping[int, npt.NDArray[np.float32]]
) -> list[Floats]:
    """What the float operators make of the values that the integer ones read."""
    graph = model.main
    probe = separated(model.content, graph, [pair.float_op.index for pair in pairs], constants)
    feeds = [
        seen[pair.integer_op.inputs[position]]
        for pair in pairs
        for position, tensor in enumerate(pair.float_op.inputs)
        if tensor >= 0 and not graph.tensors[tensor].is_constant
    ]
    return _run(probe, feeds)


def _rounded_weights(float_graph: Graph, integer_graph: Graph, pairs: Sequence[Pair]) -> dict[int, npt.NDArray[np.float32]]:
    """The integer model's weights as real values, by the float model's tensor."""
    found = {}
    for pair in pairs:
        for left, right in zip(pair.float_op.inputs, pair.integer_op.inputs, strict=False):
            if left < 0 or right < 0:
                continue
            exact, rounded = float_graph.tensors[left], integer_graph.tensors[right]
            if exact.data is not None and rounded.data is not None and exact.shape == rounded.shape and rounded.quantization is not None:
                found[left] = _real(rounded.data, rounded).astype(np.float32)
    return found


def _per_tensor(graph: Graph, pair: Pair) -> bool:
    weights = [graph.tensors[index] for index in pair.integer_op.inputs[1:2] if index >= 0]
    return any(t.is_constant and len(t.shape) > 1 and t.quantization is not None and not t.quantization.per_channel for t in weights)


def _input_loss(x: Floats, rounded: Floats, tensor: Tensor, effects: OutputEffects) -> LayerLoss:
    exact = x.reshape(rounded.shape)
    output_error = effects.of_input(rounded)
    return LayerLoss(
        name=INPUT,
        operator="QUANTIZE",
        sqnr_db=sqnr_db(exact, rounded),
        cosine=cosine(exact, rounded),
        saturation_share=_saturation(exact, tensor),
        cut_off_share=_share(effects.of_input(np.clip(exact, *_limits(tensor))), output_error),
        output_error=output_error,
        weight_share=0.0,
        per_tensor_weights=False,
    )


def _saturation(exact: Floats, tensor: Tensor) -> float:
    """Share of values that are more than a step outside of what the tensor can hold."""
    lowest, highest = _limits(tensor)
    step = 0.0 if tensor.quantization is None else tensor.quantization.scale
    return float(np.mean((exact < lowest - step) | (exact > highest + step)))


def _cut(exact: Floats, tensor: Tensor) -> Floats:
    """The part of the error that comes from values beyond what the tensor can hold."""
    return np.clip(exact, *_limits(tensor)) - exact


def _share(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole > 0 else 0.0


def _limits(tensor: Tensor) -> tuple[float, float]:
    """The real values that the tensor can hold."""
    if tensor.quantization is None or tensor.dtype.numpy.kind not in "iu":
        return -np.inf, np.inf
    limits, scale, zero_point = np.iinfo(tensor.dtype.numpy), tensor.quantization.scale, tensor.quantization.zero_point
    return (int(limits.min) - zero_point) * scale, (int(limits.max) - zero_point) * scale


def _run(content: bytes, inputs: Sequence[npt.NDArray[np.generic]], tensors: Sequence[Tensor] = ()) -> list[Floats]:
    """The outputs of the model in `content`; dequantized as `tensors` say, where given."""
    model = parse_model(content, "probe")
    with closing(LiteRtRunner(model, use_reference=True)) as runner:
        shaped = [np.asarray(a, t.dtype.numpy).reshape(len(a), *sample_shape(t)) for a, t in zip(inputs, model.inputs, strict=True)]
        outputs = runner.run(shaped).outputs
    return [_real(array, tensor) for array, tensor in zip(outputs, tensors or model.outputs, strict=True)]


def _quantized(x: npt.NDArray[np.float32], tensor: Tensor) -> npt.NDArray[np.generic]:
    if tensor.quantization is None or tensor.dtype.numpy.kind == "f":
        return x
    limits = np.iinfo(tensor.dtype.numpy)
    quotient = (x / np.float32(tensor.quantization.scale)).astype(np.float64)
    rounded = np.trunc(quotient + np.copysign(0.5, quotient)) + tensor.quantization.zero_point
    stored: npt.NDArray[np.generic] = np.clip(rounded, limits.min, limits.max).astype(tensor.dtype.numpy)
    return stored


def _real(values: npt.NDArray[np.generic], tensor: Tensor) -> Floats:
    array = np.asarray(values, np.float64)
    quantization = tensor.quantization
    if quantization is None or not quantization.scales or values.dtype.kind == "f":
        return array
    scales, zero_points = np.asarray(quantization.scales, np.float64), np.asarray(quantization.zero_points, np.float64)
    if quantization.per_channel:
        shape = [1] * array.ndim
        shape[quantization.axis] = -1
        scales, zero_points = scales.reshape(shape), zero_points.reshape(shape)
    real: Floats = (array - zero_points) * scales
    return real
