"""The C of a cascade: one loop over turns, in which each layer makes its rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.cascade.bands import Bands
from mcu_toolkit.runtimes.aot.cascade.cascade import Cascade, row_bytes
from mcu_toolkit.runtimes.aot.cascade.members import Member, Phase, Rows
from mcu_toolkit.runtimes.aot.ir.c_text import C_POINTER_TYPES
from mcu_toolkit.runtimes.aot.ir.c_tree import (
    Binary,
    Block,
    Branches,
    Cast,
    Expression,
    Group,
    Input,
    Node,
    Output,
    Record,
    RecordValue,
    Scratch,
    Table,
    call,
    replaced,
    replaced_statement,
)


def cascade_code(graph: Graph, bands: Bands, cascade: Cascade) -> tuple[Node, ...]:
    """The statements of the cascade's step (`LoweredOperator.call`)."""
    return tuple(_Code(graph, bands, cascade).statements())


def own_tables(value: Expression, number: int) -> Expression:
    """`value` of layer `number`'s step with its constants called as the cascade's step calls them."""

    def change(node: Node) -> Expression:
        return own_table(node, number) if isinstance(node, Table) else node

    return replaced(value, change) if isinstance(value, Node) else value


def own_table(table: Table, number: int) -> Table:
    """A constant of layer `number`, as the cascade's step calls it."""
    return Table(f"{table.what}_{number}")


def record_name(member: Member, phase: Phase) -> str:
    """Of the record of a layer in a phase, among the cascade's; phases that are lowered alike share one."""
    return f"{member.number}_{next(number for number, step in enumerate(member.steps) if step is phase.step)}"


class _Code:
    def __init__(self, graph: Graph, bands: Bands, cascade: Cascade) -> None:
        self._graph = graph
        self._bands = bands
        self._cascade = cascade
        self._output = bands.views[cascade.last].op.outputs[0]

    def statements(self) -> Iterator[Node]:
        flows = {tensor: (Record(element=number), self._buffer(tensor)) for number, tensor in enumerate(self._cascade.buffers)}
        for flow in flows.values():
            yield call("aot_rows_begin", *flow)
        body: list[Node] = []
        for tensor, flow in flows.items():
            if tensor in self._cascade.inputs:
                source = Cast("const int8_t *", Input(self._cascade.inputs.index(tensor)))
                body.append(call("aot_rows_load", *flow, "turn", source))
            else:
                body.append(call("aot_rows_next", *flow, "turn"))
        for member in self._cascade.members:
            body.append(self._member(member))
        yield Block(f"for (int32_t turn = 0; turn < {self._cascade.schedule.turns}; ++turn)", tuple(body))

    def _member(self, member: Member) -> Branches:
        return Branches(tuple((self._condition(phase), self._call(member, phase)) for phase in member.phases))

    def _condition(self, phase: Phase) -> Expression:
        if phase.first == phase.last:
            return Binary("turn", "==", phase.first)
        last = Binary("turn", "<=", phase.last)
        return Binary(Binary("turn", ">=", phase.first), "&&", last) if phase.first else last

    def _call(self, member: Member, phase: Phase) -> tuple[Node, ...]:
        step, output = phase.step, self._rows(phase.step.outputs[0], phase, "")

        def change(node: Node) -> Expression:
            if isinstance(node, (Input, Output)):
                return self._input(member, phase, step.inputs[node.position]) if isinstance(node, Input) else output
            match node:
                case Record() | RecordValue():
                    return dataclasses.replace(node, name=record_name(member, phase))
                case Scratch():
                    return Group(self._scratch(self._cascade.kernel_offset_bytes))
                case Table():
                    return own_table(node, member.number)
            return node

        return tuple(replaced_statement(one, change) for one in step.call)

    def _input(self, member: Member, phase: Phase, tensor: int) -> Expression:
        key = (phase.step.op.index, tensor)
        if key in self._cascade.schedule.direct:
            assert phase.act.read is not None
            return self._place(Input(self._cascade.inputs.index(tensor)), tensor, phase.act.read)
        if tensor in self._cascade.hosts:
            return self._rows(tensor, phase, "const ")
        row = self._cascade.schedule.offsets[key] + phase.act.skipped * self._bands.window(member.number).stride
        return self._pointer(tensor, self._cascade.buffers[tensor] + row * row_bytes(self._graph, tensor), "const ")

    def _rows(self, tensor: int, phase: Phase, qualifier: str) -> Expression:
        """The rows of a turn, where a layer makes them, or those of a turn alone are read."""
        host = tensor
        while host in self._cascade.hosts:
            host = self._cascade.hosts[host]
        if host == self._output:
            place = self._place(Output(), host, phase.act.written)
            return place if tensor == host else self._cast(tensor, place, qualifier)
        flow = self._cascade.schedule.flows[host]
        offset_bytes = self._cascade.buffers[host] + (flow.capacity - flow.step) * row_bytes(self._graph, host)
        return self._pointer(tensor, offset_bytes + phase.act.skipped * row_bytes(self._graph, tensor), qualifier)

    def _place(self, start: Expression, tensor: int, rows: Rows) -> Group:
        elements = row_bytes(self._graph, tensor) // self._graph.tensors[tensor].dtype.itemsize_bytes
        first, step = rows.first * elements, rows.step * elements
        place = Binary(start, "+", Binary("turn", "*", step))
        return Group(Binary(place, "-" if first < 0 else "+", abs(first)) if first else place)

    def _pointer(self, tensor: int, offset_bytes: int, qualifier: str) -> Cast:
        return self._cast(tensor, Group(self._scratch(offset_bytes)), qualifier)

    def _cast(self, tensor: int, place: Expression, qualifier: str) -> Cast:
        c_type = C_POINTER_TYPES[self._graph.tensors[tensor].dtype.name.lower()]
        return Cast(f"{qualifier}{c_type} *", Cast("void *", place))

    def _buffer(self, tensor: int) -> Cast:
        return Cast("int8_t *", Group(self._scratch(self._cascade.buffers[tensor])))

    @staticmethod
    def _scratch(offset_bytes: int) -> Expression:
        return Binary(Scratch(), "+", offset_bytes) if offset_bytes else Scratch()
