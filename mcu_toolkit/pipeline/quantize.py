"""`mcu quantize`: one scheme to a file, or all of them side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit.files import read_bytes
from mcu_toolkit.pipeline.locks import folder_in_use
from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.pipeline.stamps import STAMP_FOLDER, Step, digest_of, perform
from mcu_toolkit.pipeline.step import StepResult
from mcu_toolkit.quantize import SchemeRow, all_schemes, compare_schemes, get_scheme, quantize_model
from mcu_toolkit.tensorflow_loader import installed_versions
from mcu_toolkit.units import format_bytes


@dataclass(frozen=True)
class QuantizeRequest:
    """What to convert: a .keras file or SavedModel folder, with the file of its representative set."""

    source: Path
    data: Path | None
    output: Path
    """A .tflite file; for a comparison a folder."""
    scheme: str = "int8"


def quantize(request: QuantizeRequest, progress: Progress, *, force: bool = False) -> StepResult:
    """`mcu quantize`: converts, checks the result, writes it and its record `<output>.json`."""
    scheme = get_scheme(request.scheme)
    progress.stage(f"quantizing {request.source} ({scheme.name})")
    record = request.output.with_name(f"{request.output.name}.json")
    step = _step(request, "quantize", (request.output, record), {"scheme": scheme.name}, request.output.parent, request.output.name)

    def work() -> Mapping[str, Any]:
        made = quantize_model(request.source, request.data, scheme=scheme.name, output=request.output, on_note=progress.note)
        return {"lines": made.summary_lines()}

    with folder_in_use(request.output):
        facts, up_to_date = perform(step, work, force=force)
    written = {key: value for key, value in json.loads(read_bytes(record)).items() if key != "schema_version"}
    return StepResult("quantize", tuple(facts["lines"]), written, up_to_date, f"mcu deploy {request.output}")


def compare(request: QuantizeRequest, progress: Progress, *, force: bool = False) -> StepResult:
    """`mcu quantize --compare`: every scheme into the folder `request.output`, and a table of sizes."""
    names = [scheme.name for scheme in all_schemes()]
    progress.stage(f"quantizing {request.source} ({', '.join(names)})")
    step = _step(request, "compare", (), {"schemes": names}, request.output, "compare")

    def work() -> Mapping[str, Any]:
        if request.data is None:
            get_scheme("int8")
        rows = compare_schemes(request.source, _required_data(request), request.output, on_note=progress.note)
        return {"rows": [_row(row) for row in rows], "files": {row["path"]: digest_of(Path(row["path"])) for row in map(_row, rows) if row["path"]}}

    with folder_in_use(request.output):
        known = None if force else step.facts_if_up_to_date()
        if known is not None and any(digest_of(Path(path)) != digest for path, digest in known["files"].items()):
            force = True
        facts, up_to_date = perform(step, work, force=force)
    return StepResult("quantize", tuple(_table(facts["rows"])), {"rows": facts["rows"]}, up_to_date)
