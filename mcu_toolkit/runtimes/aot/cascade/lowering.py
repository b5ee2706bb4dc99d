"""A cascade as one step of the compiled model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from mcu_toolkit.model import DType, Graph
from mcu_toolkit.runtimes.aot.cascade.bands import Bands
from mcu_toolkit.runtimes.aot.cascade.c_code import cascade_code, own_tables, record_name
from mcu_toolkit.runtimes.aot.cascade.cascade import Cascade, row_bytes
from mcu_toolkit.runtimes.aot.cascade.members import Member
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator


def lower_cascade(graph: Graph, bands: Bands, cascade: Cascade, *, leading: bool) -> LoweredOperator:
    """The layers of `cascade` as one step; `leading`: its output may begin before an input whose memory it takes over."""
    steps = [step for member in cascade.members for step in member.steps]
    view, rows = bands.views[cascade.last], cascade.schedule.rows
    return LoweredOperator(
        op=view.op,
        merged=tuple(one.op for one in bands.views[cascade.first : cascade.last]),
        inputs=cascade.inputs,
        outputs=view.op.outputs,
        call=cascade_code(graph, bands, cascade),
        headers=("rows.h", *sorted({header for step in steps for header in step.headers})),
        constants=tuple(_constants(cascade)),
        functions=tuple({function.name: function for step in steps for function in step.functions}.values()),
        layer=_flows_record(graph, cascade),
        records=tuple(dict(_records(cascade)).items()),
        scratch_bytes=cascade.scratch_bytes,
        in_place=tuple(position for position, lead_bytes in cascade.leads if not lead_bytes),
        may_grow=True,  # whatever is written lies where nothing is read any more
        leads=tuple((position, lead_bytes) for position, lead_bytes in cascade.leads if lead_bytes and leading),
        macs=sum(_macs(graph, member) for member in cascade.members),
        kernel=f"cascade, {rows} rows at a time: {'; '.join(member.steps[0].kernel for member in cascade.members)}",
        rows=rows,
        variant="cascade",
    )


def _macs(graph: Graph, member: Member) -> int:
    phase = member.phases[0]
    _, height, _, _ = graph.tensors[phase.step.outputs[0]].shape
    return phase.step.macs // phase.act.band.rows * height


def _constants(cascade: Cascade) -> Iterator[Constant]:
    for member in cascade.members:
        for constant in member.steps[0].constants:
            yield dataclasses.replace(constant, what=f"{constant.what}_{member.number}")


def _records(cascade: Cascade) -> Iterator[tuple[str, LayerRecord]]:
    for member in cascade.members:
        for phase in member.phases:
            record = phase.step.layer
            if record is not None:
                fields = tuple((name, own_tables(value, member.number)) for name, value in record.fields)
                yield record_name(member, phase), dataclasses.replace(record, fields=fields)


def _flows_record(graph: Graph, cascade: Cascade) -> LayerRecord | None:
    fields: list[tuple[str, Expression]] = []
    for tensor in cascade.buffers:
        found, flow = graph.tensors[tensor], cascade.schedule.flows[tensor]
        pad = found.quantization.zero_point if found.dtype is DType.INT8 and found.quantization is not None else 0
        kept_bytes = (flow.capacity - flow.step) * row_bytes(graph, tensor)
        text = records.initialiser(
            height=flow.height, step=flow.step, start=flow.start, row_bytes=row_bytes(graph, tensor), kept_bytes=kept_bytes, pad=pad
        )
        fields.append((f"tensor {tensor}", text))
    return LayerRecord("aot_rows", tuple(fields), is_array=True) if fields else None
