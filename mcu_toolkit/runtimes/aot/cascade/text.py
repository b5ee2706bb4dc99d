"""The C of a group of layers by rows: one loop over turns, in which each layer makes its rows."""

from __future__ import annotations

from collections.abc import Iterator
from string import Template

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.cascade.bands import Bands
from mcu_toolkit.runtimes.aot.cascade.group import RowGroup, row_bytes
from mcu_toolkit.runtimes.aot.cascade.members import Member, Phase, Rows
from mcu_toolkit.runtimes.aot.ir.c_text import C_POINTER_TYPES
from mcu_toolkit.runtimes.aot.ir.operator import Step


def group_text(graph: Graph, bands: Bands, group: RowGroup) -> str:
    """The statements of the group's step (`Step.call`)."""
    return "\n".join(_Text(graph, bands, group).lines())


def own_names(text: str, step: Step, number: int) -> str:
    """`text` of layer `number`'s step with its constants called as the group's step calls them."""
    for constant in step.constants:
        text = text.replace(f"${{k_{constant.what}}}", f"${{k_{constant.what}_{number}}}")
    return text


def record_name(member: Member, phase: Phase) -> str:
    """Of the record of a layer in a phase, among the group's; phases that are lowered alike share one."""
    return f"{member.number}_{next(number for number, step in enumerate(member.steps) if step is phase.step)}"


class _Text:
    def __init__(self, graph: Graph, bands: Bands, group: RowGroup) -> None:
        self._graph = graph
        self._bands = bands
        self._group = group
        self._output = bands.views[group.last].op.outputs[0]

    def lines(self) -> Iterator[str]:
        flows = {tensor: f"&${{layer}}[{number}], {self._buffer(tensor)}" for number, tensor in enumerate(self._group.buffers)}
        for flow in flows.values():
            yield f"aot_rows_begin({flow});"
        yield f"for (int32_t turn = 0; turn < {self._group.schedule.turns}; ++turn) {{"
        for tensor, flow in flows.items():
            if tensor in self._group.inputs:
                yield f"    aot_rows_load({flow}, turn, (const int8_t *)${{in{self._group.inputs.index(tensor)}}});"
            else:
                yield f"    aot_rows_next({flow}, turn);"
        for member in self._group.members:
            yield from self._member(member)
        yield "}"

    def _member(self, member: Member) -> Iterator[str]:
        word = "if"
        for phase in member.phases:
            yield f"    {word} ({self._condition(phase)}) {{"
            for line in self._call(member, phase).splitlines():
                yield f"        {line}"
            word = "} else if"
        yield "    }"

    def _condition(self, phase: Phase) -> str:
        if phase.first == phase.last:
            return f"turn == {phase.first}"
        bounds = [f"turn >= {phase.first}"] if phase.first else []
        return " && ".join([*bounds, f"turn <= {phase.last}"])

    def _call(self, member: Member, phase: Phase) -> str:
        step = phase.step
        names = {"prefix": "${prefix}", "layer": f"${{layer_{record_name(member, phase)}}}"}
        names["scratch"] = f"({self._scratch(self._group.kernel_offset_bytes)})"
        for position, tensor in enumerate(step.inputs):
            names[f"in{position}"] = self._input(member, phase, tensor)
        names["out0"] = self._rows(step.outputs[0], phase, "")
        names |= {f"k_{constant.what}": f"${{k_{constant.what}}}" for constant in step.constants}
        return own_names(Template(step.call).substitute(names), step, member.number)

    def _input(self, member: Member, phase: Phase, tensor: int) -> str:
        key = (phase.step.op.index, tensor)
        if key in self._group.schedule.direct:
            assert phase.act.read is not None
            return f"(${{in{self._group.inputs.index(tensor)}}}{self._place(tensor, phase.act.read)})"
        if tensor in self._group.hosts:
            return self._rows(tensor, phase, "const ")
        row = self._group.schedule.offsets[key] + phase.act.skipped * self._bands.window(member.number).stride
        return self._pointer(tensor, self._group.buffers[tensor] + row * row_bytes(self._graph, tensor), "const ")

    def _rows(self, tensor: int, phase: Phase, qualifier: str) -> str:
        """The rows of a turn, where a layer makes them, or those of a turn alone are read."""
        host = tensor
        while host in self._group.hosts:
            host = self._group.hosts[host]
        if host == self._output:
            place = f"(${{out0}}{self._place(host, phase.act.written)})"
            return place if tensor == host else self._cast(tensor, place, qualifier)
        flow = self._group.schedule.flows[host]
        offset_bytes = self._group.buffers[host] + (flow.capacity - flow.step) * row_bytes(self._graph, host)
        return self._pointer(tensor, offset_bytes + phase.act.skipped * row_bytes(self._graph, tensor), qualifier)

    def _place(self, tensor: int, rows: Rows) -> str:
        elements = row_bytes(self._graph, tensor) // self._graph.tensors[tensor].dtype.itemsize_bytes
        first, step = rows.first * elements, rows.step * elements
        return f" + turn * {step}" + (f" {'-' if first < 0 else '+'} {abs(first)}" if first else "")

    def _pointer(self, tensor: int, offset_bytes: int, qualifier: str) -> str:
        return self._cast(tensor, f"({self._scratch(offset_bytes)})", qualifier)

    def _cast(self, tensor: int, place: str, qualifier: str) -> str:
        c_type = C_POINTER_TYPES[self._graph.tensors[tensor].dtype.name.lower()]
        return f"({qualifier}{c_type} *)(void *){place}"

    def _buffer(self, tensor: int) -> str:
        return f"(int8_t *)({self._scratch(self._group.buffers[tensor])})"

    @staticmethod
    def _scratch(offset_bytes: int) -> str:
        return f"${{scratch}} + {offset_bytes}" if offset_bytes else "${scratch}"
