"""`mcu quantize`: one scheme to a file, or all of them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from mcu_toolkit.artifacts.contract import find_frontend
from mcu_toolkit.errors import InputError, NotSatisfiedError
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.anomaly_threshold import kept_windows, with_own_threshold, with_own_thresholds
from mcu_toolkit.pipeline.inspection.anomaly_quality import AnomalyQuality
from mcu_toolkit.pipeline.inspection.next_step import next_step
from mcu_toolkit.pipeline.inspection.quality import Quality, input_range_finding, measured_quality, scheme_warnings, warnings_about
from mcu_toolkit.pipeline.inspection.scheme_table import TableRow, table_lines, table_rows
from mcu_toolkit.pipeline.proof.golden import golden_path, write_golden
from mcu_toolkit.pipeline.scheme_costs import OnBoard, cost_lines, with_costs
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER, CachedStep, digest_of, package_code, perform
from mcu_toolkit.quantize import (
    ConvertOptions,
    Finding,
    QatOptions,
    QuantizedModel,
    Scheme,
    all_schemes,
    compare_schemes,
    get_scheme,
    quantize_model,
)
from mcu_toolkit.quantize.edge_quantizer import edge_quantizer_version
from mcu_toolkit.quantize.layers import parse_layer_schemes
from mcu_toolkit.quantize.quantized_model import read_record
from mcu_toolkit.report.scheme_chart import SchemePoint, draw_schemes
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.system.records import INLINE, OPTIONAL
from mcu_toolkit.system.resources import boards_dir
from mcu_toolkit.system.sandbox import protection_text
from mcu_toolkit.tensorflow_loader import installed_versions, require_tensorflow

CHART = "schemes.png"
"""In the folder of a comparison."""


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
    allow_float_fallbacks: bool = False
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
    frontend: str | None = None
    """What computes raw data from sounds, to be kept in the model: a preset's name, a .toml file or a model that holds it."""

    @property
    def audio_frontend(self) -> AudioFrontend | None:
        """What `frontend` names."""
        return None if self.frontend is None else find_frontend(self.frontend)

    @property
    def options(self) -> ConvertOptions:
        """The options for the converter."""
        return ConvertOptions(
            not self.per_tensor_dense, self.allow_float_fallbacks, parse_layer_schemes(self.keep_float, self.layer_schemes)
        )


@dataclass(frozen=True)
class QuantizeResult:
    """What `mcu quantize` made."""

    model: QuantizedModel = field(metadata=INLINE)
    golden: Path | None
    """The golden vectors; None where there are none."""
    quality: Quality | None
    """Before and after; None where it is not known."""
    warnings: tuple[str, ...]
    anomaly: AnomalyQuality | None = field(default=None, metadata=OPTIONAL)
    """Of a model that judges anomalies; its threshold was chosen here."""


@dataclass(frozen=True)
class SchemesResult:
    """What `mcu quantize --compare` made: a row for each scheme."""

    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class _Quantized:
    """What is kept of a quantization beside the record of the model."""

    lines: tuple[str, ...]
    """What to print."""
    golden: Path | None
    quality: Quality | None
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]
    """Beside those in the record of the model."""
    anomaly: AnomalyQuality | None = field(default=None, metadata=OPTIONAL)


def quantize(request: QuantizeRequest, progress: Progress, *, force: bool = False) -> StepResult[QuantizeResult]:
    """`mcu quantize`: converts, checks the result, writes it, its record `<output>.json` and its golden vectors.

    Raises NotSatisfiedError for a representative set with findings where the request is strict; the files are there then.
    """
    scheme = get_scheme(request.scheme)
    _require_source(request)
    progress.stage(f"quantizing {request.source} ({scheme.name})")
    record = request.output.with_name(f"{request.output.name}.json")
    golden = golden_path(request.output)
    outputs = (request.output, record, golden) if request.data is not None else (request.output, record)
    step = _step(request, "quantize", outputs, {"scheme": scheme.name, "qat_epochs": str(request.qat_epochs)})

    def work() -> _Quantized:
        _tell_protection(request, progress)
        return _quantized(request, scheme, golden, progress)

    with folder_in_use(request.output):
        kept, up_to_date = perform(step, work, _Quantized, force=force)
    recorded = read_record(record)
    model = replace(recorded, findings=(*recorded.findings, *kept.findings))
    if request.strict:
        _refuse_findings(model.findings, request)
    following = next_step(read_model(request.output), request.output)
    lines = (*kept.lines, *([f"  {following.obstacle}"] if following.obstacle else []))
    facts = QuantizeResult(model, kept.golden, kept.quality, kept.warnings, kept.anomaly)
    return StepResult("quantize", lines, facts, up_to_date, following.command)


def _quantized(request: QuantizeRequest, scheme: Scheme, golden: Path, progress: Progress) -> _Quantized:
    """Converts; what to keep of it."""
    windows = kept_windows(request.source, request.data)
    with temporary_folder() as work:
        twin = work / "float32.tflite"
        made = quantize_model(
            request.source,
            request.data,
            scheme=scheme.name,
            output=request.output,
            options=request.options,
            preprocessing=request.preprocessing,
            frontend=request.audio_frontend,
            qat=QatOptions(epochs=request.qat_epochs) if request.qat_epochs else None,
            float_twin=twin if request.data is not None and request.data.is_file() else None,
            on_note=progress.note,
        )
        made, anomaly, kept_threshold = with_own_threshold(made, windows)
        model, float_model = read_model(request.output), read_model(twin) if twin.is_file() else None
    lines, quality = made.summary_lines(), None
    lines += [] if anomaly is None else anomaly.lines()
    lines += [] if kept_threshold is None else [f"  {kept_threshold}"]
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
    return _Quantized(
        lines=(*warnings, *lines),
        golden=golden if request.data is not None and golden.is_file() else None,
        quality=quality,
        warnings=tuple(warnings),
        findings=tuple(findings),
        anomaly=anomaly,
    )


def compare(
    request: QuantizeRequest, progress: Progress, *, force: bool = False, where: OnBoard | None = None
) -> StepResult[SchemesResult]:
    """`mcu quantize --compare`: every scheme into the folder `request.output`, a table of sizes, accuracies and what takes them, and the
    chart of it, `schemes.png`.

    With `where` each is built for that board and run there, too; the verdict is no where the board computes something else.
    """
    if request.data is None:
        raise InputError(
            "--compare needs a representative set", on=request.source, expected="an .npz file with x_rep", hint="--data data.npz"
        )
    if request.options.layer_schemes:
        raise InputError("--compare with schemes for single layers", on=request.source, expected="one scheme at a time for those")
    _require_source(request)
    data = request.data
    names = [scheme.name for scheme in all_schemes()]
    progress.stage(f"quantizing {request.source} ({', '.join(names)})")
    files = tuple(request.output / f"{name}.tflite" for name in names)
    step = _step(request, "compare", files, {"schemes": str(names)})

    def work() -> SchemesResult:
        windows = kept_windows(request.source, data)
        _tell_protection(request, progress)
        made = compare_schemes(
            request.source,
            data,
            request.output,
            options=request.options,
            preprocessing=request.preprocessing,
            frontend=request.audio_frontend,
            on_note=progress.note,
        )
        progress.note("running each of them on the test samples")
        rows, judges = with_own_thresholds(made, windows)
        return SchemesResult(table_rows(rows, data, judges))

    with folder_in_use(request.output):
        facts, up_to_date = perform(step, work, SchemesResult, force=force)
    if where is not None:
        facts = replace(facts, rows=with_costs(facts.rows, data, request.output, where, progress))
    chart = _draw(facts.rows, request)
    lines = (*table_lines(facts.rows), *scheme_warnings(facts.rows), *cost_lines(facts.rows), *(["", f"chart: {chart}"] if chart else []))
    failed = any(row.on_board is not None and row.on_board.verdict == "fail" for row in facts.rows)
    return StepResult("quantize", lines, facts, up_to_date, verdict="fail" if failed else "pass")


def _draw(rows: Sequence[TableRow], request: QuantizeRequest) -> Path | None:
    """The chart of size against accuracy, else against error; None where there is neither."""
    for is_accuracy in (True, False):
        values = [(row, row.quality.accuracy if is_accuracy else row.quality.error) for row in rows]
        points = [SchemePoint(row.scheme, row.size_bytes, value) for row, value in values if row.size_bytes and value is not None]
        if points:
            title = f"{request.source.name} under every scheme"
            write_inside(request.output, CHART, draw_schemes(title, points, is_accuracy=is_accuracy))
            return request.output / CHART
    return None


def _tell_protection(request: QuantizeRequest, progress: Progress) -> None:
    if request.source.suffix != ".tflite":
        progress.note(f"the model is loaded {protection_text()}")


def _refuse_findings(findings: Sequence[Finding], request: QuantizeRequest) -> None:
    if findings:
        lines = "\n".join(f"    {finding}" for finding in findings)
        raise NotSatisfiedError(
            f"the representative set has problems:\n{lines}",
            on=request.data,
            expected="no findings",
            hint="repair it, or leave out --strict",
        )


def _require_source(request: QuantizeRequest) -> None:
    if not request.source.exists():
        raise InputError("model not found", on=request.source, expected="a model file or a SavedModel folder", hint="check the path")
    require_tensorflow("mcu quantize")


def _step(request: QuantizeRequest, name: str, outputs: tuple[Path, ...], options: Mapping[str, str]) -> CachedStep:
    inputs = {"source": digest_of(request.source)}
    for role, path in (("data", request.data), ("preprocessing", request.preprocessing)):
        if path is not None:
            inputs[role] = digest_of(path)
    kept = outputs[0].parent / CACHE_FOLDER / f"{name}-{request.output.name}.json"
    modules = (
        "quantize",
        "model",
        "artifacts",
        "frontend",
        "runtimes",
        "runners/keras_interface.py",
        "tensorflow_loader.py",
        "pipeline/inspection/scheme_table.py",
        "pipeline/proof/golden.py",
        "pipeline/anomaly_threshold.py",
    )
    code = (*package_code(*modules), boards_dir())
    versions = {**asdict(installed_versions()), "edge_quantizer": edge_quantizer_version()}
    more = {"frontend": str(request.audio_frontend)} if request.frontend is not None else {}
    more |= {key: str(value) for key, value in {**asdict(request.options), **versions}.items()}
    return CachedStep(name, inputs, {**options, **more}, outputs, kept, code)
