"""What every runtime looks like: it judges a model and contributes files to a firmware project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args, runtime_checkable

from mcu_toolkit.artifacts import CompiledModelInfo, FirmwareInfo, Incompatibility
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.export_formats import MAKE, ExportFormat
from mcu_toolkit.model import Model

Kernels = Literal["optimized", "reference"]
Optimize = Literal["balanced", "size", "speed", "ram"]
"""What the firmware is optimised for: -O2, -Os, -O3, and -O2 with the smallest arena.  docs/performance.md says what each costs."""


@dataclass(frozen=True)
class Rendered:
    """A template (path below `firmware_templates/`) to be rendered to `target` (path in the project)."""

    template: str
    target: str
    context: object = None
    """A record whose fields are the template's variables, beside those that all templates have; None for no more than these."""


@dataclass(frozen=True)
class Copied:
    """A shipped file (path below `firmware_templates/`) to be copied verbatim to `target` (path in the project)."""

    source: str
    target: str


@dataclass(frozen=True)
class IdleMemory:
    """An array of the runtime's that holds nothing from when outputs were read to when the next input is written; aligned for any type."""

    name: str
    header: str
    """That declares it."""
    size_bytes: int


@dataclass(frozen=True)
class Contribution:
    """What a runtime adds to a firmware project; `firmware` renders and writes it (runtimes never touch the disk)."""

    rendered: tuple[Rendered, ...] = ()
    copied: tuple[Copied, ...] = ()
    arena_bytes: int = 0
    platformio_options: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """Extra options of the `[env]` section: `lib_deps`, `build_src_flags` ..."""
    info: FirmwareInfo = field(default_factory=FirmwareInfo)
    """The arena plan, merged operators, chosen kernels."""
    optimize: Optimize = "balanced"
    idle: IdleMemory | None = None
    archive: str = ""
    """Of an export: the name of a zip file of all its files beside them; empty: there is none."""


@dataclass(frozen=True)
class ExportForm:
    """In which form models are exported into projects of others."""

    format: ExportFormat = MAKE
    """The build system that the folder drops into."""
    observer: bool = False
    """The code shows the result of every layer to a macro of the user's; without, nothing of that is in it."""
    shared_arena: bool = False
    """One arena for all models, which then run one at a time, instead of one for each."""


PLAIN_EXPORT = ExportForm()


@dataclass(frozen=True)
class RuntimeOptions:
    """What a user may choose about a runtime; None leaves it to the runtime and the board.

    Raises UnknownNameError for kinds of kernels and aims that do not exist, InputError for an arena of no bytes.
    """

    tflm_library: str | None = None
    """`--tflm-library`: a folder, or any library specification PlatformIO takes."""
    kernels: Kernels | None = None
    """`--kernels`."""
    optimize: Optimize | None = None
    """`--optimize`."""
    max_arena_bytes: int | None = None
    """`--max-arena`."""

    def __post_init__(self) -> None:
        for kind, value, known in (("kind of kernels", self.kernels, get_args(Kernels)), ("aim", self.optimize, get_args(Optimize))):
            if value is not None and value not in known:
                raise UnknownNameError(kind, value, known)
        if self.max_arena_bytes is not None and self.max_arena_bytes < 1:
            raise InputError(f"--max-arena is {self.max_arena_bytes}", expected="1 byte or more")


@dataclass(frozen=True)
class ConfigKey:
    """A key of the runtime's own section in `mcu.toml`."""

    option: str
    """The option that it gives a default to, as in `mcu.toml`: `tflm_library`."""
    may_be_a_folder: bool = False
    """The path of a folder relative to the file, or any other text; else a text that is taken as it is."""


@dataclass(frozen=True)
class Traits:
    """What the toolkit must know of a runtime whatever the model and the board: nothing outside of it goes by its name."""

    host_runner: str = ""
    """The runner of its own files on this machine, by its name in reports: they are plain C behind `inference.h`.  Empty: it has none."""
    interpreter: str = ""
    """The runner with the same interpreter and kernels, which is asked whether it takes a model; empty: it interprets nothing."""
    keeps_model: bool = False
    """The firmware has the whole .tflite as an array in flash; else only its constants."""
    needs_cpp_library: bool = False
    """The firmware needs a C++ library beside the C library."""
    chooses_kernels: bool = False
    """`--kernels` chooses between optimized kernels and the reference ones, which can be compared on a board."""
    custom_operators: frozenset[str] = frozenset()
    """Names of the custom operators it has kernels for."""
    config: Mapping[str, ConfigKey] = field(default_factory=dict)
    """Keys of its section in `mcu.toml`, which has its name."""


@dataclass(frozen=True)
class Prediction:
    """What firmware with its models will take, known before a compiler runs.  Its own part is in it, an Arduino core's not."""

    flash_bytes: int
    flash_error_bytes: int
    """The linked image has at most so many bytes more."""
    ram_bytes: int
    """Variables, buffers and the arena; the stack is not in it."""
    ram_error_bytes: int
    arena_bytes: int
    stack_bytes: int
    """Of the stack, that will be used."""
    stack_error_bytes: int
    weights_bytes: int
    """Of the flash."""
    cycles: tuple[int, int] | None
    """The least and the most of one inference of each model on the board, by what layers of their shapes cost on its core; None where
    that is unknown."""
    heaviest_layer: str = ""
    """With the most constants in flash: `layer 3 CONV_2D, 36,864 of 88,120 bytes of constants`; empty where that is not known."""
    crowded_layer: str = ""
    """During which the arena is fullest."""
    notes: tuple[str, ...] = ()
    """What is a bound rather than a prediction, and why."""


NO_TRAITS = Traits()
"""Of firmware that no runtime of ours made."""


class Runtime(Protocol):
    """One way of executing a model in firmware.  All runtimes implement `inference.h` and pass one conformance suite."""

    @property
    def name(self) -> str:
        """As in `--runtime`."""
        ...

    @property
    def summary(self) -> str:
        """One line for `mcu runtimes`."""
        ...

    @property
    def traits(self) -> Traits:
        """What does not depend on model, board and options."""
        ...

    def check(self, model: Model, board: Board) -> Sequence[Incompatibility]:
        """Every reason why `model` cannot run on `board` with this runtime; empty if it can."""
        ...

    def contribute(self, models: Sequence[Model], board: Board) -> Contribution:
        """The runtime's files for a firmware with `models`; raises UnsupportedModelError where `check` finds something."""
        ...

    def configured(self, options: RuntimeOptions) -> Runtime:
        """The runtime with these choices; raises InputError for one it does not offer."""
        ...

    def remembered(self, given: RuntimeOptions, info: FirmwareInfo) -> RuntimeOptions:
        """`given`, and where it says nothing the choices of a project that was made before; `info`: of that contribution."""
        ...

    def needs(self, board: Board) -> str:
        """What it needs beside the compiler and this machine may not have, in words; "" if nothing."""
        ...

    def settings(self, board: Board) -> str:
        """What its files depend on beside models, board and toolkit, as a text that changes when that does; "" if nothing."""
        ...

    def wants_per_tensor_dense(self, board: Board) -> str:
        """Why dense layers must be quantized with one weight scale each for it, in words; "" if they need not."""
        ...


@runtime_checkable
class ExportsSources(Protocol):
    """A runtime whose code also works outside of our firmware, in anybody's project."""

    def export(self, models: Sequence[Model], board: Board, form: ExportForm) -> Contribution:
        """The files of a folder that works alone or of a library, their targets relative to it.

        Raises UnsupportedModelError where `check` finds something.
        """
        ...


@runtime_checkable
class PlansMemory(Protocol):
    """A runtime that knows a model's memory before anything is built."""

    def memory(self, model: Model, board: Board) -> CompiledModelInfo:
        """The memory of the model alone; raises UnsupportedModelError where `check` finds something."""
        ...


@runtime_checkable
class PredictsSize(Protocol):
    """A runtime that knows what its firmware will take before anything is compiled."""

    def predict(self, models: Sequence[Model], board: Board) -> Prediction:
        """The firmware with `models`; raises UnsupportedModelError where `check` finds something."""
        ...


@runtime_checkable
class MeasuresArena(Protocol):
    """A runtime whose arena can only be measured on the board: it is built once with a generous arena, then with what was used."""

    def is_measured(self) -> bool:
        """True if the arena's size comes from a board."""
        ...

    def arena_key(self, models: Sequence[Model], board: Board) -> str:
        """What a measurement is valid for: models, library, kernels, board."""
        ...

    def with_measured_arena(self, used_bytes: int, planning_bytes: int = 0) -> Runtime:
        """The same with an arena for models that were seen to use `used_bytes`, and `planning_bytes` more while they start."""
        ...

    def with_smaller_arena(self, models: Sequence[Model], board: Board) -> Runtime | None:
        """The same with a smaller arena than it would take now, for a board that has no room for that; None where it cannot be."""
        ...


@runtime_checkable
class MergesOperators(Protocol):
    """A runtime that does several operators in one step, so that not every tensor of the model is ever in memory."""

    def without_merging(self) -> Runtime:
        """The same with a step for each operator: to find the member of a group that is at fault."""
        ...


@runtime_checkable
class DumpsPasses(Protocol):
    """A runtime that compiles in passes and can show the program after each of them."""

    def pass_dumps(self, model: Model, board: Board) -> Sequence[tuple[str, str]]:
        """(file name, text) of each pass, in order; raises UnsupportedModelError where `check` finds something."""
        ...
