"""`mcu header`: models as C arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts.code_names import unique_names
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import preprocess_headers, write_model_array
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER, CachedStep, package_code, perform
from mcu_toolkit.system.records import INLINE
from mcu_toolkit.system.resources import templates_dir


@dataclass(frozen=True)
class HeaderOptions:
    """How the arrays are to look; `name` replaces the name of a single model."""

    plain_c: bool = False
    name: str = ""
    section: str = ""


@dataclass(frozen=True)
class ModelArray:
    """A model in the source file."""

    symbol: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class WrittenArrays:
    """What was written beside the header itself."""

    arrays: tuple[ModelArray, ...]
    preprocess: tuple[Path, ...]
    """Headers that prepare the models' inputs."""


@dataclass(frozen=True)
class HeaderResult:
    """What `mcu header` wrote."""

    header: Path
    source: Path
    written: WrittenArrays = field(metadata=INLINE)


def write_header(
    models: Sequence[Model], folder: Path, options: HeaderOptions, progress: Progress, *, force: bool = False
) -> StepResult[HeaderResult]:
    """Write `model_data.h` and `.cc` (or `.c`) with an array for each model into `folder`."""
    if options.name and len(models) > 1:
        raise InputError(f"--name with {len(models)} models", expected="one model, or no --name: the arrays are named after the files")
    progress.stage(f"writing {', '.join(model.name for model in models)} as C arrays")
    names = (options.name,) if options.name else tuple(model.name for model in models)
    header, source = folder / "model_data.h", folder / ("model_data.c" if options.plain_c else "model_data.cc")
    step = CachedStep(
        name="header",
        inputs={f"model {number}": model.sha256 for number, model in enumerate(models)},
        options={"section": options.section, "names": str(names)},
        outputs=(header, source, *(folder / name for name in preprocess_headers(models, unique_names(names)))),
        record=folder / CACHE_FOLDER / f"header{source.suffix}.json",
        code=(*package_code("firmware"), templates_dir() / "common"),
    )

    def work() -> WrittenArrays:
        made = write_model_array(tuple(models), folder, plain_c=options.plain_c, section=options.section, names=names)
        pairs = zip(made.symbols, models, strict=True)
        return WrittenArrays(tuple(ModelArray(symbol, len(model.content), model.sha256) for symbol, model in pairs), tuple(made.preprocess))

    with folder_in_use(folder):
        written, up_to_date = perform(step, work, WrittenArrays, force=force)
    lines = [f"{array.symbol}: {array.size_bytes:,} bytes" for array in written.arrays]
    files = ", ".join(map(str, (header, source, *written.preprocess)))
    return StepResult("header", (*lines, f"files: {files}"), HeaderResult(header, source, written), up_to_date)
