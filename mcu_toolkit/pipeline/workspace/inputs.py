"""What a step works on: the model or project, the board, the runtime that may run it, the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from mcu_toolkit import firmware  # its modules are imported where a project is read
from mcu_toolkit.artifacts import FirmwareProject, Incompatibility
from mcu_toolkit.boards import Board, custom_board_file, load_board
from mcu_toolkit.errors import InputError, UnknownNameError, UnsupportedModelError
from mcu_toolkit.model import Model, kind_of, read_model
from mcu_toolkit.pipeline.workspace.decisions import findings_of, other_runtimes_hint
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import Kernels, Optimize, Runtime, RuntimeOptions
from mcu_toolkit.runtimes.protocol_limits import check_ends
from mcu_toolkit.runtimes.structure import check_structure
from mcu_toolkit.system.sinks import shell_command

DEFAULT_BOARD = "netduinoplus2"
PORTABLE_BOARD = "host"
"""What code is exported for where no board is named: kernels in plain C."""
_DATA_SUFFIXES = (".npz", ".npy", ".csv", ".wav", ".png", ".jpg", ".jpeg")
FIRMWARE_FOLDER = "firmware"
"""In a deployment's folder: its PlatformIO project."""
_SHOWN_FINDINGS = 20


@dataclass(frozen=True)
class Subject:
    """What the user pointed at: a .tflite file, or a folder of ours with its models, board and runtime."""

    path: Path
    models: tuple[Model, ...]
    project: FirmwareProject | None = None

    @property
    def model(self) -> Model:
        """The only model; raises InputError if there are several."""
        if len(self.models) != 1:
            raise InputError(
                f"holds {len(self.models)} models: {', '.join(model.name for model in self.models)}",
                on=self.path,
                expected="one model",
                hint="give the .tflite file of one of them",
            )
        return self.models[0]

    def board(self, board_id: str | None) -> Board:
        """The board asked for, else the project's, else the default; raises InputError if it is not the project's."""
        if self.project is None:
            return load_board(board_id or DEFAULT_BOARD)
        if board_id in (None, self.project.board_id):
            return board_of(self.project)
        asked = load_board(board_id or DEFAULT_BOARD)
        if asked.id != self.project.board_id:
            raise InputError(
                f"the project was generated for board {self.project.board_id}",
                on=self.path,
                expected=f"--board {self.project.board_id}, or none",
                hint=f"mcu generate MODEL.tflite --board {board_id} -o FOLDER",
            )
        return asked

    def board_file(self, board_id: str | None) -> Path | None:
        """The file of a custom board: the one asked for, else the copy in the project; None for a shipped board."""
        own = custom_board_file(board_id)
        if own is not None or self.project is None:
            return own
        return firmware.own_board_file(self.project)

    def runtime(self, name: str | None, board: Board, options: RuntimeOptions | None = None) -> Runtime:
        """The runtime asked for, else the project's, else the board's default; raises InputError if it is not the project's."""
        if self.project is None:
            return choose_runtime(name, board, options)
        if name not in (None, self.project.runtime):
            get_runtime(name or "")  # a name that does not exist is the first thing to say
            raise InputError(
                f"the project was generated for the {self.project.runtime} runtime",
                on=self.path,
                expected=f"--runtime {self.project.runtime}",
            )
        return choose_runtime(self.project.runtime, board, options or RuntimeOptions())


def open_subject(path: Path) -> Subject:
    """Read a .tflite file, or the folder of a project or deployment.

    Raises InputError for a Keras model, with the command that converts it, and for a folder that is none of ours.
    """
    folder = find_project(path)
    if folder is not None:
        return Subject(path, firmware.load_project_models(folder), firmware.load_project(folder))
    return Subject(path, (load_model(path),))


def find_project(path: Path) -> Path | None:
    """The generated project at `path`, or in the deployment at `path`; None if there is none."""
    return next((folder for folder in (path, path / FIRMWARE_FOLDER) if (folder / firmware.MANIFEST).is_file()), None)


def require_project(path: Path) -> FirmwareProject:
    """The project at `path` or in the deployment there; raises InputError if it is none."""
    return firmware.load_project(find_project(path) or path)


def board_of(project: FirmwareProject) -> Board:
    """The project's board: the copy of the user's own board file in the project, else the shipped board."""
    own = firmware.own_board_file(project)
    return load_board(project.board_id if own is None else str(own))


def load_model(path: Path) -> Model:
    """The model in a .tflite file; raises InputError for a Keras model with the command that converts it, and for data."""
    if path.suffix in {".keras", ".h5", ".hdf5"} or (path / "saved_model.pb").is_file():
        raise _float_model(path)
    if path.suffix.lower() in _DATA_SUFFIXES and path.is_file():
        raise InputError(
            "holds data, not a model",
            on=path,
            expected="a .tflite file, or a folder that `mcu generate` or `mcu deploy` wrote",
            hint=f"the model comes first: MODEL.tflite {shell_command('--data', path)}",
        )
    if path.is_dir():
        raise InputError("is a folder", on=path, expected="a .tflite file, or a folder that `mcu generate` or `mcu deploy` wrote")
    return read_model(path)


def _float_model(path: Path) -> InputError:
    """What to do with it: the data file beside it is named, if there is one."""
    beside = path.parent / "data.npz"
    data = beside if beside.is_file() else Path("DATA.npz")
    return InputError(
        "is a float model",
        on=path,
        expected="an int8 .tflite file; with --data `mcu deploy` takes a float model too, and quantizes it first",
        hint=shell_command("mcu", "quantize", path, "--data", data, "-o", f"{path.stem}.tflite"),
    )


def choose_runtime(name: str | None, board: Board, options: RuntimeOptions | None = None) -> Runtime:
    """The runtime asked for, else the board's default, with the user's choices about it."""
    runtime = get_runtime(name or board.default_runtime)
    return runtime if options is None else runtime.configured(options)


def runtime_options(
    tflm_library: str | None, kernels: str | None, optimize: str | None = None, max_arena_bytes: int | None = None
) -> RuntimeOptions:
    """The user's choices, given as words; raises UnknownNameError for kinds of kernels and aims that do not exist."""
    return RuntimeOptions(tflm_library, cast("Kernels | None", kernels), cast("Optimize | None", optimize), max_arena_bytes)


def benchmark_for(models: Sequence[Model], protocol: str, benchmark: str | None) -> firmware.Benchmark | None:
    """What `--protocol` and `--benchmark` ask for; None for the toolkit's own protocol."""
    if protocol == "toolkit":
        if benchmark is not None:
            raise InputError("--benchmark names a model of MLPerf Tiny", expected="--protocol mlperf-tiny")
        return None
    if protocol != "mlperf-tiny":
        raise UnknownNameError("protocol", protocol, ("toolkit", "mlperf-tiny"))
    if len(models) != 1:
        raise InputError(f"{len(models)} models", expected="one model for --protocol mlperf-tiny")
    return firmware.mlperf_tiny(models[0], benchmark)


def built_with(subject: Subject, choices: RuntimeOptions | None) -> RuntimeOptions | None:
    """The user's choices; where there are none about library, aim or arena, those that the project was generated with."""
    if subject.project is None:
        return choices
    runtime = get_runtime(subject.project.runtime)
    return runtime.remembered(choices or RuntimeOptions(), firmware.load_project_info(subject.project.folder))


def refuse_unsupported(model: Model, runtime: Runtime, board: Board) -> None:
    """Raise UnsupportedModelError, naming the kind of model or every finding, if `runtime` cannot run `model` on `board`."""
    kind = kind_of(model)
    if not kind.runs_on_boards:
        faults = check_structure(model)
        if faults:
            raise UnsupportedModelError(f"the model is not whole, so nothing can be made of it:\n{_listed(faults)}", on=model.name)
        raise UnsupportedModelError(
            f"is a {kind.label} model: {kind.meaning}", on=model.name, expected="a full int8 model", hint=kind.remedy
        )
    findings = findings_of(runtime, model, board)
    if findings:
        raise UnsupportedModelError(
            f"the {runtime.name} runtime cannot run this model:\n{_listed(findings)}",
            on=model.name,
            hint=other_runtimes_hint(runtime, model, board),
        )


def _listed(findings: Sequence[Incompatibility]) -> str:
    lines = "\n".join(f"    {finding}" for finding in findings[:_SHOWN_FINDINGS])
    return lines if len(findings) <= _SHOWN_FINDINGS else f"{lines}\n    ... and {len(findings) - _SHOWN_FINDINGS} more"


def require_ends(model: Model) -> None:
    """Raise UnsupportedModelError for a model that nothing goes into, or nothing comes out of."""
    for finding in check_ends(model):
        raise UnsupportedModelError(f"the model has {finding.found}", on=model.name, expected=finding.expected, hint=finding.remedy)


def is_float_model(path: Path) -> bool:
    """True for a Keras file, a SavedModel folder, and what the extras read: .onnx and .pt2."""
    return path.suffix in {".keras", ".h5", ".hdf5", ".onnx", ".pt2"} or (path / "saved_model.pb").is_file()
