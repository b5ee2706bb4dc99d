"""What the C of a compiled model will consist of, without writing it: for predicting its size."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from mcu_toolkit.artifacts.code_parts import CodeParts
from mcu_toolkit.model import DType, Graph
from mcu_toolkit.runtimes.aot.compiler import CompiledModel
from mcu_toolkit.runtimes.aot.emit.c_printer import Places, Printer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator

_CALLED = re.compile(r"\b(aot_\w+|memcpy|memmove|memset|bool_\w+)\b(?! \*)")
"""Kernels of the headers, by name or as an argument, but no types of pointers; functions of the model itself have its prefix."""
_WORD_BYTES = 8
"""Of which a model's state is an array (models.c.j2)."""


def code_parts(compiled: CompiledModel) -> CodeParts:
    """The parts of one model."""
    running = [step for step in compiled.steps if step.call and not _is_in_place(compiled, step)]
    calls = [_call_text(step) for step in running]
    graph = compiled.model.main
    by_layer = tuple(tuple(dict.fromkeys(_units(graph, step))) for step in running)
    ports = [graph.tensors[index] for index in (*graph.inputs, *graph.outputs)]
    arrays = [constant.array.nbytes for step in compiled.steps for constant in step.constants]
    arrays += [block.values.nbytes for block in compiled.state.blocks if block.values is not None]
    arrays += [graph.tensors[index].size_bytes for index in sorted(_constant_tensors(compiled))]
    records: Counter[str] = Counter()
    for record in _records(compiled):
        records[record.c_type] += len(record.fields) if record.is_array else 1
    headers = {f"header {header}" for step in compiled.steps for header in step.headers}
    return CodeParts(
        units=tuple(sorted(headers | {unit for units in by_layer for unit in units})),
        by_model=(by_layer,),
        statements=sum(text.count(";") for text in calls) + sum(block.values is not None for block in compiled.state.blocks),
        arguments=sum(text.count(",") + 1 for text in calls),
        arrays=len(arrays),
        constants_bytes=sum(arrays),
        records=dict(sorted(records.items())),
        ports=len(ports),
        dims=sum(len(tensor.shape) for tensor in ports),
        arena_bytes=compiled.plan.peak_bytes,
        state_bytes=-(-compiled.state.size_bytes // _WORD_BYTES) * _WORD_BYTES,
    )


def _call_text(step: LoweredOperator) -> str:
    """The statements of a step; one word stands for every address, whose digits say nothing of size."""
    return Printer(Places("layer", "model", defaultdict(lambda: "pointer"))).statements(step.call)


def _units(graph: Graph, step: LoweredOperator) -> Iterator[str]:
    """Functions that are written for it, kernels that it names, and types that need a library where a core has no instructions for them."""
    types = {graph.tensors[index].dtype for index in (*step.inputs, *step.outputs) if index >= 0}
    yield from (f"type {name}" for dtype, name in ((DType.FLOAT32, "float32"), (DType.INT64, "int64")) if dtype in types)
    if not step.functions and not step.rows:  # a kernel that is written out where it is called, for the types of this layer
        ports = (step.inputs[:1], step.outputs[:1])
        names = ["-" if not some or some[0] < 0 else graph.tensors[some[0]].dtype.name.lower() for some in ports]
        yield f"operator {step.op.name} {names[0]} {names[1]}"
    yield from (f"function {function.name}" for function in step.functions)
    yield from (f"kernel {name}" for name in _CALLED.findall(_call_text(step)))
    if step.rows:
        yield "cascade"


def _records(compiled: CompiledModel) -> Iterator[LayerRecord]:
    for step in compiled.steps:
        yield from () if step.layer is None else (step.layer,)
        yield from (record for _, record in step.records)


def _is_in_place(compiled: CompiledModel, step: LoweredOperator) -> bool:
    """Nothing is to be done: the output is the input under another shape, where it is."""
    graph, plan = compiled.model.main, compiled.plan
    if not step.must_alias or any(graph.tensors[index].data is not None for index in (step.inputs[0], step.outputs[0])):
        return False
    if {step.inputs[0], step.outputs[0]} & set(compiled.state.tensors):
        return False
    return plan.tensor_offset(step.inputs[0]) == plan.tensor_offset(step.outputs[0])


def _constant_tensors(compiled: CompiledModel) -> set[int]:
    """Constants that kernels, or the user, read as tensors."""
    graph = compiled.model.main
    read = {index for step in compiled.steps for index in (*step.inputs, *step.outputs) if index >= 0}
    return {index for index in (*read, *graph.inputs, *graph.outputs) if graph.tensors[index].data is not None}
