"""`mcu header`: models as C arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit.artifacts.code_names import unique_names
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import preprocess_headers, write_model_array
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.pipeline.workspace.up_to_date import STAMP_FOLDER, Step, package_code, perform
from mcu_toolkit.system.resources import templates_dir


@dataclass(frozen=True)
class HeaderOptions:
    """How the arrays are to look; `name` replaces the name of a single model."""

    plain_c: bool = False
    name: str = ""
    section: str = ""


def write_header(models: Sequence[Model], folder: Path, options: HeaderOptions, progress: Progress, *, force: bool = False) -> StepResult:
    """Write `model_data.h` and `.cc` (or `.c`) with an array for each model into `folder`."""
    if options.name and len(models) > 1:
        raise InputError(f"--name with {len(models)} models", expected="one model, or no --name: the arrays are named after the files")
    progress.stage(f"writing {', '.join(model.name for model in models)} as C arrays")
    names = (options.name,) if options.name else tuple(model.name for model in models)
    header, source = folder / "model_data.h", folder / ("model_data.c" if options.plain_c else "model_data.cc")
    step = Step(
        name="header",
        inputs={f"model {number}": model.sha256 for number, model in enumerate(models)},
        options={"section": options.section, "names": names},
        outputs=(header, source, *(folder / name for name in preprocess_headers(models, unique_names(names)))),
        stamp=folder / STAMP_FOLDER / f"header{source.suffix}.json",
        code=(*package_code("firmware"), templates_dir() / "common"),
    )

    def work() -> Mapping[str, Any]:
        array = write_model_array(tuple(models), folder, plain_c=options.plain_c, section=options.section, names=names)
        return {
            "arrays": [{"symbol": s, "size_bytes": len(m.content), "sha256": m.sha256} for s, m in zip(array.symbols, models, strict=True)],
            "preprocess": [str(path) for path in array.preprocess],
        }

    with folder_in_use(folder):
        facts, up_to_date = perform(step, work, force=force)
    lines = [f"{array['symbol']}: {array['size_bytes']:,} bytes" for array in facts["arrays"]]
    files = ", ".join(map(str, (header, source, *facts["preprocess"])))
    return StepResult("header", (*lines, f"files: {files}"), {"header": str(header), "source": str(source), **facts}, up_to_date)
