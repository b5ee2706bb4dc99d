"""What one inference executes on an emulated board, layer by layer: counted by a plugin of QEMU, the firmware unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from mcu_toolkit.artifacts import CompiledModelInfo, FirmwareProject, LayerInfo, Vectors
from mcu_toolkit.boards import Board
from mcu_toolkit.build import compiler_of, elf_path, flash_project, function_sizes, variable_address
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.execution_counts import Listing, Trace, Work, build_plugin, estimate, plugin_arguments, read_listing, read_trace, total
from mcu_toolkit.firmware import load_project_info
from mcu_toolkit.model import Model, macs_of
from mcu_toolkit.pipeline.workspace.locks import board_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.report import FunctionReport, LayerReport
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.system.process import require_tool
from mcu_toolkit.validate import inputs_for

_CALLER, _CALLEE = "request_invoke", "inference_invoke"
"""What is counted lies between the call and the return (firmware_templates/common/src/request_model.c)."""
_MARK = "inference_layer"
"""Written before every layer that runs, and behind the last one (firmware_templates/runtimes/aot/)."""


@dataclass(frozen=True)
class Counted:
    """One inference."""

    whole: Work
    layers: tuple[LayerReport, ...]
    """Empty where the firmware does not say where its layers begin (TFLM)."""
    glue: FunctionReport | None
    """What is outside of the layers: with it they add up to `whole`."""


def can_count(board: Board) -> bool:
    """True for boards whose emulator takes the plugin."""
    return board.emulator is not None and board.emulator.facts.has_plugins


def count_inference(project: FirmwareProject, board: Board, model: Model, vectors: Vectors, progress: Progress) -> Counted:
    """One inference of the first sample, in an emulator that counts; the board is left running without."""
    trace, listing = trace_inference(project, board, model, vectors, progress)
    parts = estimate(trace, listing, board.core)
    info = _info_of(project, model)
    running = [] if info is None else [layer for layer in info.layers if layer.runs]
    if info is None or not running or len(parts) != len(running) + 2:  # what is before the first layer, and behind the last one
        return Counted(total(parts), (), None)
    sizes, caller = function_sizes(elf_path(project)), f"{info.prefix}_layers"
    layers = tuple(_layer(model, one, part, sizes, caller) for one, part in zip(running, parts[1:-1], strict=True))
    outside = total((parts[0], parts[-1]))
    return Counted(total(parts), layers, FunctionReport("glue", round(outside.instructions), _rounded(outside.cycles)))


def trace_inference(project: FirmwareProject, board: Board, model: Model, vectors: Vectors, progress: Progress) -> tuple[Trace, Listing]:
    """The blocks that one inference of the first sample runs, and the firmware's instructions; the board is left running."""
    objdump = require_tool(compiler_of(board).program.replace("gcc", "objdump"), hint="install the whole compiler (binutils)")
    elf = elf_path(project)
    listing = read_listing(elf, objdump)
    start, stop = listing.function_start(_CALLEE), listing.return_address(_CALLER, _CALLEE)
    with board_in_use(board, None), temporary_folder() as work:
        counts = work / "counts"
        arguments = plugin_arguments(build_plugin(), start, stop, counts, variable_address(elf, _MARK))
        opened = flash_project(project, board, on_line=progress.line, emulator_arguments=arguments)
        first = [array[:1] for array in inputs_for(model, vectors)]
        with closing(Client(open_port(opened, board.serial.baud))) as client:
            DeviceRunner(client, model).run(first)
        trace = read_trace(counts)
        flash_project(project, board, on_line=progress.line)  # without the plugin again
    return trace, listing


def _info_of(project: FirmwareProject, model: Model) -> CompiledModelInfo | None:
    """None where an interpreter runs the model."""
    number = project.model_sha256s.index(model.sha256)
    models = load_project_info(project.folder).models
    found = models[number] if number < len(models) else None
    return found if isinstance(found, CompiledModelInfo) else None


def _layer(model: Model, info: LayerInfo, part: Work, sizes: Mapping[str, int], caller: str) -> LayerReport:
    """A layer; of the function that calls the layers only what ran in this one is its own code."""
    operators = {op.index: op for op in model.main.ops}
    macs = sum(macs_of(model.main, operators[index]) or 0 for index in (*info.merged, info.index))
    code = {name: part.executed_bytes[name] if name == caller else sizes.get(name, 0) for name in part.by_function}
    return LayerReport(
        index=info.index,
        operator=info.operator,
        merged=info.merged,
        kernel_variant=info.variant,
        macs=macs,
        instructions=round(part.instructions),
        estimated_cycles=_rounded(part.cycles),
        code_bytes=sum(code.values()),
        weights_bytes=info.weights_bytes,
        ram_bytes=info.ram_bytes,
    )


def _rounded(cycles: float | None) -> int | None:
    return None if cycles is None else round(cycles)
