"""A group of layers by rows as one step of the compiled model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from mcu_toolkit.model import DType, Graph
from mcu_toolkit.runtimes.aot.cascade.bands import Bands
from mcu_toolkit.runtimes.aot.cascade.group import RowGroup, row_bytes
from mcu_toolkit.runtimes.aot.cascade.members import Member
from mcu_toolkit.runtimes.aot.cascade.text import group_text, own_names, record_name
from mcu_toolkit.runtimes.aot.ir.operator import Constant, LayerRecord, Step


def group_step(graph: Graph, bands: Bands, group: RowGroup, *, leading: bool) -> Step:
    """The layers of `group` as one step; `leading`: its output may begin before an input whose memory it takes over."""
    steps = [step for member in group.members for step in member.steps]
    view, rows = bands.views[group.last], group.schedule.rows
    return Step(
        op=view.op,
        merged=tuple(one.op for one in bands.views[group.first : group.last]),
        inputs=group.inputs,
        outputs=view.op.outputs,
        call=group_text(graph, bands, group),
        headers=("rows.h", *sorted({header for step in steps for header in step.headers})),
        constants=tuple(_constants(group)),
        functions=tuple({function.name: function for step in steps for function in step.functions}.values()),
        layer=_flows_record(graph, group),
        records=tuple(dict(_records(group)).items()),
        scratch_bytes=group.scratch_bytes,
        in_place=tuple(position for position, lead_bytes in group.leads if not lead_bytes),
        may_grow=True,  # whatever is written lies where nothing is read any more
        leads=tuple((position, lead_bytes) for position, lead_bytes in group.leads if lead_bytes and leading),
        macs=sum(_macs(graph, member) for member in group.members),
        kernel=f"by rows, {rows} at a time: {'; '.join(member.steps[0].kernel for member in group.members)}",
        rows=rows,
        scheme="by rows",
    )


def _macs(graph: Graph, member: Member) -> int:
    phase = member.phases[0]
    _, height, _, _ = graph.tensors[phase.step.outputs[0]].shape
    return phase.step.macs // phase.act.band.rows * height


def _constants(group: RowGroup) -> Iterator[Constant]:
    for member in group.members:
        for constant in member.steps[0].constants:
            yield dataclasses.replace(constant, what=f"{constant.what}_{member.number}")


def _records(group: RowGroup) -> Iterator[tuple[str, LayerRecord]]:
    for member in group.members:
        for phase in member.phases:
            record = phase.step.layer
            if record is not None:
                fields = tuple((name, own_names(value, phase.step, member.number)) for name, value in record.fields)
                yield record_name(member, phase), dataclasses.replace(record, fields=fields)


def _flows_record(graph: Graph, group: RowGroup) -> LayerRecord | None:
    fields = []
    for tensor in group.buffers:
        found, flow = graph.tensors[tensor], group.schedule.flows[tensor]
        pad = found.quantization.zero_point if found.dtype is DType.INT8 and found.quantization is not None else 0
        kept_bytes = (flow.capacity - flow.step) * row_bytes(graph, tensor)
        fields.append(
            (f"tensor {tensor}", f"{{{flow.height}, {flow.step}, {flow.start}, {row_bytes(graph, tensor)}, {kept_bytes}, {pad}}}")
        )
    return LayerRecord("aot_rows", tuple(fields), is_array=True) if fields else None
