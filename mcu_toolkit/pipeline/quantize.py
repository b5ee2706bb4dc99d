"""`mcu quantize`: one scheme to a file, or all of them side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError
from mcu_toolkit.files import read_bytes
from mcu_toolkit.pipeline.locks import folder_in_use
from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.pipeline.stamps import STAMP_FOLDER, Step, digest_of, package_code, perform
from mcu_toolkit.pipeline.step import StepResult
from mcu_toolkit.quantize import SchemeRow, all_schemes, compare_schemes, get_scheme, quantize_model
from mcu_toolkit.tensorflow_loader import installed_versions
from mcu_toolkit.units import format_bytes, format_percent


@dataclass(frozen=True)
class QuantizeRequest:
    """What to convert: a .keras file or SavedModel folder, with the file of its representative set."""

    source: Path
    data: Path | None
    output: Path
    """A .tflite file; for a comparison a folder."""
    scheme: str = "int8"
    per_tensor_dense: bool = False
    """One scale for the weights of a dense layer, as TFLM needs them before spring 2024."""


def quantize(request: QuantizeRequest, progress: Progress, *, force: bool = False) -> StepResult:
    """`mcu quantize`: converts, checks the result, writes it and its record `<output>.json`."""
    scheme = get_scheme(request.scheme)
    _require_source(request)
    progress.stage(f"quantizing {request.source} ({scheme.name})")
    record = request.output.with_name(f"{request.output.name}.json")
    step = _step(request, "quantize", (request.output, record), {"scheme": scheme.name, "per_tensor_dense": request.per_tensor_dense})

    def work() -> Mapping[str, Any]:
        made = quantize_model(
            request.source,
            request.data,
            scheme=scheme.name,
            output=request.output,
            per_channel_dense=not request.per_tensor_dense,
            on_note=progress.note,
        )
        return {"lines": made.summary_lines()}

    with folder_in_use(request.output):
        facts, up_to_date = perform(step, work, force=force)
    recorded = {key: value for key, value in json.loads(read_bytes(record)).items() if key != "schema_version"}
    return StepResult("quantize", tuple(facts["lines"]), recorded, up_to_date, f"mcu deploy {request.output}")


def compare(request: QuantizeRequest, progress: Progress, *, force: bool = False) -> StepResult:
    """`mcu quantize --compare`: every scheme into the folder `request.output`, and a table of sizes."""
    if request.data is None:
        raise InputError(
            "--compare needs a representative set", on=request.source, expected="an .npz file with x_rep", hint="--data data.npz"
        )
    data = request.data
    names = [scheme.name for scheme in all_schemes()]
    progress.stage(f"quantizing {request.source} ({', '.join(names)})")
    files = tuple(request.output / f"{name}.tflite" for name in names)
    step = _step(request, "compare", files, {"schemes": names})

    def work() -> Mapping[str, Any]:
        return {"rows": [_row(row) for row in compare_schemes(request.source, data, request.output, on_note=progress.note)]}

    with folder_in_use(request.output):
        facts, up_to_date = perform(step, work, force=force)
    return StepResult("quantize", tuple(_table(facts["rows"])), facts, up_to_date)


def _require_source(request: QuantizeRequest) -> None:
    if not request.source.exists():
        raise InputError("model not found", on=request.source, expected="a .keras file or a SavedModel folder", hint="check the path")


def _step(request: QuantizeRequest, name: str, outputs: tuple[Path, ...], options: Mapping[str, object]) -> Step:
    inputs = {"source": digest_of(request.source)}
    if request.data is not None:
        inputs["data"] = digest_of(request.data)
    stamp = outputs[0].parent / STAMP_FOLDER / f"{name}-{request.output.name}.json"
    code = package_code("quantize", "model", "tensorflow_loader.py")
    return Step(name, inputs, {**options, **asdict(installed_versions())}, outputs, stamp, code)


def _row(row: SchemeRow) -> dict[str, Any]:
    return {
        "scheme": row.scheme,
        "kind": row.kind,
        "size_bytes": row.size_bytes,
        "ratio_to_float": row.ratio_to_float,
        "path": None if row.model is None else str(row.model.path),
        "refusal": row.refusal,
    }


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [f"{'scheme':14} {'size':>10} {'of float32':>11}  kind"]
    for row in rows:
        size = "-" if row["size_bytes"] is None else format_bytes(row["size_bytes"])
        ratio = "-" if row["ratio_to_float"] is None else format_percent(row["ratio_to_float"])
        lines.append(f"{row['scheme']:14} {size:>10} {ratio:>11}  {row['refusal'] or row['kind']}")
    return lines
