"""The runtime `tflm`: TensorFlow Lite Micro's interpreter, as a PlatformIO library."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mcu_toolkit.artifacts import ConstantDigests, FirmwareInfo, Incompatibility, LibraryInfo, StoredModelInfo
from mcu_toolkit.artifacts.compiled_model import constant_digests
from mcu_toolkit.artifacts.model_array import array_context
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.base import ConfigKey, Contribution, Copied, Optimize, Prediction, Rendered, RuntimeOptions, Traits
from mcu_toolkit.runtimes.tflm import arena as arenas
from mcu_toolkit.runtimes.tflm.checks import check_model
from mcu_toolkit.runtimes.tflm.facts import PER_CHANNEL_DENSE, LibraryFacts
from mcu_toolkit.runtimes.tflm.library import Library, default_library, open_library
from mcu_toolkit.runtimes.tflm.notices import NOTICES_FILE, notices_of
from mcu_toolkit.runtimes.tflm.operators import CUSTOM_METHODS
from mcu_toolkit.runtimes.tflm.platformio import options_for, runs_on
from mcu_toolkit.runtimes.tflm.prediction import predict
from mcu_toolkit.runtimes.tflm.resolver import Registration, registrations
from mcu_toolkit.runtimes.tflm.rules import check_library, rounding_notes
from mcu_toolkit.runtimes.tflm.texts import ModelText, layer_constants, model_texts

_TEMPLATES = "runtimes/tflm"
Kernels = Literal["optimized", "reference"]
_TRAITS = Traits(
    interpreter="tflm",
    keeps_model=True,
    needs_cpp_library=True,
    chooses_kernels=True,
    custom_operators=frozenset(CUSTOM_METHODS),
    config={"library": ConfigKey("tflm_library", may_be_a_folder=True), "kernels": ConfigKey("kernels")},
)


@dataclass(frozen=True)
class TflmRuntime:
    """See `Runtime`.  What is not set follows from the board, the models and $MCU_TFLM_LIBRARY."""

    library: str | None = None
    """Any PlatformIO library specification, or a folder."""
    kernels: Kernels = "optimized"
    """`reference`: without CMSIS-NN or ESP-NN, to compare with."""
    arena: arenas.Arena | None = None
    optimize: Optimize = "balanced"

    @property
    def name(self) -> str:
        """`tflm`."""
        return "tflm"

    @property
    def summary(self) -> str:
        """For `mcu runtimes`."""
        return "TensorFlow Lite Micro's interpreter, from a PlatformIO library; the model stays a .tflite in flash"

    @property
    def traits(self) -> Traits:
        """See `Runtime`."""
        return _TRAITS

    def configured(self, options: RuntimeOptions) -> TflmRuntime:
        """The same with another library, other kernels, optimised for something else; raises InputError for what only aot can do."""
        if options.max_arena_bytes is not None or options.optimize == "ram":
            raise InputError(
                "the interpreter's arena is as large as the model makes it",
                expected="--runtime aot with --max-arena and --optimize ram",
            )
        return dataclasses.replace(
            self,
            library=options.tflm_library or self.library,
            kernels=options.kernels or self.kernels,
            optimize=options.optimize or self.optimize,
        )

    def remembered(self, given: RuntimeOptions, info: FirmwareInfo) -> RuntimeOptions:
        """See `Runtime`: the library is remembered."""
        before = None if info.library is None else info.library.specification
        return given if given.tflm_library is not None else dataclasses.replace(given, tflm_library=before, optimize=None)

    def needs(self, board: Board) -> str:
        """The library, unless it is a folder."""
        if open_library(self.library or default_library(board.tflm_library)).is_local:
            return ""
        return "the TFLM library, in a folder (--tflm-library) or fetched by PlatformIO at the first build"

    def settings(self, board: Board) -> str:
        """Library, kernels, arena, what the compiler optimises for."""
        return f"{self.library_for(board).key} {self.kernels} {self.arena} {self.optimize}"

    def wants_per_tensor_dense(self, board: Board) -> str:
        """Says so where the library is too old for anything else, and where nothing is known of it."""
        library = self.library_for(board)
        if library.facts is None:
            return f"what library {library.called} can run is not known before it is fetched"
        if PER_CHANNEL_DENSE in library.facts.capabilities:
            return ""
        return f"library {library.called} ({library.facts.age}) would run a scale a channel wrong"

    def library_for(self, board: Board) -> Library:
        """The library that firmware for `board` is made with; raises InputError where it is a folder that cannot be used, or has not
        the kernels asked for."""
        library = open_library(self.library or default_library(board.tflm_library))
        if self.kernels == "reference" and (library.facts is None or library.facts.kernels != "reference"):
            return library.without_optimized_kernels()
        if library.facts is not None and library.facts.has_reference_twins and not runs_on(library.facts.kernels, board):
            return library.without_optimized_kernels()
        return library

    def check(self, model: Model, board: Board) -> Sequence[Incompatibility]:
        """Every operator that TFLM, or the library in use, cannot run right."""
        findings = check_model(model)
        library = self.library_for(board)
        if library.facts is not None:
            findings += check_library(model, library.facts, library.called)
        return findings

    def contribute(self, models: Sequence[Model], board: Board) -> Contribution:
        """The models as arrays, the resolver, `inference.h` over the interpreter, and the library as a dependency."""
        findings = [finding for model in models for finding in self.check(model, board)]
        if findings:
            reasons = "\n".join(f"    {finding}" for finding in findings[:20])
            raise UnsupportedModelError(f"the tflm runtime cannot run this model:\n{reasons}", on=models[0].name)
        library = self.library_for(board)
        arena = self.arena or arenas.generous(models, board)
        return Contribution(
            rendered=(
                *_rendered(models, board, library.facts, arena),
                Rendered(f"{_TEMPLATES}/third_party_notices.txt.j2", NOTICES_FILE, notices_of(library)),
            ),
            copied=_copied(board),
            arena_bytes=arena.reserved_bytes,
            platformio_options=options_for(library, board),
            info=_info(models, library, arena),
            optimize=self.optimize,
        )

    def predict(self, models: Sequence[Model], board: Board) -> Prediction:
        """See `PredictsSize`."""
        return predict(models, board, self.library_for(board))

    # The rest is `runtimes.base.MeasuresArena`, which `pipeline/proof/arena.py` asks for.

    def is_measured(self) -> bool:
        """True if the arena's size comes from a board."""
        return self.arena is not None and self.arena.used_bytes is not None

    def with_measured_arena(self, used_bytes: int, planning_bytes: int = 0) -> TflmRuntime:
        """The same with an arena for models that were seen to use `used_bytes`, and `planning_bytes` more while they start."""
        return dataclasses.replace(self, arena=arenas.measured(used_bytes, planning_bytes))

    def with_smaller_arena(self, models: Sequence[Model], board: Board) -> TflmRuntime | None:
        """The same with a quarter less, as long as the largest operator's tensors fit."""
        reserved_bytes = (self.arena or arenas.generous(models, board)).reserved_bytes
        smaller = arenas.Arena(arenas.round_up(reserved_bytes * 3 // 4))
        return (
            dataclasses.replace(self, arena=smaller)
            if smaller.reserved_bytes > max(arenas.lower_bound_bytes(models), arenas.LEAST_BYTES)
            else None
        )

    def arena_key(self, models: Sequence[Model], board: Board) -> str:
        """What a measurement is valid for: models, library, board."""
        parts = [*(model.sha256 for model in models), self.library_for(board).key, self.kernels, repr(board)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class _Context:
    """Variables of the templates in runtimes/tflm."""

    models_text: tuple[ModelText, ...]
    registrations: tuple[Registration, ...]
    headers: tuple[str, ...]
    kernels: str
    arena: arenas.Arena
    log_takes_format: bool | None
    """What the library's log function takes; None where nothing is known of the library."""


def _rendered(models: Sequence[Model], board: Board, library: LibraryFacts | None, arena: arenas.Arena) -> tuple[Rendered, ...]:
    texts = model_texts(models)
    operators = registrations(models, library)
    array = array_context(models, [text.symbol for text in texts], section=board.constants_section)
    context = _Context(
        models_text=texts,
        registrations=operators,
        headers=tuple(sorted({one.header for one in operators if one.header})),
        kernels=library.kernels if library is not None else "kernels of the library",
        arena=arena,
        log_takes_format=library.log_takes_format if library is not None else None,
    )
    return (
        Rendered("common/model_data.h.j2", "src/model_data.h", array),
        Rendered("common/model_data.cc.j2", "src/model_data.cc", array),
        Rendered(f"{_TEMPLATES}/tflm_arena.h.j2", "src/tflm_arena.h", context),
        Rendered(f"{_TEMPLATES}/inference.cc.j2", "src/inference.cc", context),
        Rendered(f"{_TEMPLATES}/tflm_log.cc.j2", "src/tflm_log.cc", context),
    )


def _copied(board: Board) -> tuple[Copied, ...]:
    common = (Copied(f"{_TEMPLATES}/tflm_log.h", "src/tflm_log.h"), Copied(f"{_TEMPLATES}/tflm_build.py", "tflm_build.py"))
    if board.platformio.framework:
        return common
    return (
        *common,
        Copied(f"{_TEMPLATES}/shim/Arduino.h", "shim/Arduino.h"),
        Copied(f"{_TEMPLATES}/tflm_shim.cc", "src/tflm_shim.cc"),
    )


def _info(models: Sequence[Model], library: Library, arena: arenas.Arena) -> FirmwareInfo:
    return FirmwareInfo(
        models=tuple(StoredModelInfo(model.name, len(model.content), _constants(model)) for model in models),
        notes=tuple(note for model in models for note in (rounding_notes(model, library.facts, library.called) if library.facts else ())),
        library=LibraryInfo(
            specification=library.specification,
            age=library.facts.age if library.facts else "unknown until it is fetched",
            kernels=library.facts.kernels if library.facts else "unknown",
            arena_is_measured=arena.used_bytes is not None,
        ),
    )


def _constants(model: Model) -> ConstantDigests:
    pieces = ((op.index, model.content[offset : offset + size_bytes]) for op, offset, size_bytes in layer_constants(model))
    return constant_digests(pieces, whole=model.content)
