"""`mcu generate --dump-passes`: what the compiler knows of a model after each of its passes, as texts to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mcu_toolkit.artifacts.code_names import code_names
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes import runtime_with
from mcu_toolkit.runtimes.base import DumpsPasses, Runtime
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.system.files import make_folder


def write_pass_dumps(models: Sequence[Model], board: Board, runtime: Runtime, folder: Path) -> None:
    """A text for each pass, in `folder`, for several models in a folder of each model there.

    Raises InputError for a runtime that does not compile in passes.
    """
    if not isinstance(runtime, DumpsPasses):
        raise InputError(
            f"the runtime {runtime.name} does not compile in passes",
            on="--dump-passes",
            expected=f"--runtime {runtime_with(lambda one: isinstance(one, DumpsPasses)).name}",
        )
    make_folder(folder)
    for model, name in zip(models, code_names([model.name for model in models]), strict=True):
        for file, text in runtime.pass_dumps(model, board):
            write_inside(folder, file if len(models) == 1 else f"{name}/{file}", text.encode())
