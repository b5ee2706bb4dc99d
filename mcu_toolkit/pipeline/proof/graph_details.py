"""The model's graph as a report shows it: operators, shapes, scales, and how weights are distributed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import Graph, Model, Op, Tensor, macs_of
from mcu_toolkit.model.graph import OptionValue
from mcu_toolkit.report.details import HISTOGRAM_BINS, ConstantDetail, GraphDetail, Histogram, NodeDetail, TensorDetail

MAX_NODES = 1000
_MAX_OPTION = 80


def graph_detail(model: Model) -> GraphDetail | None:
    """The model's first graph; None where it has more operators than a page can draw."""
    graph = model.main
    if len(graph.ops) > MAX_NODES:
        return None
    used = {i for op in graph.ops for i in (*op.inputs, *op.outputs) if i >= 0} | {*graph.inputs, *graph.outputs}
    tensors = tuple(_tensor(graph.tensors[index]) for index in sorted(used) if not graph.tensors[index].is_constant)
    shown = {tensor.index for tensor in tensors}
    return GraphDetail(
        tensors=tensors,
        nodes=tuple(_node(graph, op, shown) for op in graph.ops),
        inputs=tuple(index for index in graph.inputs if index in shown),
        outputs=tuple(index for index in graph.outputs if index in shown),
    )


def histogram_of(values: npt.NDArray[Any], bins: int = HISTOGRAM_BINS) -> Histogram | None:
    """Counts of `values`, of any shape, in at most `bins` bins; None where none of them is finite.

    Of integers each bin holds equally many; those of a narrow range have one each.
    """
    if values.dtype.kind not in "iufb" or not values.size:
        return None
    flat = values.ravel().astype(np.float64)
    flat = flat[np.isfinite(flat)]
    if not flat.size:
        return None
    low, high = float(flat.min()), float(flat.max())
    if values.dtype.kind != "f":
        wide = int(high - low) // bins + 1
        count = int(high - low) // wide + 1
        low, high, bins = low - 0.5, low - 0.5 + wide * count, count
    elif low == high:
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(flat, bins=bins, range=(low, high))
    return Histogram(low, high, tuple(int(count) for count in counts))


def _node(graph: Graph, op: Op, shown: set[int]) -> NodeDetail:
    constants = [graph.tensors[index] for index in op.inputs if index >= 0 and graph.tensors[index].is_constant]
    return NodeDetail(
        index=op.index,
        operator=op.custom_name or op.name,
        inputs=tuple(index for index in op.inputs if index in shown),
        outputs=tuple(index for index in op.outputs if index in shown),
        constants=tuple(map(_constant, constants)),
        options=_options(op.options),
        macs=macs_of(graph, op) or None,
    )


def _tensor(tensor: Tensor) -> TensorDetail:
    quantization = tensor.quantization
    known = quantization is not None and len(quantization.scales) == 1 and bool(np.isfinite(quantization.scale))
    return TensorDetail(
        index=tensor.index,
        name=tensor.name,
        shape=tensor.shape,
        dtype=tensor.dtype.name.lower(),
        scale=quantization.scale if quantization is not None and known else None,
        zero_point=quantization.zero_point if quantization is not None and known else None,
    )


def _constant(tensor: Tensor) -> ConstantDetail:
    assert tensor.data is not None
    scales = [] if tensor.quantization is None else [scale for scale in tensor.quantization.scales if np.isfinite(scale)]
    return ConstantDetail(
        name=tensor.name,
        shape=tensor.shape,
        dtype=tensor.dtype.name.lower(),
        size_bytes=int(tensor.data.nbytes),
        scale_count=len(scales),
        scale_min=min(scales, default=None),
        scale_max=max(scales, default=None),
        histogram=histogram_of(tensor.data),
    )


def _options(options: Mapping[str, OptionValue]) -> dict[str, str]:
    """Options with something to say: neither false, nor empty, nor bytes of an operator's own."""
    told = {name: value for name, value in options.items() if value not in (False, "", "NONE", ()) and not isinstance(value, bytes)}
    return {name: str(value)[:_MAX_OPTION] for name, value in told.items()}
