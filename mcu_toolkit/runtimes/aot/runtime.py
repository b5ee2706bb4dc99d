"""The runtime `aot`: models compiled ahead of time to C, no interpreter in the firmware."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from mcu_toolkit import __version__
from mcu_toolkit.artifacts import CompiledModelInfo, CompilerInfo, FirmwareInfo, Incompatibility, Tuning
from mcu_toolkit.artifacts.code_names import code_names
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.aot.compiler import CompiledModel, after_each_pass, compile_model, layer_variants
from mcu_toolkit.runtimes.aot.emit.arduino_library import library_name, properties
from mcu_toolkit.runtimes.aot.emit.model_info import model_info
from mcu_toolkit.runtimes.aot.emit.source import ModelText, model_text
from mcu_toolkit.runtimes.aot.ir.target import Target, target_of
from mcu_toolkit.runtimes.aot.memory.planner import ALIGNMENT_BYTES
from mcu_toolkit.runtimes.aot.passes.check import check_model
from mcu_toolkit.runtimes.aot.passes.dump import program_text
from mcu_toolkit.runtimes.aot.passes.kernel_choice import DEFAULT, Choice
from mcu_toolkit.runtimes.aot.prediction import predict
from mcu_toolkit.runtimes.base import Contribution, Copied, LayerVariants, Optimize, Prediction, Rendered, RuntimeOptions, Traits

_TEMPLATES = "runtimes/aot"
_EXPORT_FILES = (("README.md.j2", "README.md"), ("Makefile.j2", "Makefile"), ("main.c.j2", "example/main.c"))
"""Templates of an export beside the models' own, and where they go."""
_LIBRARY_FILES = (
    ("README.md.j2", "README.md"),
    ("library.json.j2", "library.json"),
    ("library.properties.j2", "library.properties"),
    ("sketch.ino.j2", "examples/{title}_example/{title}_example.ino"),
)

_TRAITS = Traits(host_runner="aot-host", custom_operators=frozenset({"CIRCULAR_BUFFER"}))


@dataclass(frozen=True)
class AotRuntime:
    """See `Runtime`."""

    merge: bool = True
    """Whether operators may be done in one step; without, every tensor of the model is in memory once."""
    optimize: Optimize = "balanced"
    tunings: tuple[Tuning, ...] = ()
    """Kernel variants chosen for layers of models, by `mcu tune`; those of other models and cores are not looked at."""
    max_arena_bytes: int | None = None
    """Layers run as cascades until the arena is no larger."""

    @property
    def name(self) -> str:
        """`aot`."""
        return "aot"

    @property
    def summary(self) -> str:
        """For `mcu runtimes`."""
        return "compiles the model to C ahead of time; no interpreter, no heap; byte-equal to TensorFlow Lite Micro"

    @property
    def traits(self) -> Traits:
        """See `Runtime`."""
        return _TRAITS

    def check(self, model: Model, board: Board) -> Sequence[Incompatibility]:
        """Every operator that cannot be compiled, with what would be right and what to do."""
        del board  # every kernel has a portable variant
        return check_model(model)

    def contribute(self, models: Sequence[Model], board: Board) -> Contribution:
        """The C files of `models`, their kernels, the shared arena and inference.c."""
        made = contribute(models, self._target(board), self._choices(board))
        info = dataclasses.replace(made.info, compiler=CompilerInfo(self.optimize, self.max_arena_bytes))
        return dataclasses.replace(made, optimize=self.optimize, info=info)

    def _target(self, board: Board) -> Target:
        smallest = 0 if self.optimize == "ram" else None
        limit_bytes = smallest if self.max_arena_bytes is None else self.max_arena_bytes
        return dataclasses.replace(target_of(board), merge=self.merge, max_arena_bytes=limit_bytes)

    def export(self, models: Sequence[Model], board: Board, *, as_library: bool, observer: bool = False) -> Contribution:
        """The C files of `models`, their kernels and the shared arena with an example, a Makefile and a guide; or a library."""
        return export(models, self._target(board), as_library=as_library, observer=observer, choices=self._choices(board))

    def memory(self, model: Model, board: Board) -> CompiledModelInfo:
        """See `PlansMemory`."""
        return contribute([model], self._target(board), self._choices(board)).info.compiled_models[0]

    def predict(self, model: Model, board: Board) -> Prediction:
        """See `PredictsSize`."""
        return predict(model, board, self._target(board), self._choices(board).get(model.sha256, DEFAULT), self.optimize)

    def configured(self, options: RuntimeOptions) -> AotRuntime:
        """The same, optimised for something else, with another limit of the arena; raises InputError for options of another runtime."""
        for name, value in (("--tflm-library", options.tflm_library), ("--kernels", options.kernels)):
            if value is not None:
                raise InputError(f"{name} is an option of the tflm runtime", expected="--runtime tflm, or without it")
        limit_bytes = self.max_arena_bytes if options.max_arena_bytes is None else options.max_arena_bytes
        optimize, tunings = options.optimize or self.optimize, options.tunings or self.tunings
        return dataclasses.replace(self, optimize=optimize, max_arena_bytes=limit_bytes, tunings=tunings)

    def remembered(self, given: RuntimeOptions, info: FirmwareInfo) -> RuntimeOptions:
        """See `Runtime`: the goal and the arena's limit are remembered, together."""
        before = info.compiler
        if before is None or given.optimize is not None or given.max_arena_bytes is not None:
            return given
        return dataclasses.replace(given, optimize=cast("Optimize", before.optimize), max_arena_bytes=before.max_arena_bytes)

    def needs(self, board: Board) -> str:
        """Nothing."""
        del board
        return ""

    def settings(self, board: Board) -> str:
        """What the compiler optimises for, the limit of the arena, whether operators are merged, and chosen kernel variants."""
        limit = "" if self.max_arena_bytes is None else f" arena {self.max_arena_bytes}"
        chosen = "".join(
            f" {sha256[:16]} {dict(sorted(choice.variants.items()))}" for sha256, choice in sorted(self._choices(board).items())
        )
        return self.optimize + limit + ("" if self.merge else " unmerged") + chosen

    def pass_dumps(self, model: Model, board: Board) -> Sequence[tuple[str, str]]:
        """See `DumpsPasses`."""
        choice = self._choices(board).get(model.sha256, DEFAULT)
        names = (
            (number, one.__name__, program) for number, (one, program) in enumerate(after_each_pass(model, self._target(board), choice), 1)
        )
        return [(f"{number:02}-{name}.txt", program_text(program, name)) for number, name, program in names]

    def layer_variants(self, model: Model, board: Board) -> Mapping[int, LayerVariants]:
        """See `ChoosesVariants`."""
        return layer_variants(model, target_of(board))

    def tuned(self, tunings: Sequence[Tuning]) -> AotRuntime:
        """See `ChoosesVariants`."""
        return dataclasses.replace(self, tunings=tuple(tunings))

    def _choices(self, board: Board) -> Mapping[str, Choice]:
        """The choices for such a core by the hash of the model."""
        return {
            one.model_sha256: Choice(dict(one.variants))
            for one in self.tunings
            if (one.core, one.instruction_set) == (board.core, board.instruction_set)
        }

    def without_merging(self) -> AotRuntime:
        """See `MergesOperators`."""
        return dataclasses.replace(self, merge=False)

    def wants_per_tensor_dense(self, board: Board) -> str:
        """It runs both."""
        del board
        return ""


@dataclass(frozen=True)
class _ArenaContext:
    """Variables of aot_arena.h.j2."""

    arena_bytes: int


@dataclass(frozen=True)
class _ModelContext:
    """Variables of model.h.j2 and model.c.j2."""

    text: ModelText
    observed: bool
    """Whether layers are announced and shown: in our firmware, where it costs nothing until it is asked for, but not in exports."""


@dataclass(frozen=True)
class _InferenceContext:
    """Variables of inference.c.j2."""

    texts: tuple[ModelText, ...]
    kernels: str


@dataclass(frozen=True)
class _ExportContext:
    """Variables of the templates in export/."""

    texts: tuple[ModelText, ...]
    arena_bytes: int
    kernels: str
    as_library: bool
    title: str
    properties: Mapping[str, str]
    """The fields of library.properties."""


@dataclass(frozen=True)
class _Compiled:
    """Models compiled together: what they share and their texts."""

    models: tuple[CompiledModel, ...]
    texts: tuple[ModelText, ...]
    arena_bytes: int

    @classmethod
    def of(cls, models: Sequence[Model], target: Target, choices: Mapping[str, Choice]) -> _Compiled:
        compiled = tuple(
            compile_model(model, target, prefix, choices.get(model.sha256, DEFAULT))
            for model, prefix in zip(models, code_names([model.name for model in models]), strict=True)
        )
        arena_bytes = max(ALIGNMENT_BYTES, *(one.plan.peak_bytes for one in compiled))
        return cls(compiled, tuple(model_text(one) for one in compiled), arena_bytes)

    def contribution(
        self, folder: str, *others: Rendered, observed: bool, options: Mapping[str, Sequence[str]] = MappingProxyType({})
    ) -> Contribution:
        """The models' own files in `folder` (it ends with `/`, or is empty), and `others`; `options`: of platformio.ini."""
        rendered = [
            Rendered(f"{_TEMPLATES}/aot_arena.h.j2", f"{folder}aot_arena.h", _ArenaContext(self.arena_bytes)),
            Rendered(f"{_TEMPLATES}/aot_arena.c.j2", f"{folder}aot_arena.c"),
        ]
        for text in self.texts:
            context = _ModelContext(text, observed)
            rendered += [Rendered(f"{_TEMPLATES}/model.{suffix}.j2", f"{folder}{text.prefix}.{suffix}", context) for suffix in "hc"]
        headers = sorted({"aot.h", "real.h"} | {header for text in self.texts for header in text.headers})
        copied = tuple(Copied(f"{_TEMPLATES}/kernels/{header}", f"{folder}kernels/{header}") for header in headers)
        info = FirmwareInfo(
            models=tuple(model_info(one, text) for one, text in zip(self.models, self.texts, strict=True)),
            notes=(
                *(_tuned_note(one) for one in self.models if one.choice.variants),
                *(_folded_note(one) for one in self.models if one.folded_operators),
            ),
        )
        return Contribution((*rendered, *others), copied, self.arena_bytes, platformio_options=dict(options), info=info)


_NO_CHOICES: Mapping[str, Choice] = MappingProxyType({})


def contribute(models: Sequence[Model], target: Target, choices: Mapping[str, Choice] = _NO_CHOICES) -> Contribution:
    """The files for `models` on `target` in our firmware; `choices` by the hash of the model.  Raises what `compile_model` does."""
    compiled = _Compiled.of(models, target, choices)
    context = _InferenceContext(compiled.texts, _kernel_names(compiled.models))
    inference = Rendered(f"{_TEMPLATES}/inference.c.j2", "src/inference.c", context)
    return compiled.contribution("src/", inference, observed=True, options={"build_src_flags": ["-DINFERENCE_TRACK_LAYER=1"]})


def export(
    models: Sequence[Model], target: Target, *, as_library: bool, observer: bool = False, choices: Mapping[str, Choice] = _NO_CHOICES
) -> Contribution:
    """The files of a folder that works alone, or of a library; raises what `compile_model` does."""
    compiled = _Compiled.of(models, target, choices)
    names = [text.prefix for text in compiled.texts]
    title = library_name(names)
    context = _ExportContext(
        texts=compiled.texts,
        arena_bytes=compiled.arena_bytes,
        kernels=_kernel_names(compiled.models),
        as_library=as_library,
        title=title,
        properties=properties(title, __version__, [f"{name}.h" for name in names]),
    )
    files = _LIBRARY_FILES if as_library else _EXPORT_FILES
    others = (Rendered(f"{_TEMPLATES}/export/{template}", target.format(title=title), context) for template, target in files)
    return compiled.contribution("src/" if as_library else "", *others, observed=observer)


def _kernel_names(compiled: Sequence[CompiledModel]) -> str:
    """Instruction sets of the kernels, for inference_runtime()."""
    found = sorted(
        {header.split("/")[0] if "/" in header else "portable" for one in compiled for step in one.steps for header in step.headers}
    )
    return ", ".join(found) or "portable"


def _tuned_note(compiled: CompiledModel) -> str:
    return f"{compiled.model.name}: uses the kernel variants that mcu tune chose (--no-tune for the default ones)"


def _folded_note(compiled: CompiledModel) -> str:
    count = compiled.folded_operators
    what = "1 of its operators is constant and was" if count == 1 else f"{count} of its operators are constant and were"
    return f"{compiled.model.name}: {what} computed at compile time"
