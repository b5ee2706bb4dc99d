"""The runtime `aot`: models compiled ahead of time to C, no interpreter in the firmware."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from mcu_toolkit.artifacts import CompiledModelInfo, CompilerInfo, FirmwareInfo, Incompatibility
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import ByContent, Model
from mcu_toolkit.model.own_operators import OWN_OPERATORS
from mcu_toolkit.runtimes.aot.compiler import after_each_pass
from mcu_toolkit.runtimes.aot.emit.files import contribute, export
from mcu_toolkit.runtimes.aot.ir.target import Target, target_of
from mcu_toolkit.runtimes.aot.passes.check import check_model
from mcu_toolkit.runtimes.aot.passes.dump import program_text
from mcu_toolkit.runtimes.aot.prediction import predict
from mcu_toolkit.runtimes.base import Contribution, ExportForm, Optimize, Prediction, RuntimeOptions, Traits
from mcu_toolkit.runtimes.custom_operators import SIGNAL_OPERATORS

_TRAITS = Traits(host_runner="aot-host", custom_operators=frozenset({"CIRCULAR_BUFFER", *SIGNAL_OPERATORS, *OWN_OPERATORS}))
_CACHED_MODELS = 8


@dataclass(frozen=True)
class AotRuntime:
    """See `Runtime`."""

    merge: bool = True
    """Whether operators may be done in one step; without, every tensor of the model is in memory once."""
    optimize: Optimize = "balanced"
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
        return _findings(ByContent(model))

    def contribute(self, models: Sequence[Model], board: Board) -> Contribution:
        """The C files of `models`, their kernels, the shared arena and inference.c."""
        made = contribute(models, self._target(board))
        info = dataclasses.replace(made.info, compiler=CompilerInfo(self.optimize, self.max_arena_bytes))
        return dataclasses.replace(made, optimize=self.optimize, info=info)

    def _target(self, board: Board) -> Target:
        smallest = 0 if self.optimize == "ram" else None
        limit_bytes = smallest if self.max_arena_bytes is None else self.max_arena_bytes
        return dataclasses.replace(target_of(board), merge=self.merge, max_arena_bytes=limit_bytes)

    def export(self, models: Sequence[Model], board: Board, form: ExportForm) -> Contribution:
        """The C files of `models`, their kernels and arenas with an example, a Makefile and a guide; or a library."""
        return export(models, self._target(board), form)

    def memory(self, model: Model, board: Board) -> CompiledModelInfo:
        """See `PlansMemory`."""
        return contribute([model], self._target(board)).info.compiled_models[0]

    def predict(self, models: Sequence[Model], board: Board) -> Prediction:
        """See `PredictsSize`."""
        return predict(models, board, self._target(board), self.optimize)

    def configured(self, options: RuntimeOptions) -> AotRuntime:
        """The same, optimised for something else, with another limit of the arena; raises InputError for options of another runtime."""
        for name, value in (("--tflm-library", options.tflm_library), ("--kernels", options.kernels)):
            if value is not None:
                raise InputError(f"{name} is an option of the tflm runtime", expected="--runtime tflm, or without it")
        limit_bytes = self.max_arena_bytes if options.max_arena_bytes is None else options.max_arena_bytes
        return dataclasses.replace(self, optimize=options.optimize or self.optimize, max_arena_bytes=limit_bytes)

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
        """What the compiler optimises for, the limit of the arena, and whether operators are merged."""
        limit = "" if self.max_arena_bytes is None else f" arena {self.max_arena_bytes}"
        return self.optimize + limit + ("" if self.merge else " unmerged")

    def pass_dumps(self, model: Model, board: Board) -> Sequence[tuple[str, str]]:
        """See `DumpsPasses`."""
        names = ((number, one.__name__, program) for number, (one, program) in enumerate(after_each_pass(model, self._target(board)), 1))
        return [(f"{number:02}-{name}.txt", program_text(program, name)) for number, name, program in names]

    def without_merging(self) -> AotRuntime:
        """See `MergesOperators`."""
        return dataclasses.replace(self, merge=False)

    def wants_per_tensor_dense(self, board: Board) -> str:
        """It runs both."""
        del board
        return ""


@functools.lru_cache(maxsize=_CACHED_MODELS)
def _findings(key: ByContent) -> tuple[Incompatibility, ...]:
    """Commands ask for each board."""
    return check_model(key.model)
