"""Which tool makes the .tflite file: TensorFlow's converter, or, for what it cannot do, ai-edge-quantizer behind it.

The second quantizes float .tflite files: those the user gives, and TensorFlow's own where layers are to differ from the rest.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import Graph, Model, Op, in_order, input_names, parse_model
from mcu_toolkit.quantize.convert import DEFAULT_OPTIONS, ConvertOptions, describe_options
from mcu_toolkit.quantize.convert import convert as convert_with_tensorflow
from mcu_toolkit.quantize.converter_errors import recurrent_hint
from mcu_toolkit.quantize.edge_quantizer import Recipe, edge_quantizer_version, require_edge_quantizer, run_edge_quantizer
from mcu_toolkit.quantize.layers import check_layers_exist, scheme_for
from mcu_toolkit.quantize.probes import signed
from mcu_toolkit.quantize.ranges import activation_ranges
from mcu_toolkit.quantize.recurrent.fuse import convert_recurrent, needs_fusing
from mcu_toolkit.quantize.representative import Representative
from mcu_toolkit.quantize.schemes import Scheme, get_scheme
from mcu_toolkit.quantize.source import SourceModel

_FLOAT32 = "float32"
_RECURRENT = ("BIDIRECTIONAL_SEQUENCE_LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM", "UNIDIRECTIONAL_SEQUENCE_RNN", "WHILE")
_STATE = ("VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE", "WHILE", "IF")


def convert(source: SourceModel, scheme: Scheme, data: Representative | None, options: ConvertOptions = DEFAULT_OPTIONS) -> bytes:
    """The .tflite file of `source` under `scheme`, inputs and outputs in the source's order; `data` is needed where `scheme.needs_data`.

    Raises what `convert_with_tensorflow` raises; ToolError where ai-edge-quantizer is needed and not installed, InputError for
    layers that do not exist, UnsupportedModelError for models with state or loops.
    """
    content = _converted(source, scheme, data, options)
    return in_order(content, [one.name for one in source.inputs], [one.name for one in source.outputs], source.origin.stem)


def _converted(source: SourceModel, scheme: Scheme, data: Representative | None, options: ConvertOptions) -> bytes:
    if needs_fusing(source, scheme) and data is not None:
        return convert_recurrent(source, scheme, data, options)
    if not needs_edge_quantizer(source, options):
        return convert_with_tensorflow(source, scheme, data, options)
    if options.layer_schemes and not scheme.integer_inside:
        raise InputError(
            f"schemes for single layers together with scheme {scheme.name}", on=source.origin, expected="int8, int8-float-io or int16x8"
        )
    if source.is_tflite:
        content = source.saved_model.read_bytes()
        if scheme.name == _FLOAT32:
            return content
        require_edge_quantizer("quantizing a .tflite file", source.origin)
    else:
        require_edge_quantizer("a scheme for a single layer", source.origin)
        content = convert_with_tensorflow(source, get_scheme(_FLOAT32), None, options)
    return _quantized(source, parse_model(content, source.origin.stem), scheme, data, options)


def needs_edge_quantizer(source: SourceModel, options: ConvertOptions) -> bool:
    """True for what TensorFlow's converter cannot do."""
    return source.is_tflite or bool(options.layer_schemes)


def describe_route(source: SourceModel, scheme: Scheme, options: ConvertOptions) -> tuple[str, ...]:
    """The options given to the tools, as `name=value`, for the record."""
    if not needs_edge_quantizer(source, options):
        return describe_options(scheme, options)
    if scheme.name == _FLOAT32:
        return ("copied=true",)
    layers = ",".join(str(one) for one in options.layer_schemes) or "none"
    return (
        f"quantizer={edge_quantizer_version()}",
        f"scheme={scheme.name}",
        f"layers={layers}",
        f"per_channel_dense={str(options.per_channel_dense).lower()}",
    )


def _quantized(source: SourceModel, model: Model, scheme: Scheme, data: Representative | None, options: ConvertOptions) -> bytes:
    _refuse_state(source, model)
    check_layers_exist(model.main, source, options.layer_schemes)
    ranges = activation_ranges(model, _in_order(source, model, data)) if scheme.needs_data and data is not None else {}
    recipe = Recipe(
        scheme="int8" if scheme.name == "int8-float-io" else scheme.name,
        integer_io=scheme.io is not None,
        per_channel_dense=options.per_channel_dense,
        operators=tuple(_chosen(model.main, source, options)),
    )
    return run_edge_quantizer(source.origin, signed(model), recipe, ranges)


def _in_order(source: SourceModel, model: Model, data: Representative) -> list[npt.NDArray[Any]]:
    """The samples in the order of the model's inputs; TensorFlow's converter sorts them in its own way."""
    by_name = {spec.name: array for spec, array in zip(source.inputs, data.arrays, strict=True)}
    return [by_name[name] for name in input_names(model)]


def _chosen(graph: Graph, source: SourceModel, options: ConvertOptions) -> list[tuple[str, str]]:
    asked = [(op, scheme_for(graph, op, source, options.layer_schemes)) for op in graph.ops]
    return [(graph.tensors[op.outputs[0]].name, scheme) for op, scheme in asked if scheme is not None]


def _refuse_state(source: SourceModel, model: Model) -> None:
    stateful = [op for op in model.main.ops if op.name in _STATE or _has_variable(model.main, op)]
    if stateful or len(model.graphs) > 1:
        what = stateful[0].name if stateful else f"{len(model.graphs)} subgraphs"
        raise UnsupportedModelError(
            f"has state or loops ({what})",
            on=source.origin,
            expected="a model without: ai-edge-quantizer sees one graph of floats",
            hint=recurrent_hint(source.origin) if what in _RECURRENT else None,
        )


def _has_variable(graph: Graph, op: Op) -> bool:
    return any(index >= 0 and graph.tensors[index].is_variable for index in (*op.inputs, *op.outputs))
