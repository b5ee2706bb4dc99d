"""From what the user asks for to jobs: which cells there are, and what each of them reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from mcu_toolkit.boards import Board, custom_board_file, load_board
from mcu_toolkit.device.port_errors import refuse_bad_url
from mcu_toolkit.errors import InputError, McuError, UnsupportedModelError
from mcu_toolkit.pipeline.matrix.jobs import Job
from mcu_toolkit.pipeline.matrix.keys import key_of
from mcu_toolkit.pipeline.matrix.measure import outcome_of
from mcu_toolkit.pipeline.matrix.records import Cell, Conditions, FileRef, JobSpec, Outcome
from mcu_toolkit.pipeline.quantize import QuantizeRequest, quantize
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime, is_float_model
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.quantize import get_scheme
from mcu_toolkit.report import Limits
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.files import read_bytes, require_file, sha256_hex
from mcu_toolkit.system.sinks import file_stem

_DEFAULT_SCHEME = "int8"


@dataclass(frozen=True)
class MatrixRequest:
    """The options of `mcu matrix`."""

    models: tuple[Path, ...]
    boards: tuple[str, ...]
    """Ids, or custom .toml files."""
    output: Path = Path("build/matrix")
    runtimes: tuple[str, ...] = ()
    """Empty: each board's default."""
    schemes: tuple[str, ...] = ()
    """For float models."""
    flags: Mapping[str, RuntimeOptions] = field(default_factory=lambda: {"": RuntimeOptions()})
    """Sets of options by their names."""
    tflm_library: str | None = None
    """For runtimes that take a library, where a set of options names none."""
    data: Path | None = None
    data_of: Mapping[str, Path] = field(default_factory=dict)
    """By the name of a model, where it has data of its own."""
    random: int | None = None
    seed: int = 0
    samples: int | None = None
    limits: Limits = field(default_factory=Limits)
    excluded: tuple[Mapping[str, str], ...] = ()
    """Cells to leave out: those that agree with all that one of these says."""
    ports: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Where real boards are, by id."""
    time_limit_s: float = 900.0
    wait_limit_s: float = 900.0

    def data_for(self, model: str) -> Path | None:
        """The data of a model."""
        return self.data_of.get(model, self.data)


@dataclass(frozen=True)
class _Form:
    """A model as boards run it, or why there is none."""

    model: str
    scheme: str
    path: Path | None
    refusal: Outcome | None = None


@dataclass(frozen=True)
class Plan:
    """All cells in their order, each with its job or with what is known of it without one."""

    cells: tuple[Cell, ...]
    jobs: Mapping[Cell, Job]
    refusals: Mapping[Cell, Outcome]


def plan(request: MatrixRequest, progress: Progress) -> Plan:
    """The cells of `request`; float models are quantized on the way, where that is not up to date.

    Raises InputError or UnknownNameError, before anything is made, for names and files that do not exist and where nothing is asked for.
    A model that cannot be read or quantized is a refusal of its own cells.
    """
    boards = checked_boards(request)
    forms = [form for path, name in _named(request.models).items() for form in _forms(path, name, request, progress)]
    jobs: dict[Cell, Job] = {}
    refusals: dict[Cell, Outcome] = {}
    cells: list[Cell] = []
    left_out: list[Cell] = []
    for form, (named, board), (flags, choices) in product(forms, boards.items(), request.flags.items()):
        for runtime in request.runtimes or (board.default_runtime,):
            cell = Cell(form.model, form.scheme, board.id, runtime, flags)
            if any(_agrees(cell, one) for one in request.excluded):
                left_out.append(cell)
                continue
            cells.append(cell)
            try:
                if form.path is None:
                    refusals[cell] = form.refusal or Outcome("error")
                else:
                    jobs[cell] = _job(cell, form.path, (named, board), choices, request)
            except McuError as error:
                refusals[cell] = outcome_of(error)
    for one in request.excluded:
        if not any(_agrees(cell, one) for cell in left_out):
            progress.note(f"[[matrix.exclude]] with {', '.join(f'{key} = {value}' for key, value in one.items())} leaves out nothing")
    if not cells:
        raise InputError("every cell of the matrix is left out", expected="a cell that no [[matrix.exclude]] names")
    return Plan(tuple(cells), jobs, refusals)


def checked_boards(request: MatrixRequest) -> dict[str, Board]:
    """The boards of `request`, by what the user calls them; raises InputError or UnknownNameError for what is wrong with it."""
    if not request.models or not request.boards:
        raise InputError(
            "nothing to do: no models or no boards",
            expected="MODEL... --board BOARD, or models and board in [matrix] of mcu.toml",
        )
    for scheme in request.schemes:
        get_scheme(scheme)
    for runtime in request.runtimes:
        get_runtime(runtime)
    names = _named(request.models)
    unknown = sorted(request.data_of.keys() - set(names.values()))
    if unknown:
        raise InputError(f"data of the model '{unknown[0]}', which is not in the matrix", expected=f"one of {', '.join(names.values())}")
    for path in request.models:
        if not path.exists():
            raise InputError("model not found", on=path, expected="a .tflite file or a float model", hint="check the path")
    for data in (request.data, *request.data_of.values()):
        if data is not None:
            require_file(data, kind="data file")
    boards = {named: load_board(named) for named in request.boards}
    _check_ports(request.ports, {board.id: board for board in boards.values()})
    return boards


def _check_ports(ports: Mapping[str, tuple[str, ...]], boards: Mapping[str, Board]) -> None:
    for board_id, known in ports.items():
        board = boards.get(board_id) or load_board(board_id)  # a list of a whole lab may name more than this matrix needs
        if board.is_emulated:
            raise InputError("an emulated board has its own serial port", on=board_id, expected="no port for it in [matrix.ports]")
        for port in known:
            refuse_bad_url(port)


def _named(models: tuple[Path, ...]) -> dict[Path, str]:
    """Each model's name: its file's, with the folder where two have the same."""
    count = Counter(path.stem for path in dict.fromkeys(models))
    return {path: path.stem if count[path.stem] == 1 else str(path.with_suffix("")) for path in models}


def _forms(path: Path, name: str, request: MatrixRequest, progress: Progress) -> Iterator[_Form]:
    if not is_float_model(path):
        yield _Form(name, "", path)
        return
    for scheme in request.schemes or (_DEFAULT_SCHEME,):
        try:
            data = request.data_for(name)
            if data is None:
                raise InputError("is a float model, and there is no data to quantize it with", on=path, expected="--data FILE with x_rep")
            file = request.output / "models" / f"{file_stem(name.replace('/', '-'))}-{scheme}.tflite"
            quantize(QuantizeRequest(path, data, file, scheme), progress)
            yield _Form(name, scheme, file)
        except McuError as error:
            progress.note(f"{name}, {scheme}: {error.what}")
            yield _Form(name, scheme, None, outcome_of(error))


def _agrees(cell: Cell, one: Mapping[str, str]) -> bool:
    return all(getattr(cell, key) == value for key, value in one.items())


def _job(cell: Cell, model: Path, boards: tuple[str, Board], choices: RuntimeOptions, request: MatrixRequest) -> Job:
    """`boards`: what the user calls the board, and the board."""
    named, board = boards
    choices = _with_library(choices, cell.runtime, request.tflm_library)
    try:
        runtime = choose_runtime(cell.runtime, board, choices)
    except InputError as no:
        raise UnsupportedModelError(no.what, on=cell.flags or None, expected=no.expected, hint="[[matrix.exclude]]") from None
    data = request.data_for(cell.model)
    files: dict[str, Path] = {}

    def reference(path: Path) -> FileRef:
        digest = sha256_hex(read_bytes(path))
        files[digest] = path
        return FileRef(path.name, digest)

    own_file = custom_board_file(named)
    spec = JobSpec(
        model=reference(model),
        board=board.id,
        board_file=None if own_file is None else reference(own_file),
        runtime=cell.runtime,
        choices=choices,
        data=None if data is None else reference(data),
        random=request.random,
        seed=request.seed,
        samples=None if data is None else request.samples,
        limits=request.limits.on(board.id),
    )
    conditions = Conditions(request.ports.get(board.id, ()), request.time_limit_s, request.wait_limit_s)
    return Job(key_of(spec, board, runtime), cell, spec, conditions, files, "" if board.is_emulated else board.id)


def _with_library(choices: RuntimeOptions, runtime: str, library: str | None) -> RuntimeOptions:
    takes_one = any(key.option == "tflm_library" for key in get_runtime(runtime).traits.config.values())
    return replace(choices, tflm_library=library) if takes_one and choices.tflm_library is None else choices
