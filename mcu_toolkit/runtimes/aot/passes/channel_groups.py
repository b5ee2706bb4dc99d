"""Tensors whose channels are the same ones: what an operator does channel by channel has the channels of its inputs.

A group is a set of tensors; channel c is there in all of them or in none.  What makes a group are the operators of CARRIERS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ops.convolution.weights import is_plain_int8


@dataclass(frozen=True)
class ChannelGroup:
    """Tensors, and how many channels the smallest of their last dimensions has; those of the others are multiples of it, rows of pixels."""

    tensors: tuple[int, ...]
    channels: int


def _is_depthwise(view: OpView) -> bool:
    return is_plain_int8(view) and view.input(1).dtype is DType.INT8 and view.input(0).shape[3] == view.output.shape[3]


def _is_sum_of_equals(view: OpView) -> bool:
    return view.input(0).shape == view.input(1).shape == view.output.shape and not any(view.input(i).is_constant for i in (0, 1))


def _keeps_pixels(view: OpView) -> bool:
    before, after = view.input(0).shape, view.output.shape
    return bool(before) and bool(after) and not view.input(0).is_constant and after[-1] % before[-1] == 0


CARRIERS: Mapping[str, Callable[[OpView], bool]] = MappingProxyType(
    {
        "DEPTHWISE_CONV_2D": _is_depthwise,
        "ADD": _is_sum_of_equals,
        "AVERAGE_POOL_2D": lambda _view: True,
        "MAX_POOL_2D": lambda _view: True,
        "RESHAPE": _keeps_pixels,
    }
)
"""Operators that may work channel by channel on int8, and whether one does."""


def carries(view: OpView) -> bool:
    """True where channel c of the output depends on channel c of the inputs alone."""
    rule = CARRIERS.get(view.operator)
    return rule is not None and all(tensor.dtype is DType.INT8 for tensor in (view.input(0), view.output)) and rule(view)


def carried_inputs(view: OpView) -> tuple[int, ...]:
    """The inputs of an operator that carries, without weights, biases and shapes."""
    return view.op.inputs[: 2 if view.operator == "ADD" else 1]


def channel_groups(views: Sequence[OpView]) -> tuple[ChannelGroup, ...]:
    """Of all int8 tensors that operators make, each in one group."""
    leader: dict[int, int] = {}

    def find(tensor: int) -> int:
        leader.setdefault(tensor, tensor)
        while leader[tensor] != tensor:
            tensor = leader[tensor]
        return tensor

    shapes: dict[int, tuple[int, ...]] = {}
    for view in views:
        for index, tensor in zip(view.op.outputs, view.outputs, strict=True):
            if tensor.dtype is DType.INT8 and tensor.shape:
                find(index)
                shapes[index] = tensor.shape
        if carries(view):
            for source in carried_inputs(view):
                leader[find(source)] = find(view.op.outputs[0])
                shapes[source] = view.graph.tensors[source].shape
    members: dict[int, list[int]] = {}
    for member in shapes:
        members.setdefault(find(member), []).append(member)
    groups = (ChannelGroup(tuple(found), min(shapes[tensor][-1] for tensor in found)) for found in members.values())
    return tuple(group for group in groups if all(shapes[tensor][-1] % group.channels == 0 for tensor in group.tensors))
