"""Checks that the converted model is what was asked for, with the toolkit's own reader and not the converter's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import DType, Graph, Model, Op
from mcu_toolkit.quantize.convert import DEFAULT_OPTIONS, ConvertOptions
from mcu_toolkit.quantize.layers import FLOAT, LayerScheme, scheme_for
from mcu_toolkit.quantize.schemes import Scheme
from mcu_toolkit.quantize.source import SourceModel

_FLOAT = frozenset({DType.FLOAT16, DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16})
_NAMED_BY_CONVERTER = ("StatefulPartitionedCall", "PartitionedCall", "tfl.")
"""The model's outputs and inserted operators; such a name says nothing about the layer."""
_BORDERS = ("QUANTIZE", "DEQUANTIZE")
_RESULTS = {FLOAT: DType.FLOAT32, "int8": DType.INT8, "int16x8": DType.INT16}
"""What an operator's result is under a layer's scheme."""


def check_result(model: Model, scheme: Scheme, source: SourceModel, options: ConvertOptions = DEFAULT_OPTIONS) -> tuple[str, ...]:
    """The operators left in floating point, where those are allowed; else raise UnsupportedModelError naming them.

    Even when only int8 operators are allowed the converter leaves float fallbacks, `DEQUANTIZE, op, QUANTIZE`, around operators it
    has no int8 version of (NEG, ELU, SQUARE ... with TensorFlow 2.21), without a word.
    """
    if not scheme.integer_inside:
        return ()
    float_io = scheme.io is None
    fallbacks = [fallback for graph in model.graphs for fallback in find_float_fallbacks(graph, source.place, float_io=float_io)]
    unwanted = fallbacks
    if options.layer_schemes:
        _check_layers(model.main, source, options.layer_schemes)
        asked = {op.index for op in model.main.ops if scheme_for(model.main, op, source, options.layer_schemes) == FLOAT}
        unwanted = find_float_fallbacks(model.main, source.place, float_io=float_io, but_for=asked)
    if unwanted and not options.allow_float_fallbacks:
        count = "an operator is" if len(unwanted) == 1 else f"{len(unwanted)} operators are"
        raise UnsupportedModelError(
            f"{count} left in floating point: {', '.join(unwanted)}",
            on=source.origin,
            expected=f"{scheme.kind}: integer tensors only",
            hint="replace these layers by ones with an int8 version (ReLU instead of ELU, for example), or use --allow-float-islands",
        )
    wanted = scheme.io
    for tensor in (*model.inputs, *model.outputs):
        if wanted is not None and tensor.dtype.name.lower() != wanted and tensor.dtype in _FLOAT:
            raise UnsupportedModelError(f"'{tensor.name}' is {tensor.dtype.name.lower()}", on=source.origin, expected=wanted)
    return tuple(fallbacks)


def find_float_fallbacks(graph: Graph, place: Callable[[str], str], *, float_io: bool, but_for: Collection[int] = ()) -> list[str]:
    """The operators that read or write float tensors, as `NEG in layer 'minus'`; `place` words a tensor's name.

    Operators whose index is in `but_for` may be floats.  With `float_io` QUANTIZE after a float input and DEQUANTIZE before
    a float output are no float fallbacks.  QUANTIZE and DEQUANTIZE inside the graph are named only where no other operator explains them.
    """
    touching = [op for op in graph.ops if _float_tensors(graph, op)]
    inner = [op for op in touching if op.name not in _BORDERS]
    if not inner and not but_for:
        allowed = {*graph.inputs, *graph.outputs} if float_io else set()
        inner = [op for op in touching if not _float_tensors(graph, op) <= allowed]
    return [f"{op.name} {_where(graph, op, place)}" for op in inner if op.index not in but_for]


def _check_layers(graph: Graph, source: SourceModel, chosen: Sequence[LayerScheme]) -> None:
    """Raise UnsupportedModelError for an operator that is not what was asked for: ai-edge-quantizer passes over it in silence."""
    for op in graph.ops:
        scheme = None if op.name in _BORDERS else scheme_for(graph, op, source, chosen)
        result = graph.tensors[op.outputs[0]].dtype if op.outputs else None
        if scheme is not None and result in _RESULTS.values() and result != _RESULTS[scheme]:
            raise UnsupportedModelError(
                f"ai-edge-quantizer has no {scheme} version of {op.name} {_where(graph, op, source.place)}",
                on=source.origin,
                expected="operators that it knows under that scheme",
                hint=f"keep the layer in {FLOAT}: --keep-float LAYER",
            )


def _where(graph: Graph, op: Op, place: Callable[[str], str]) -> str:
    """The place of `op`, found by what it writes, or, where the converter invented that name, by what it reads."""
    name = graph.tensors[op.outputs[0]].name
    if not name.startswith(_NAMED_BY_CONVERTER):
        return f"in {place(name)}"
    producers = {index: other for other in graph.ops for index in other.outputs}
    reading = op
    while reading.inputs and reading.inputs[0] in producers:
        reading = producers[reading.inputs[0]]
        name = graph.tensors[reading.outputs[0]].name
        if not name.startswith(_NAMED_BY_CONVERTER):
            return f"(operator {op.index}) after {place(name)}"
    return f"(operator {op.index})"


def _float_tensors(graph: Graph, op: Op) -> set[int]:
    return {index for index in (*op.inputs, *op.outputs) if index >= 0 and graph.tensors[index].dtype in _FLOAT}
