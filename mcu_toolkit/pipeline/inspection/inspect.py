"""`mcu inspect`: what is in a model, and where it can run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from mcu_toolkit.artifacts.contract import contract_of_model, names_in_keras
from mcu_toolkit.boards import Board
from mcu_toolkit.model import Model, Tensor, float_islands, input_names, kind_of, output_names, parameters, total_macs, weights_bytes
from mcu_toolkit.pipeline.inspection.label_check import label_notes
from mcu_toolkit.pipeline.inspection.memory_check import memory_line
from mcu_toolkit.pipeline.inspection.operator_table import operator_lines, operators
from mcu_toolkit.pipeline.workspace.decisions import findings_of
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runtimes import PlansMemory, Runtime, all_runtimes
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.runtimes.custom_operators import custom_operator
from mcu_toolkit.runtimes.structure import check_structure
from mcu_toolkit.units import format_bytes, format_count

_SHOWN_FINDINGS = 8
_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "WHILE": "a loop: build recurrent layers with unroll=True",
        "IF": "a branch: take it out of the model",
        "CALL": "a call of another graph: convert without control flow",
    }
)


def inspect(model: Model, board: Board, choices: RuntimeOptions | None = None) -> StepResult:
    """Kind, inputs and outputs, operators, work and weights, and which runtimes take the model for `board`.

    `choices` are about runtimes that plan memory themselves.
    """
    kind = kind_of(model)
    contract = contract_of_model(model)
    preprocessing = contract.preprocessing
    keras_names = names_in_keras(model)
    macs, complete = total_macs(model)
    runtimes = [_runtime_facts(_configured(runtime, choices), model, board) for runtime in all_runtimes()]
    facts: dict[str, Any] = {
        "model": {"name": model.name, "sha256": model.sha256, "size_bytes": len(model.content)},
        "kind": kind.name,
        "runs_on_boards": kind.runs_on_boards,
        "float_islands": list(float_islands(model)),
        "inputs": [_port_facts(*port) for port in zip(model.inputs, input_names(model), keras_names.inputs, strict=True)],
        "outputs": [_port_facts(*port) for port in zip(model.outputs, output_names(model), keras_names.outputs, strict=True)],
        "operators": operators(model.main),
        "graphs": len(model.graphs),
        "macs": macs,
        "macs_complete": complete,
        "parameters": parameters(model),
        "weights_bytes": weights_bytes(model),
        "preprocessing": None if preprocessing is None else asdict(preprocessing),
        "training_data": None if contract.profile is None else asdict(contract.profile),
        "board": board.id,
        "runtimes": runtimes,
        "notes": label_notes(model),
        "advice": advice(model),
    }
    return StepResult("inspect", tuple(_lines(model, facts)), facts)


def advice(model: Model) -> list[str]:
    """What to change about operators that no microcontroller runtime has, one sentence each."""
    found = []
    names = {(op.name, op.custom_name) for graph in model.graphs for op in graph.ops}
    for name, custom in sorted(names, key=str):
        if custom is not None and not any(custom in runtime.traits.custom_operators for runtime in all_runtimes()):
            found.append(f"{custom}: {custom_operator(custom).what}; {custom_operator(custom).remedy}")
        elif name in _ADVICE:
            found.append(f"{name}: {_ADVICE[name]}")
    kind = kind_of(model)
    if kind.runs_on_boards:
        return found
    faults = check_structure(model)  # quantizing would not mend them
    return [*map(str, faults), *found] if faults else [f"{kind.label}: {kind.meaning}; {kind.remedy}", *found]


def _configured(runtime: Runtime, choices: RuntimeOptions | None) -> Runtime:
    return runtime.configured(choices) if choices is not None and isinstance(runtime, PlansMemory) else runtime


def _runtime_facts(runtime: Runtime, model: Model, board: Board) -> dict[str, Any]:
    findings = findings_of(runtime, model, board)
    memory = runtime.memory(model, board) if isinstance(runtime, PlansMemory) and not findings else None
    return {
        "name": runtime.name,
        "supported": not findings,
        "memory": memory,
        "findings": [{"where": f.where, "found": f.found, "expected": f.expected, "remedy": f.remedy} for f in findings],
    }


def _port_facts(tensor: Tensor, name: str, keras_name: str | None) -> dict[str, Any]:
    """`name`: what arrays in data files are called after; `tensor`: the name in the graph."""
    known = tensor.quantization is not None and not tensor.quantization.per_channel
    return {
        "name": name,
        "keras_name": keras_name,
        "tensor": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.dtype.name.lower(),
        "scale": tensor.quantization.scale if known and tensor.quantization else None,
        "zero_point": tensor.quantization.zero_point if known and tensor.quantization else None,
    }


def _lines(model: Model, facts: Mapping[str, Any]) -> list[str]:
    kind = kind_of(model)
    preprocessing = contract_of_model(model).preprocessing
    least = "" if facts["macs_complete"] else "at least "
    lines = [
        f"model    {model.name}, {format_bytes(len(model.content))}, sha256 {model.sha256[:16]}...",
        f"kind     {kind.label}: {kind.meaning}",
        *(f"input    {_tensor_line(tensor)}" for tensor in facts["inputs"]),
        *(f"output   {_tensor_line(tensor)}" for tensor in facts["outputs"]),
        *(f"prepare  {line}" for line in ([] if preprocessing is None else preprocessing.lines())),
        f"work     {least}{format_count(facts['macs'])} multiply-accumulates per inference",
        f"weights  {format_bytes(facts['weights_bytes'])}, {format_count(facts['parameters'])} parameters",
        "",
        f"operators ({len(model.main.ops)}{f' in the main graph of {len(model.graphs)}' if len(model.graphs) > 1 else ''}):",
    ]
    lines += operator_lines(facts["operators"])
    lines += ["", "in floating point:", *(f"  {island}" for island in facts["float_islands"])] if facts["float_islands"] else []
    lines += ["", f"runtimes, for board {facts['board']}:"]
    for runtime in facts["runtimes"]:
        lines += _runtime_lines(runtime, kind.runs_on_boards, kind.label)
    lines += [f"note: {text}" for text in facts["notes"]]
    return lines + [f"advice: {text}" for text in facts["advice"]]


def _runtime_lines(runtime: Mapping[str, Any], runs_on_boards: bool, label: str) -> list[str]:
    findings: Sequence[Mapping[str, str]] = runtime["findings"]
    if not findings:
        memory = f": {memory_line(runtime['memory'])}" if runtime["memory"] else ""
        answer = f"takes it{memory}" if runs_on_boards else f"could, but only integer models go to a board, and this one is {label}"
        return [f"  {runtime['name']:6} {answer}"]
    shown = [f"         {f['where']}: {f['found']}; expected {f['expected']}" for f in findings[:_SHOWN_FINDINGS]]
    more = [f"         ... and {len(findings) - _SHOWN_FINDINGS} more"] if len(findings) > _SHOWN_FINDINGS else []
    return [f"  {runtime['name']:6} refuses it:", *shown, *more]


def _tensor_line(tensor: Mapping[str, Any]) -> str:
    shape = "x".join(str(size) for size in tensor["shape"]) or "scalar"
    quantization = "" if tensor["scale"] is None else f", scale {tensor['scale']:.9g}, zero point {tensor['zero_point']}"
    keras_name = tensor["keras_name"]
    also = f" (in Keras {keras_name})" if keras_name not in (None, tensor["name"]) else ""
    return f"{tensor['name']}{also}: {tensor['dtype']} {shape}{quantization}"
