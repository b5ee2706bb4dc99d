"""`mcu quantize`: one scheme to a file, or all of them side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError, NotSatisfiedError
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.inspection.next_step import next_step
from mcu_toolkit.pipeline.inspection.quality import input_range_finding, measured_quality, scheme_warnings, warnings_about
from mcu_toolkit.pipeline.inspection.scheme_table import table_lines, table_rows
from mcu_toolkit.pipeline.proof.golden import golden_path, write_golden
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.pipeline.workspace.up_to_date import STAMP_FOLDER, Step, digest_of, package_code, perform
from mcu_toolkit.quantize import ConvertOptions, Finding, QatOptions, Scheme, all_schemes, compare_schemes, get_scheme, quantize_model
from mcu_toolkit.quantize.edge_quantizer import edge_quantizer_version
from mcu_toolkit.quantize.layers import parse_layer_schemes
from mcu_toolkit.system.files import read_bytes, temporary_folder
from mcu_toolkit.system.parsing import parse_json
from mcu_toolkit.system.resources import boards_dir
from mcu_toolkit.system.sandbox import protection_text
from mcu_toolkit.tensorflow_loader import installed_versions


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
    allow_float_islands: bool = False
    """Operators without an integer version may stay in floating point."""
    preprocessing: Path | None = None
    """Says how raw data becomes inputs, where the model does not."""
    strict: bool = False
    """Anything wrong with the representative set is a no."""
    qat_epochs: int = 0
    """Epochs of quantization-aware training before the conversion; 0: none."""
    keep_float: tuple[str, ...] = ()
    """Layers that stay in floating point."""
    layer_schemes: tuple[str, ...] = ()
    """`LAYER=SCHEME` for layers that are to differ from the rest."""

    @property
    def options(self) -> ConvertOptions:
        """What the converter is told."""
        return ConvertOptions(not self.per_tensor_dense, self.allow_float_islands, parse_layer_schemes(self.keep_float, self.layer_schemes))


def quantize(request: QuantizeRequest, progress: Progress, *, force: bool = False) -> StepResult:
    """`mcu quantize`: converts, checks the result, writes it, its record `<output>.json` and its golden vectors.

    Raises NotSatisfiedError for a representative set with findings where the request is strict; the files are there then.
    """
    scheme = get_scheme(request.scheme)
    _require_source(request)
    progress.stage(f"quantizing {request.source} ({scheme.name})")
    record = request.output.with_name(f"{request.output.name}.json")
    golden = golden_path(request.output)
    outputs = (request.output, record, golden) if request.data is not None else (request.output, record)
    step = _step(request, "quantize", outputs, {"scheme": scheme.name, "qat_epochs": request.qat_epochs})

    def work() -> Mapping[str, Any]:
        _tell_protection(request, progress)
        return _quantized(request, scheme, golden, progress)

    with folder_in_use(request.output):
        facts, up_to_date = perform(step, work, force=force)
    recorded = {key: value for key, value in parse_json(read_bytes(record), record).items() if key != "schema_version"}
    recorded["findings"] += facts["findings"]
    if request.strict:
        _refuse_findings(recorded["findings"], request)
    following = next_step(read_model(request.output), request.output)
    lines = (*facts["lines"], *([f"  {following.obstacle}"] if following.obstacle else []))
    more = {name: facts[name] for name in ("golden", "quality", "warnings")}
    return StepResult("quantize", lines, {**recorded, **more}, up_to_date, following.command)


def _quantized(request: QuantizeRequest, scheme: Scheme, golden: Path, progress: Progress) -> Mapping[str, Any]:
    """Converts; the facts to keep: what to print, the quality before and after, findings beside those of the record."""
    with temporary_folder() as work:
        twin = work / "float32.tflite"
        made = quantize_model(
            request.source,
            request.data,
            scheme=scheme.name,
            output=request.output,
            options=request.options,
            preprocessing=request.preprocessing,
            qat=QatOptions(epochs=request.qat_epochs) if request.qat_epochs else None,
            float_twin=twin if request.data is not None and request.data.is_file() else None,
            on_note=progress.note,
        )
        model, float_model = read_model(request.output), read_model(twin) if twin.is_file() else None
    lines, quality = made.summary_lines(), None
    findings: list[Finding] = []
    if request.data is not None:
        quality = None if float_model is None else measured_quality(float_model, model, request.data)
        unlike = None if made.findings or quality is None or not scheme.needs_data else input_range_finding(model, request.data)
        findings += [] if unlike is None else [unlike]
        missing = write_golden(model, request.data, request.output)
        lines.append(f"  golden vectors: {golden}" if missing is None else f"  no golden vectors: {missing}")
    for finding in findings:
        progress.note(str(finding))
    found = (*made.findings, *findings)
    warnings = [] if quality is None or request.data is None else warnings_about(quality, found, request.source, request.data)
    return {
        "lines": [*warnings, *lines],
        "golden": str(golden) if request.data is not None and golden.is_file() else None,
        "quality": None if quality is None else asdict(quality),
        "warnings": warnings,
        "findings": [asdict(finding) for finding in findings],
    }


def compare(request: QuantizeRequest, progress: Progress, *, force: bool = False) -> StepResult:
    """`mcu quantize --compare`: every scheme into the folder `request.output`, and a table of sizes, accuracies and what takes them."""
    if request.data is None:
        raise InputError(
            "--compare needs a representative set", on=request.source, expected="an .npz file with x_rep", hint="--data data.npz"
        )
    if request.options.layer_schemes:
        raise InputError("--compare with layers of their own", on=request.source, expected="one scheme at a time for those")
    _require_source(request)
    data = request.data
    names = [scheme.name for scheme in all_schemes()]
    progress.stage(f"quantizing {request.source} ({', '.join(names)})")
    files = tuple(request.output / f"{name}.tflite" for name in names)
    step = _step(request, "compare", files, {"schemes": names})

    def work() -> Mapping[str, Any]:
        _tell_protection(request, progress)
        rows = compare_schemes(
            request.source,
            data,
            request.output,
            options=request.options,
            preprocessing=request.preprocessing,
            on_note=progress.note,
        )
        progress.note("running each of them on the test samples")
        return {"rows": table_rows(rows, data)}

    with folder_in_use(request.output):
        facts, up_to_date = perform(step, work, force=force)
    return StepResult("quantize", (*table_lines(facts["rows"]), *scheme_warnings(facts["rows"])), facts, up_to_date)


def _tell_protection(request: QuantizeRequest, progress: Progress) -> None:
    if request.source.suffix != ".tflite":
        progress.note(f"the model is loaded {protection_text()}")


def _refuse_findings(findings: list[dict[str, str]], request: QuantizeRequest) -> None:
    if findings:
        lines = "\n".join(f"    {finding['what']}; {finding['remedy']}" for finding in findings)
        raise NotSatisfiedError(
            f"the representative set is not in order:\n{lines}",
            on=request.data,
            expected="no findings",
            hint="repair it, or leave out --strict",
        )


def _require_source(request: QuantizeRequest) -> None:
    if not request.source.exists():
        raise InputError("model not found", on=request.source, expected="a model file or a SavedModel folder", hint="check the path")


def _step(request: QuantizeRequest, name: str, outputs: tuple[Path, ...], options: Mapping[str, object]) -> Step:
    inputs = {"source": digest_of(request.source)}
    for role, path in (("data", request.data), ("preprocessing", request.preprocessing)):
        if path is not None:
            inputs[role] = digest_of(path)
    stamp = outputs[0].parent / STAMP_FOLDER / f"{name}-{request.output.name}.json"
    modules = (
        "quantize",
        "model",
        "artifacts",
        "runtimes",
        "runners/keras_interface.py",
        "tensorflow_loader.py",
        "pipeline/inspection/scheme_table.py",
        "pipeline/proof/golden.py",
    )
    code = (*package_code(*modules), boards_dir())
    versions = {**asdict(installed_versions()), "edge_quantizer": edge_quantizer_version()}
    return Step(name, inputs, {**options, **asdict(request.options), **versions}, outputs, stamp, code)
