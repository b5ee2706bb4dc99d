"""A cascade: its memory, and which of its rows share it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.cascade.bands import Bands
from mcu_toolkit.runtimes.aot.cascade.members import Member, plan_member
from mcu_toolkit.runtimes.aot.cascade.schedule import Schedule, plan_schedule
from mcu_toolkit.runtimes.aot.cascade.windows import row_inputs
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.memory.planner import ALIGNMENT_BYTES


@dataclass(frozen=True)
class Extent:
    """Layers that can be done together, and what that takes at the least."""

    first: int
    last: int
    """Layers of the model, by number."""
    inputs: tuple[int, ...]
    """Tensors from before the cascade."""
    least_bytes: int
    """Of scratch memory; kernels may need more."""


@dataclass(frozen=True)
class Outline(Extent):
    """A cascade as far as it can be planned without its kernels."""

    schedule: Schedule


@dataclass(frozen=True)
class Cascade(Outline):
    """Layers `first` .. `last` of the model, done together."""

    members: tuple[Member, ...]
    hosts: dict[int, int]
    """By tensor whose rows lie where those of another one are written over them afterwards, in place: that one."""
    buffers: dict[int, int]
    """Offset in the cascade's scratch memory of the kept rows of a tensor."""
    kernel_offset_bytes: int
    """Of the kernels' own scratch memory, shared."""
    scratch_bytes: int
    leads: tuple[tuple[int, int], ...]
    """(position in `inputs`, bytes): the output may take over this input's memory if it begins so many bytes before it."""


def row_bytes(graph: Graph, tensor: int) -> int:
    """Bytes of one row of an image."""
    return graph.tensors[tensor].size_bytes // graph.tensors[tensor].shape[1]


def plan_outline(graph: Graph, bands: Bands, first: int, last: int, rows: int, *, copied: bool) -> Outline | None:
    """Layers `first` .. `last` with `rows` rows of output a turn; None where they cannot be a cascade.

    `copied`: see `plan_schedule`.
    """
    views, windows = bands.views[first : last + 1], bands.windows[first : last + 1]
    if any(window is None for window in windows) or not _is_closed(graph, bands, first, last):
        return None
    schedule = plan_schedule(views, [window for window in windows if window is not None], rows, copied=copied)
    if schedule is None:
        return None
    made = {view.op.outputs[0] for view in views}
    inputs = tuple(dict.fromkeys(tensor for view in views for tensor in row_inputs(view) if tensor not in made))
    least_bytes = sum(
        flow.capacity * row_bytes(graph, tensor)
        for tensor, flow in schedule.flows.items()
        if flow.capacity > flow.step or tensor not in made
    )
    return Outline(first, last, inputs, least_bytes, schedule)


def plan_cascade(graph: Graph, bands: Bands, outline: Outline) -> Cascade | None:
    """The cascade with its kernels; None where one of them cannot do its layer by so many rows."""
    first, last, schedule = outline.first, outline.last, outline.schedule
    members: list[Member] = []
    for number in range(first, last + 1):
        member = plan_member(bands, schedule, number)
        if member is None:
            return None
        members.append(member)
    hosts = dict(_hosts(graph, bands.views[first : last + 1], schedule, members))
    buffers, end = _place(graph, schedule, hosts)
    return Cascade(
        first,
        last,
        outline.inputs,
        outline.least_bytes,
        schedule,
        tuple(members),
        hosts,
        buffers,
        end,
        end + max(step.scratch_bytes for member in members for step in member.steps),
        tuple(_leads(graph, schedule, members[-1], outline.inputs)),
    )


def _is_closed(graph: Graph, bands: Bands, first: int, last: int) -> bool:
    """Whatever is made in the cascade, but its last output, is read there and nowhere else."""
    inner = {bands.views[number].op.outputs[0] for number in range(first, last)}
    if inner & set(graph.outputs):
        return False
    outside = [view for number, view in enumerate(bands.views) if not first <= number <= last]
    read = {tensor for number in range(first, last + 1) for tensor in row_inputs(bands.views[number])}
    return inner <= read and not any(inner & set(view.op.inputs) for view in outside)


def _hosts(graph: Graph, views: tuple[OpView, ...], schedule: Schedule, members: list[Member]) -> list[tuple[int, int]]:
    """Rows that one layer reads, and only those of the turn, may lie where it writes its own."""
    readers = Counter(tensor for view in views for tensor in row_inputs(view))
    made, output = {view.op.outputs[0] for view in views}, views[-1].op.outputs[0]
    found: list[tuple[int, int]] = []
    for view, member in zip(views, members, strict=True):
        host = view.op.outputs[0]
        if host == output and schedule.direct:  # it may have to lie over what is read directly
            continue
        for position, tensor in enumerate(row_inputs(view)):
            flow = schedule.flows.get(tensor)
            if tensor not in made or flow is None or flow.capacity != flow.step or readers[tensor] != 1:
                continue
            if flow.step == schedule.flows[host].step and _runs_in_place(graph, member, position, tensor, host):
                found.append((tensor, host))
                break
    return found


def _runs_in_place(graph: Graph, member: Member, position: int, tensor: int, host: int) -> bool:
    own_bytes, host_bytes = row_bytes(graph, tensor), row_bytes(graph, host)
    whole = all(phase.act.skipped == 0 for phase in member.phases)  # else the two begin at different rows
    return all(position in step.in_place for step in member.steps) and (
        own_bytes == host_bytes or (own_bytes < host_bytes and whole and all(step.may_grow for step in member.steps))
    )


def _place(graph: Graph, schedule: Schedule, hosts: dict[int, int]) -> tuple[dict[int, int], int]:
    offsets: dict[int, int] = {}
    end = 0
    for tensor, flow in schedule.flows.items():
        if flow.capacity and tensor not in hosts:
            offsets[tensor] = end
            end += -(-flow.capacity * row_bytes(graph, tensor) // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
    return offsets, end


def _leads(graph: Graph, schedule: Schedule, last: Member, inputs: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """How far before an input the output has to begin so that it only ever overwrites rows that nothing reads any more."""
    steps = last.steps
    output = steps[0].outputs[0]
    bytes_out, height = row_bytes(graph, output), schedule.flows[output].height
    for position, tensor in enumerate(inputs):
        bytes_in, rows_in = row_bytes(graph, tensor), graph.tensors[tensor].shape[1]
        lead_bytes = 0
        for turn in range(schedule.turns - schedule.before):
            done = schedule.done_with(tensor, turn)
            if done < rows_in:
                lead_bytes = max(lead_bytes, min((turn + 1) * schedule.rows, height) * bytes_out - done * bytes_in)
        if (steps[0].op.index, tensor) not in schedule.direct:
            yield position, -(-lead_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
        elif lead_bytes == 0 and bytes_in == bytes_out and _writes_over(last, tensor):
            yield position, 0


def _writes_over(last: Member, tensor: int) -> bool:
    """Whether the last layer may write over the very elements of `tensor` that it reads."""
    in_place = all(step.inputs.index(tensor) in step.in_place for step in last.steps)
    return in_place and all(phase.act.read == phase.act.written for phase in last.phases)
