"""The pass that takes channels out of tensors: those that reach layers which mix channels with the same value for every input of the model.

Why outputs stay the same.  channel_ranges.py proves the value.  Layers that mix channels (CONV_2D, FULLY_CONNECTED) would add
weight * (value - zero point) for every tap of their windows: that sum is the same for every output and goes into the bias, unless windows
reach over a border, where taps are missing; there only channels whose value is the zero point, which add nothing, are left out.
Layers that work channel by channel lose the channel on both sides (channel_groups.py), whatever it is before it reaches such a layer: what
is left of it there, nothing reads.  The layer that makes it loses the channel's weights.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import Graph, Op, Tensor
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.weights import int8_convolution, model_bias
from mcu_toolkit.runtimes.aot.ops.convolution.windows import axes
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import int8_dense
from mcu_toolkit.runtimes.aot.passes.channel_groups import ChannelGroup, carries, channel_groups
from mcu_toolkit.runtimes.aot.passes.channel_ranges import Ranges, channel_ranges
from mcu_toolkit.runtimes.aot.passes.program import Program

Mask = npt.NDArray[np.bool_]
_INT32 = np.iinfo(np.int32)
_FEWEST = 2
"""Channels of a tensor: weights with one scale are quantized per tensor, for which TFLM rounds factors in another way."""
_OUTPUT_AXIS = {"CONV_2D": 0, "FULLY_CONNECTED": 0, "DEPTHWISE_CONV_2D": 3}
"""Of weights: the axis of output channels."""


def remove_constant_channels(program: Program, target: Target) -> Program:
    """Constant channels that no operator needs are taken out of tensors, weights and biases; not where every tensor shall be whole
    (`Target.merge` is off)."""
    if not target.merge:
        return program
    graph, kept = _shrunk(_SameGraph(program.graph, program.views))
    return dataclasses.replace(program, graph=graph, kept_channels=kept) if kept else program


@dataclasses.dataclass(frozen=True, eq=False)
class _SameGraph:
    """A graph as a key: equal to itself only."""

    graph: Graph
    views: Sequence[OpView]

    def __hash__(self) -> int:
        return id(self.graph)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameGraph) and other.graph is self.graph


@functools.lru_cache(maxsize=4)
def _shrunk(one: _SameGraph) -> tuple[Graph, Mapping[int, tuple[int, ...]]]:
    """The graph without its constant channels, and what is left of the tensors that lost some.

    Kept for a few graphs: a model is compiled for many boards, and this asks nothing of them.
    """
    removal = _Removal(one.graph, one.views, channel_ranges(one.views))
    removed = {group: mask for group in channel_groups(one.views) if (mask := removal.removable(group)).any()}
    by_tensor = {index: np.tile(mask, removal.repeats(index, group)) for group, mask in removed.items() for index in group.tensors}
    kept = {index: tuple(int(channel) for channel in np.flatnonzero(~mask)) for index, mask in by_tensor.items()}
    return (removal.without(by_tensor) if removed else one.graph), kept


class _Removal:
    """A graph, what is known of its channels, and the graph without some of them."""

    def __init__(self, graph: Graph, views: Sequence[OpView], ranges: Ranges) -> None:
        self._graph, self._views, self._ranges = graph, views, ranges
        self._readers = Counter([index for op in graph.ops for index in op.inputs] + list(graph.outputs))
        self._makers = {index: view for view in views for index in view.op.outputs}

    def repeats(self, tensor: int, group: ChannelGroup) -> int:
        """How often the group's channels lie side by side in the tensor's last dimension."""
        return self._graph.tensors[tensor].shape[-1] // group.channels

    def removable(self, group: ChannelGroup) -> Mask:
        """bool [channels]; `_FEWEST` channels at least stay."""
        if not all(self._may_shrink(index) for index in group.tensors):
            return np.zeros(group.channels, np.bool_)
        found = np.ones(group.channels, np.bool_)
        for view in self._views:
            if set(group.tensors) & set(view.op.inputs) and not carries(view):
                found &= self._at_reader(view, group)
        missing = max(0, _FEWEST - int((~found).sum()))
        found[np.flatnonzero(found)[:missing]] = False
        return found

    def _may_shrink(self, index: int) -> bool:
        """The tensor lies between layers, and what makes it can do so without some channels."""
        tensor, maker = self._graph.tensors[index], self._makers.get(index)
        whole = index in (*self._graph.inputs, *self._graph.outputs) or tensor.is_variable or tensor.is_constant
        if whole or maker is None or len(maker.op.outputs) > 1:
            return False
        if carries(maker):
            return maker.operator != "DEPTHWISE_CONV_2D" or self._owns_constants(maker)
        return self._can_lose_outputs(maker)

    def _can_lose_outputs(self, view: OpView) -> bool:
        if view.operator == "CONV_2D":
            return int8_convolution(view) is not None and _is_ungrouped(view) and self._owns_constants(view)
        return view.operator == "FULLY_CONNECTED" and int8_dense(view) is not None and self._owns_constants(view)

    def _owns_constants(self, view: OpView) -> bool:
        """Nothing else reads the layer's weights and bias."""
        return all(self._readers[index] == 1 for index in view.op.inputs[1:] if index >= 0)

    def _at_reader(self, view: OpView, group: ChannelGroup) -> Mask:
        """Channels that a layer which mixes channels can do without: they are constant, or all of their weights are zeros."""
        nothing, source = np.zeros(group.channels, np.bool_), view.op.inputs[0]
        if len(set(group.tensors) & set(view.op.inputs)) > 1 or source not in group.tensors or not self._can_lose_outputs(view):
            return nothing
        quantization, weights, known = view.input(0).quantization, view.input(1).data, self._ranges[source]
        assert quantization is not None
        assert weights is not None
        if weights.shape[-1] % len(known.lowest):
            return nothing  # FULLY_CONNECTED of parts of what was one pixel
        border = view.operator == "CONV_2D" and any(axis.has_border for axis in axes(view))
        folds = not border and view.optional_input(2) is not None and _fits_int32(view, self._products(view, ~nothing))
        constant = known.constant & (folds | (known.lowest == quantization.zero_point))
        unused = ~weights.reshape(-1, len(constant)).any(axis=0)
        dispensable: Mask = (constant | unused).reshape(-1, group.channels).all(axis=0)
        return dispensable

    def _products(self, view: OpView, channels: Mask) -> npt.NDArray[np.int64]:
        """int64 [outputs, inputs of a window]: what the constant `channels` (a part of the last dimension or all of it) add to sums."""
        weights, quantization = view.input(1).data, view.input(0).quantization
        assert weights is not None
        assert quantization is not None
        known = self._ranges[view.op.inputs[0]]
        which = np.resize(channels, len(known.lowest)) & known.constant
        values = np.where(which, known.lowest - quantization.zero_point, 0)
        products: npt.NDArray[np.int64] = weights.astype(np.int64).reshape(len(weights), -1, len(values)) * values
        return products.reshape(len(weights), -1)

    def without(self, removed: Mapping[int, Mask]) -> Graph:
        """The graph without `removed`: bool [channels] by tensor."""
        tensors = list(self._graph.tensors)
        for index, mask in removed.items():
            tensors[index] = dataclasses.replace(tensors[index], shape=(*tensors[index].shape[:-1], int((~mask).sum())))
        for view in self._views:
            if view.operator in _OUTPUT_AXIS:
                self._shrink(tensors, view, removed)
        return dataclasses.replace(self._graph, tensors=tuple(tensors))

    def _shrink(self, tensors: list[Tensor], view: OpView, removed: Mapping[int, Mask]) -> None:
        """Weights and bias of a layer, first for the channels that it reads, then for those that it makes."""
        op: Op = view.op
        weights_at, bias_at = op.inputs[1], op.inputs[2] if len(op.inputs) > 2 else -1
        if op.inputs[0] in removed and not carries(view):
            mask = removed[op.inputs[0]]
            if bias_at >= 0:
                products = self._products(view, mask)
                bias = (model_bias(view, len(products)) + products.sum(axis=1)).astype(np.int32)
                tensors[bias_at] = dataclasses.replace(tensors[bias_at], data=bias.reshape(tensors[bias_at].shape))
            data = tensors[weights_at].data
            assert data is not None
            kept = np.resize(~mask, data.shape[-1])
            tensors[weights_at] = _with_data(tensors[weights_at], data[..., kept])
        if op.outputs[0] in removed:
            kept = ~removed[op.outputs[0]]
            tensors[weights_at] = _sliced(tensors[weights_at], kept, _OUTPUT_AXIS[view.operator])
            if bias_at >= 0:
                tensors[bias_at] = _sliced(tensors[bias_at], kept, -1)


def _fits_int32(view: OpView, products: npt.NDArray[np.int64]) -> bool:
    """True where the bias and any part of `products` ([outputs, inputs of a window]) stays within 32 bits."""
    largest = np.abs(model_bias(view, len(products))) + np.abs(products).sum(axis=1)
    return bool(np.all(largest <= _INT32.max))


def _is_ungrouped(view: OpView) -> bool:
    return view.input(0).shape[3] == view.input(1).shape[3]


def _sliced(tensor: Tensor, kept: Mask, axis: int) -> Tensor:
    """A constant with the slices `kept` along `axis`, and their scales."""
    assert tensor.data is not None
    found, quantization = _with_data(tensor, np.compress(kept, tensor.data, axis=axis)), tensor.quantization
    if quantization is None or not quantization.per_channel:
        return found
    scales = tuple(np.compress(kept, quantization.scales).tolist())
    zero_points = tuple(np.compress(kept, quantization.zero_points).tolist())
    return dataclasses.replace(found, quantization=dataclasses.replace(quantization, scales=scales, zero_points=zero_points))


def _with_data(tensor: Tensor, data: npt.NDArray[np.generic]) -> Tensor:
    return dataclasses.replace(tensor, data=np.ascontiguousarray(data), shape=data.shape)
