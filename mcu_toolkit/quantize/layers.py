"""Layers as the user names them, and the operators of a .tflite file that they became.

A converter joins layers (a convolution, its normalisation, its ReLU) into one operator, whose result is called after
all of them: `net/relu/Relu;net/norm/add;net/conv/Conv2D`.  So an operator has several names, any of which serves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.model import Graph, Op
from mcu_toolkit.quantize.source import SourceModel

FLOAT = "float32"
LAYER_SCHEMES = (FLOAT, "int8", "int16x8")
_MODEL_OUTPUT = re.compile(r"(Stateful)?PartitionedCall(_\d+)?(:\d+)?$")
"""What TensorFlow's converter calls the model's outputs; that says nothing about the layer."""


@dataclass(frozen=True)
class LayerScheme:
    """What the user asks for about one layer; `scheme` is one of `LAYER_SCHEMES`."""

    layer: str
    scheme: str

    def __str__(self) -> str:
        return f"{self.layer}={self.scheme}"


def parse_layer_schemes(keep_float: Iterable[str], given: Iterable[str]) -> tuple[LayerScheme, ...]:
    """Layers to be kept in float, and `LAYER=SCHEME` texts; raises InputError for another form or a layer given twice."""
    found = [LayerScheme(layer, FLOAT) for layer in keep_float]
    for text in given:
        layer, separator, scheme = text.rpartition("=")
        if not separator or not layer:
            raise InputError(f"--layer-scheme {text}", expected=f"LAYER=SCHEME, with a scheme of {', '.join(LAYER_SCHEMES)}")
        if scheme not in LAYER_SCHEMES:
            raise UnknownNameError("scheme of a layer", scheme, LAYER_SCHEMES)
        found.append(LayerScheme(layer, scheme))
    layers = [one.layer for one in found]
    for layer in layers:
        if layers.count(layer) > 1:
            raise InputError(f"the layer '{layer}' is given twice", expected="one scheme for a layer")
    return tuple(found)


def names_of(graph: Graph, op: Op, source: SourceModel) -> tuple[str, ...]:
    """Every name of `op`, the best first: its Keras layers, then its result's name, whole and in its parts."""
    if not op.outputs:
        return ()
    result = graph.tensors[op.outputs[0]].name
    parts = result.split(";")
    layers = [source.layer_of(part) for part in parts]
    if not any(layers) and _MODEL_OUTPUT.match(result):
        layers = [*_weight_layers(graph, op, source), source.last_layer][:1]
    return tuple(dict.fromkeys([*(layer for layer in layers if layer is not None), result, *parts]))


def place_of(graph: Graph, op: Op, source: SourceModel) -> str:
    """`op` for a message: `layer 'conv'`, else its result's name in quotes."""
    name = next(iter(names_of(graph, op, source)), op.name)
    return f"layer '{name}'" if name in source.layers else f"'{name.split(';')[0]}'"


def scheme_for(graph: Graph, op: Op, source: SourceModel, chosen: Sequence[LayerScheme]) -> str | None:
    """The scheme that is asked for `op`; None where nothing is.  Raises InputError where two are: it was several layers."""
    names = names_of(graph, op, source)
    asked = {one for one in chosen if one.layer in names}
    if len({one.scheme for one in asked}) > 1:
        words = ", ".join(sorted(map(str, asked)))
        raise InputError(f"these layers became one operator, {op.name}: {words}", on=source.origin, expected="one scheme for all of them")
    return next((one.scheme for one in asked), None)


def check_layers_exist(graph: Graph, source: SourceModel, chosen: Sequence[LayerScheme]) -> None:
    """Raise UnknownNameError for a layer that no operator of `graph` stems from."""
    per_op = [names_of(graph, op, source) for op in graph.ops]
    every = {name for names in per_op for name in names}
    for one in chosen:
        if one.layer not in every:
            known = {name for names in per_op for name in names if not source.layers or name in source.layers}
            raise UnknownNameError("layer with its own operator", one.layer, known or every, hint="mcu explain lists them")


def _weight_layers(graph: Graph, op: Op, source: SourceModel) -> list[str | None]:
    """The layers that the operator's weights are called after.  Biases are shared between layers where they are equal."""
    weights = [graph.tensors[index] for index in op.inputs[1:2] if index >= 0]
    layers = [source.layer_of(part) for tensor in weights if tensor.is_constant for part in tensor.name.split(";")]
    return [layer for layer in layers if layer is not None]
