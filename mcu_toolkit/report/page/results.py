"""Reads results that --json wrote: files may come from strangers, so each field is checked, and how much there is of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mcu_toolkit.artifacts import Comparison, Divergence
from mcu_toolkit.errors import InputError
from mcu_toolkit.report.cycles import Cycles
from mcu_toolkit.report.details import Details
from mcu_toolkit.report.page.limits import check_counts, check_details, harmless
from mcu_toolkit.report.page.run import Distance, LayerError, Run, SchemeRow, TuneCandidate, TuneLayer
from mcu_toolkit.report.page.scores import read_scores
from mcu_toolkit.report.page.stream import read_stream
from mcu_toolkit.report.parts import Cross, Durations, FunctionReport, LayerReport, NotRun, Watermarks
from mcu_toolkit.report.read import REPORT_NAME, current
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.parsing import json_value, object_of
from mcu_toolkit.system.records import from_known

T = TypeVar("T")
MAX_RUNS = 50
_EXPECTED = "what mcu deploy, verify, validate, bench, tune, explain, stream or quantize --compare write with --json"
_LISTS = ("reports", "results")
_NUMBERS = (
    "flash_bytes", "code_bytes", "weights_bytes", "ram_bytes", "data_bytes", "bss_bytes", "arena_bytes", "stack_bytes",
    "stack_reserved_bytes", "instructions", "estimated_cycles", "macs", "latency_us", "clock_hz",
)  # fmt: skip


def read_results(paths: Sequence[Path]) -> tuple[Run, ...]:
    """The runs of these files in their order; raises InputError for what is no result, and for more than `MAX_RUNS`."""
    runs = tuple(run for path in paths for run in _runs_in(path))
    if len(runs) > MAX_RUNS:
        raise InputError(f"{len(runs)} results for one page", expected=f"at most {MAX_RUNS}", hint="make several pages")
    return labelled(runs)


def run_of(document: object, source: str) -> Run:
    """The one run of a result that was just made."""
    return _checked(document, Path(source))[0].named(source)


def labelled(runs: Sequence[Run]) -> tuple[Run, ...]:
    """`runs` with labels that tell them apart: the parts of their names that differ, else their numbers."""
    if len(runs) == 1:
        return (runs[0].named(runs[0].what),)
    for name in (
        lambda run: run.what,
        lambda run: Path(run.source).stem,
        lambda run: Path(run.source).parent.name,
        lambda run: str(Path(run.source).with_suffix("")),
    ):
        labels = [name(run) for run in runs]
        if len(set(labels)) == len(labels) and all(labels):
            return tuple(run.named(label) for run, label in zip(runs, labels, strict=True))
    return tuple(run.named(f"{number}: {run.what}") for number, run in enumerate(runs, 1))


def _runs_in(path: Path) -> list[Run]:
    """Of a deployment's folder the runs in its report.json."""
    path = path / REPORT_NAME if path.is_dir() else path
    try:
        document = json_value(read_bytes(path, kind="result"))
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", on=path, expected=_EXPECTED) from None
    return _checked(document, path)


def _checked(document: object, path: Path) -> list[Run]:
    """Every result in `document`, which may be a list of several."""
    if not isinstance(document, dict):
        raise InputError("is not a result", on=path, expected=_EXPECTED)
    inner = next((document[name] for name in _LISTS if isinstance(document.get(name), list)), None)
    try:
        return [_run(harmless(one), path) for one in ([document] if inner is None else inner)]
    except ValueError as error:
        raise InputError(f"is not a result that can be shown: {error}", on=path, expected=_EXPECTED) from None


def _run(value: object, path: Path) -> Run:
    document = object_of(value, "it")
    check_counts(document)
    step = document.get("step")
    if document.get("verdict") == "error":
        raise InputError(f"is the result of a command that failed: {document.get('message')}", on=path, expected=_EXPECTED)
    if step is None:
        return _report(document, path)
    readers = {"quantize": _schemes, "tune": _tuned, "explain": _explained, "stream": _streamed}
    if step not in readers or (step == "quantize" and "rows" not in document):
        raise InputError(f"is a result of the step {step!r:.40}, of which there is no page", on=path, expected=_EXPECTED)
    return readers[str(step)](JsonTable(document), document, path)


def _report(document: Mapping[str, Any], path: Path) -> Run:
    fields = current(dict(document), path)
    table = JsonTable(fields)
    model = table.table("model")
    verdict = table.required("verdict", str)
    if verdict not in ("pass", "fail"):
        raise ValueError(f"its verdict is '{verdict:.20}'")
    cycles = fields.get("cycles")
    details, problem = _details(fields.get("details"))
    return Run(
        source=str(path),
        kind="report",
        verdict="pass" if verdict == "pass" else "fail",
        reasons=table.items("reasons", str),
        model_name=model.required("name", str),
        model_sha256=model.get("sha256", ""),
        board=table.optional("board", str),
        runtime=table.optional("runtime", str),
        build_id=table.optional("build_id", str),
        golden=table.get("golden", ""),
        compared_with_tflm=table.get("compared_with_tflm", default=True),
        toolkit_version=table.get("toolkit_version", ""),
        comparisons=_records(Comparison, table, fields, "comparisons"),
        accuracy=_shares(fields.get("accuracy", {})),
        metrics={name: from_known(Distance, one) for name, one in object_of(fields.get("metrics", {}), "'metrics'").items()},
        scores=read_scores(fields.get("scores", {}), "'scores'"),
        scores_by_output={
            name: read_scores(one, name) for name, one in object_of(fields.get("scores_by_output", {}), "'scores_by_output'").items()
        },
        numbers={name: _number(fields[name], name) for name in _NUMBERS if fields.get(name) is not None},
        cycles=None if cycles is None else from_known(Cycles, cycles),
        layers=tuple(map(_layer, _list(fields, "layers"))),
        functions=_records(FunctionReport, table, fields, "functions"),
        cross=tuple(_cross(one) for one in _list(fields, "cross")),
        durations=_record(Durations, fields.get("durations")),
        watermarks=_record(Watermarks, fields.get("watermarks")),
        unknown=_texts(fields.get("unknown", {})),
        notes=(*table.items("notes", str), *problem),
        not_run=_records(NotRun, table, fields, "not_run"),
        divergence=_record(Divergence, fields.get("divergence")),
        details=details,
    )


def _details(value: object) -> tuple[Details, tuple[str, ...]]:
    """The details, and what to tell where they are of another version: the figures are worth a page without them."""
    if value is None:
        return Details(), ()
    try:
        return check_details(from_known(Details, value)), ()
    except ValueError as error:
        return Details(), (f"graph, arena and samples are not shown: {error}",)


def _schemes(table: JsonTable, document: Mapping[str, Any], path: Path) -> Run:
    rows = tuple(
        SchemeRow(
            scheme=row.required("scheme", str),
            kind=row.get("kind", ""),
            size_bytes=row.optional("size_bytes", int),
            ratio_to_float=row.real("ratio_to_float"),
            accuracy=row.real("accuracy"),
            error=row.real("error"),
            runtimes=row.items("runtimes", str),
            boards=row.items("boards", str),
            refusal=row.optional("refusal", str),
        )
        for row in table.tables("rows")
    )
    return Run(str(path), "schemes", schemes=rows, model_name=path.stem, toolkit_version=table.get("toolkit_version", ""))


def _tuned(table: JsonTable, document: Mapping[str, Any], path: Path) -> Run:
    model = table.table("model")
    layers = tuple(
        TuneLayer(
            index=layer.required("index", int),
            operator=layer.get("operator", ""),
            variant=layer.get("variant", ""),
            default=layer.get("default", ""),
            candidates=tuple(from_known(TuneCandidate, one) for one in _list(raw, "candidates")),
        )
        for layer, raw in zip(table.tables("layers"), _list(document, "layers"), strict=True)
    )
    return Run(
        str(path),
        "tune",
        model_name=model.get("name", ""),
        model_sha256=model.get("sha256", ""),
        board=table.optional("board", str),
        toolkit_version=table.get("toolkit_version", ""),
        compiler=table.get("compiler", ""),
        tuned=layers,
        totals={
            name: {key: int(_number(one, key)) for key, one in object_of(figures, name).items()}
            for name, figures in object_of(document.get("totals", {}), "'totals'").items()
        },
    )


def _explained(table: JsonTable, document: Mapping[str, Any], path: Path) -> Run:
    losses = tuple(
        LayerError(
            one.get("name", ""), one.get("operator", ""), one.real("sqnr_db"), one.real("output_error") or 0.0, one.optional("op", int)
        )
        for one in table.tables("layers")
    )
    name = Path(table.get("model", path.stem)).stem
    return Run(str(path), "explain", model_name=name, toolkit_version=table.get("toolkit_version", ""), losses=losses)


def _streamed(table: JsonTable, document: Mapping[str, Any], path: Path) -> Run:
    return Run(
        str(path),
        "stream",
        verdict="pass" if table.get("verdict", "") == "pass" else "fail",
        model_name=Path(table.get("model", path.stem)).stem,
        model_sha256=table.get("model_sha256", ""),
        toolkit_version=table.get("toolkit_version", ""),
        comparisons=_records(Comparison, table, document, "comparisons"),
        stream=read_stream(document),
    )


def _layer(value: object) -> LayerReport:
    fields = dict(object_of(value, "a layer"))
    cycles = fields.pop("cycles", None)
    layer = from_known(LayerReport, fields)
    known = None if cycles is None else from_known(Cycles, cycles)
    if known is None or known.source == "estimated":
        return layer
    return from_known(LayerReport, {**fields, "measured_cycles": known.value})


def _cross(value: object) -> Cross:
    return from_known(Cross, {"same_class": None, "level": None, "max_lsb": None, **object_of(value, "a pair of runners")})


def _records(kind: type[T], table: JsonTable, fields: Mapping[str, Any], key: str) -> tuple[T, ...]:
    table.tables(key)  # they are objects
    return tuple(from_known(kind, one) for one in _list(fields, key))


def _record(kind: type[T], value: object) -> T | None:
    return None if value is None else from_known(kind, value)


def _list(fields: Mapping[str, Any], key: str) -> list[Any]:
    found = fields.get(key, [])
    if not isinstance(found, list):
        raise ValueError(f"'{key}' is not a list")
    return found


def _number(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"'{what}' is not a number")
    return value


def _shares(value: object) -> dict[str, float]:
    return {name: float(_number(one, name)) for name, one in object_of(value, "'accuracy'").items()}


def _texts(value: object) -> dict[str, str]:
    return {name: str(one) for name, one in object_of(value, "'unknown'").items()}
