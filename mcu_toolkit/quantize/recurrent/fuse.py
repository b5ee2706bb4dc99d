"""From a Keras model in parts to one .tflite file: the rest is converted as any model is, the fused operators are put in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import resetting
from mcu_toolkit.quantize.convert import ConvertOptions, convert
from mcu_toolkit.quantize.recurrent.lstm import add_lstm
from mcu_toolkit.quantize.recurrent.observe import Observed, observe
from mcu_toolkit.quantize.recurrent.own_layers import add_gru, add_simple_rnn
from mcu_toolkit.quantize.recurrent.tflite_graph import TfliteGraph, int8_scale
from mcu_toolkit.quantize.representative import Representative
from mcu_toolkit.quantize.schemes import Scheme, get_scheme
from mcu_toolkit.quantize.source import InputSpec, OutputSpec, SourceModel

_ADD: dict[str, Callable[[TfliteGraph, Observed, int, int], None]] = {
    "LSTM": add_lstm,
    "GRU": add_gru,
    "SimpleRNN": add_simple_rnn,
}
_INT8 = ("int8", "int8-float-io")


def needs_fusing(source: SourceModel, scheme: Scheme) -> bool:
    """True where the model has recurrent layers that would become loops, which have no integer form."""
    return source.recurrent is not None and scheme.needs_data


def convert_recurrent(source: SourceModel, scheme: Scheme, data: Representative, options: ConvertOptions) -> bytes:
    """The .tflite file of a model with recurrent layers, each one operator.

    Raises UnsupportedModelError where a layer has no fused form, InputError for schemes and options that it does not have.
    """
    parts = source.recurrent
    assert parts is not None
    _refuse(source, scheme, options)
    seen = observe(source.origin, parts, [one.name for one in source.inputs], data.arrays)
    rest, whole = _rest(source, data, seen)
    graph = TfliteGraph(convert(rest, get_scheme("int8"), whole, options))
    graph.agree([graph.input(name) for name in parts.given])
    for one, taken, given in zip(seen, parts.taken, parts.given, strict=True):
        _put_back(graph, one, graph.output(taken), graph.input(given))
    graph.keep_ends([one.name for one in source.inputs], [one.name for one in source.outputs])
    if scheme.io is None:
        graph.float_ends()
    content = graph.packed()
    return content if any(one.stateful for one in parts.layers) else resetting(content)


def _refuse(source: SourceModel, scheme: Scheme, options: ConvertOptions) -> None:
    parts = source.recurrent
    assert parts is not None
    if parts.refusal:
        raise UnsupportedModelError(
            f"a recurrent layer has no integer form: {parts.refusal}",
            on=source.origin,
            expected="LSTM, GRU and SimpleRNN layers as Keras makes them by default, over sequences of a fixed length",
            hint="change the layer, or build it with unroll=True, which makes operators of every step",
        )
    if scheme.name not in _INT8:
        raise InputError(f"recurrent layers under scheme {scheme.name}", on=source.origin, expected=f"one of {', '.join(_INT8)}")
    if options.layer_schemes:
        raise InputError("schemes for single layers of a model with recurrent layers", on=source.origin, expected="one for all of them")


def _rest(source: SourceModel, data: Representative, seen: tuple[Observed, ...]) -> tuple[SourceModel, Representative]:
    """The model without the layers, and samples of all its inputs."""
    parts = source.recurrent
    assert parts is not None
    assert parts.rest is not None
    added = tuple(InputSpec(name, (1, one.layer.steps, one.layer.units), "float32") for name, one in zip(parts.given, seen, strict=True))
    rest = replace(
        source,
        saved_model=parts.rest,
        inputs=(*source.inputs, *added),
        outputs=(*source.outputs, *(OutputSpec(name) for name in parts.taken)),
        recurrent=None,
    )
    return rest, replace(data, arrays=(*data.arrays, *(np.ascontiguousarray(one.given) for one in seen)))


def _put_back(graph: TfliteGraph, seen: Observed, taken: int, given: int) -> None:
    """The layer as an operator from what it takes to what it gives; the rest may use neither, and has no scale for it then."""
    for tensor, values in ((taken, seen.taken), (given, seen.given)):
        if graph.is_float(tensor):
            graph.make_int8(tensor, int8_scale(float(values.min()), float(values.max())))
    source = _backwards(graph, seen, taken) if seen.layer.go_backwards and seen.layer.kind == "LSTM" else taken
    _ADD[seen.layer.kind](graph, seen, source, given)


def _backwards(graph: TfliteGraph, seen: Observed, taken: int) -> int:
    """The steps in the opposite order, for an operator that knows one direction."""
    layer = seen.layer
    axis = graph.tensor(f"{layer.name}/axis", [1], "int32", data=np.asarray([1], np.int32))
    turned = graph.tensor(f"{layer.name}/backwards", [1, layer.steps, layer.features], "int8", graph.scale(taken))
    graph.operator("REVERSE_V2", [taken, axis], [turned], options=graph.options("ReverseV2Options"))
    return turned
