"""`mcu inspect`: what is in a model, and where it can run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mcu_toolkit.artifacts import CompiledModelInfo, Incompatibility
from mcu_toolkit.artifacts.contract import contract_of_model, names_in_keras
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.profile import InputProfile
from mcu_toolkit.boards import Board
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.model import (
    Kind,
    Model,
    Tensor,
    float_fallbacks,
    has_state,
    input_names,
    kind_of,
    output_names,
    parameters,
    resets_first,
    total_macs,
    weights_bytes,
)
from mcu_toolkit.pipeline.inspection.label_check import label_notes
from mcu_toolkit.pipeline.inspection.memory_check import memory_line
from mcu_toolkit.pipeline.inspection.operator_table import OperatorSummary, operator_lines, operators
from mcu_toolkit.pipeline.inspection.room import decide
from mcu_toolkit.pipeline.workspace.decisions import findings_of
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report.cycles import band_text, time_text
from mcu_toolkit.runtimes import PlansMemory, Runtime, all_runtimes
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.runtimes.custom_operators import custom_operator
from mcu_toolkit.runtimes.structure import check_structure
from mcu_toolkit.system.records import OPTIONAL, named
from mcu_toolkit.units import format_bytes, format_count

_SHOWN_FINDINGS = 8
_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "WHILE": "a loop: give the .keras file of a recurrent model, whose layers mcu quantize makes one operator each",
        "IF": "a branch: take it out of the model",
        "CALL": "a call of another graph: convert without control flow",
    }
)


@dataclass(frozen=True)
class InspectedModel:
    """The file."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class PortSummary:
    """An input or output."""

    name: str
    """What arrays in data files are called after."""
    keras_name: str | None
    tensor: str
    """The name in the graph."""
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    """None for plain numbers, and where each channel has its own."""
    zero_point: int | None

    def __str__(self) -> str:
        shape = "x".join(str(size) for size in self.shape) or "scalar"
        quantization = "" if self.scale is None else f", scale {self.scale:.9g}, zero point {self.zero_point}"
        also = f" (in Keras {self.keras_name})" if self.keras_name not in (None, self.name) else ""
        return f"{self.name}{also}: {self.dtype} {shape}{quantization}"


@dataclass(frozen=True)
class RuntimeAnswer:
    """Whether a runtime takes the model."""

    name: str
    supported: bool
    memory: CompiledModelInfo | None
    """None where the runtime does not plan it, or refuses the model."""
    findings: tuple[Incompatibility, ...]
    fits: bool
    """Whether firmware with the model fits the board, as predicted; an Arduino core's own share is not in that."""
    why: tuple[str, ...]
    """Why it does not fit, and what the prediction leaves open."""
    cycles: tuple[int, int] | None = None
    """The least and the most of an inference on the board, guessed from shapes; None where nothing is known of the core."""
    clock_hz: int = 0


@dataclass(frozen=True)
class InspectResult:
    """What `mcu inspect` found."""

    model: InspectedModel
    kind: str
    runs_on_boards: bool
    float_fallbacks: tuple[str, ...] = field(metadata=named("float_islands"))
    inputs: tuple[PortSummary, ...]
    outputs: tuple[PortSummary, ...]
    operators: tuple[OperatorSummary, ...]
    """Of the first graph."""
    graphs: int
    macs: int
    macs_complete: bool
    """False where some operators' are not known, so that `macs` is a lower bound."""
    parameters: int
    weights_bytes: int
    preprocessing: Preprocessing | None
    frontend: AudioFrontend | None = field(metadata=OPTIONAL)
    training_data: InputProfile | None
    board: str
    runtimes: tuple[RuntimeAnswer, ...]
    notes: tuple[str, ...]
    advice: tuple[str, ...]


def inspect(model: Model, board: Board, choices: RuntimeOptions | None = None, *, brief: bool = False) -> StepResult[InspectResult]:
    """Kind, inputs and outputs, operators, work and weights, and which runtimes take the model for `board`.

    `choices` are about runtimes that plan memory themselves.  `brief`: operators are counted, not listed, in what is printed.
    """
    kind = kind_of(model)
    contract = contract_of_model(model)
    keras_names = names_in_keras(model)
    macs, complete = total_macs(model)
    result = InspectResult(
        model=InspectedModel(model.name, model.sha256, len(model.content)),
        kind=kind.name,
        runs_on_boards=kind.runs_on_boards,
        float_fallbacks=tuple(float_fallbacks(model)),
        inputs=tuple(_port(*port) for port in zip(model.inputs, input_names(model), keras_names.inputs, strict=True)),
        outputs=tuple(_port(*port) for port in zip(model.outputs, output_names(model), keras_names.outputs, strict=True)),
        operators=operators(model.main),
        graphs=len(model.graphs),
        macs=macs,
        macs_complete=complete,
        parameters=parameters(model),
        weights_bytes=weights_bytes(model),
        preprocessing=contract.preprocessing,
        frontend=contract.frontend,
        training_data=contract.profile,
        board=board.id,
        runtimes=tuple(_answer(_configured(runtime, choices), model, board) for runtime in all_runtimes()),
        notes=(*state_notes(model), *label_notes(model)),
        advice=tuple(advice(model)),
    )
    return StepResult("inspect", tuple(_lines(result, kind, brief=brief)), result)


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


def state_notes(model: Model) -> list[str]:
    """Whether an inference depends on those before it; nothing for a model without state."""
    if not has_state(model):
        return []
    if resets_first(model):
        return ["state: every inference begins with the initial state; each is given a whole sequence"]
    return ["state: kept from one inference to the next; reset it where a new sequence begins"]


def _configured(runtime: Runtime, choices: RuntimeOptions | None) -> Runtime:
    return runtime.configured(choices) if choices is not None and isinstance(runtime, PlansMemory) else runtime


def _answer(runtime: Runtime, model: Model, board: Board) -> RuntimeAnswer:
    findings = tuple(findings_of(runtime, model, board))
    memory = runtime.memory(model, board) if isinstance(runtime, PlansMemory) and not findings else None
    decision = decide(model, runtime, board)
    why = () if findings else decision.why
    cycles = None if findings or decision.prediction is None else decision.prediction.cycles
    return RuntimeAnswer(runtime.name, not findings, memory, findings, decision.fits, why, cycles, board.clock_hz)


def _port(tensor: Tensor, name: str, keras_name: str | None) -> PortSummary:
    quantization = None if tensor.quantization is None or tensor.quantization.per_channel else tensor.quantization
    return PortSummary(
        name=name,
        keras_name=keras_name,
        tensor=tensor.name,
        shape=tensor.shape,
        dtype=tensor.dtype.name.lower(),
        scale=None if quantization is None else quantization.scale,
        zero_point=None if quantization is None else quantization.zero_point,
    )


def _lines(found: InspectResult, kind: Kind, *, brief: bool) -> list[str]:
    model = found.model
    least = "" if found.macs_complete else "at least "
    lines = [
        f"model    {model.name}, {format_bytes(model.size_bytes)}, sha256 {model.sha256[:16]}...",
        f"kind     {kind.label}: {kind.meaning}",
        *(f"input    {port}" for port in found.inputs),
        *(f"output   {port}" for port in found.outputs),
        *(f"sound    {line}" for line in ([] if found.frontend is None else found.frontend.lines())),
        *(f"prepare  {line}" for line in ([] if found.preprocessing is None else found.preprocessing.lines())),
        f"work     {least}{format_count(found.macs)} multiply-accumulates per inference",
        f"weights  {format_bytes(found.weights_bytes)}, {format_count(found.parameters)} parameters",
        "",
        f"operators ({len(found.operators)}{f' in the main graph of {found.graphs}' if found.graphs > 1 else ''}):",
    ]
    lines += operator_lines(found.operators)[-1 if brief else 0 :]
    lines += ["", "in floating point:", *(f"  {fallback}" for fallback in found.float_fallbacks)] if found.float_fallbacks else []
    lines += ["", f"runtimes, for board {found.board}:"]
    for runtime in found.runtimes:
        lines += _runtime_lines(runtime, found.board, kind)
    lines += [f"note: {text}" for text in found.notes]
    return lines + [f"advice: {text}" for text in found.advice]


def _runtime_lines(runtime: RuntimeAnswer, board: str, kind: Kind) -> list[str]:
    findings = runtime.findings
    if findings:
        shown = [f"         {one.where}: {one.found}; expected {one.expected}" for one in findings[:_SHOWN_FINDINGS]]
        more = [f"         ... and {len(findings) - _SHOWN_FINDINGS} more"] if len(findings) > _SHOWN_FINDINGS else []
        return [f"  {runtime.name:6} refuses it:", *shown, *more]
    if not kind.runs_on_boards:
        return [f"  {runtime.name:6} could, but only integer models go to a board, and this one is {kind.label}"]
    memory = "" if runtime.memory is None else f": {memory_line(runtime.memory)}"
    if not runtime.fits:
        return [f"  {runtime.name:6} does not fit {board}{memory}", *_time_lines(runtime), *(f"         {line}" for line in runtime.why)]
    remarks = [f"         {line}" for line in runtime.why if line.startswith(("+ core", "layer "))]
    return [f"  {runtime.name:6} takes it{memory}", *_time_lines(runtime), *remarks]


def _time_lines(runtime: RuntimeAnswer) -> list[str]:
    if runtime.cycles is None or not runtime.clock_hz:
        return []
    note = "; not calibrated" if any("not calibrated" in line for line in runtime.why) else ""
    time = time_text(runtime.cycles, runtime.clock_hz)
    return [f"         {band_text(runtime.cycles)} M cycles an inference, {time}, guessed from shapes{note}; mcu bench counts"]
