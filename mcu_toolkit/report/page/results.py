"""Reads results that --json wrote: files may come from strangers, so each field is checked, and how much there is of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

from mcu_toolkit.artifacts import Comparison, Divergence
from mcu_toolkit.errors import InputError
from mcu_toolkit.report.cycles import Cycles
from mcu_toolkit.report.details import Details
from mcu_toolkit.report.difference import Difference
from mcu_toolkit.report.page.limits import check_counts, check_details, harmless
from mcu_toolkit.report.page.run import Distance, FitAnswer, LayerError, MatrixAnswer, PredictionAnswer, Run, SchemeRow
from mcu_toolkit.report.page.scores import read_scores
from mcu_toolkit.report.page.stream import read_stream
from mcu_toolkit.report.parts import Cross, Durations, FunctionReport, LayerReport, NotRun, Watermarks
from mcu_toolkit.report.read import current, read_results_of, report_file
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.parsing import object_of
from mcu_toolkit.system.records import from_known

T = TypeVar("T")
MAX_RUNS = 50
_EXPECTED = (
    "what mcu deploy, verify, validate, bench, explain, stream, fit, predict, compare, matrix or quantize --compare write with --json"
)
_NUMBERS = (
    "flash_bytes", "code_bytes", "weights_bytes", "ram_bytes", "data_bytes", "bss_bytes", "arena_bytes", "stack_bytes",
    "stack_reserved_bytes", "instructions", "estimated_cycles", "macs", "latency_us", "clock_hz",
)  # fmt: skip


def read_results(paths: Sequence[Path]) -> tuple[Run, ...]:
    """The runs of these files in their order; raises InputError for what is no result, and for more than `MAX_RUNS`."""
    runs = tuple(_checked(one.plain, report_file(path)) for path in paths for one in read_results_of(path))
    if len(runs) > MAX_RUNS:
        raise InputError(f"{len(runs)} results for one page", expected=f"at most {MAX_RUNS}", hint="make several pages")
    return labelled(runs)


def run_of(document: object, source: str) -> Run:
    """The one run of a result that was just made."""
    return _checked(document, Path(source)).named(source)


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


def _checked(document: object, path: Path) -> Run:
    try:
        return _run(JsonTable(harmless(document)), path)
    except ValueError as error:
        raise InputError(f"is not a result that can be shown: {error}", on=path, expected=_EXPECTED) from None


def _run(table: JsonTable, path: Path) -> Run:
    check_counts(table)
    step = table.value("step")
    if step is None:
        return _report(current(table, path), path)
    readers = {
        **{"quantize": _schemes, "explain": _explained, "stream": _streamed},
        **{"fit": _fit, "predict": _predicted, "compare": _compared, "matrix": _matrix},
    }
    if not isinstance(step, str) or step not in readers or (step == "quantize" and "rows" not in table):
        raise InputError(f"is a result of the step {step!r:.40}, of which there is no page", on=path, expected=_EXPECTED)
    return readers[step](table, path)


def _report(table: JsonTable, path: Path) -> Run:
    model = table.table("model")
    verdict = table.required("verdict", str)
    if verdict not in ("pass", "fail"):
        raise ValueError(f"its verdict is '{verdict:.20}'")
    details, problem = _details(table.value("details"))
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
        comparisons=_records(Comparison, table, "comparisons"),
        accuracy={name: float(_number(one, name)) for name, one in _object(table, "accuracy").items()},
        metrics={name: from_known(Distance, one) for name, one in _object(table, "metrics").items()},
        scores=read_scores(table.table("scores").plain, "'scores'"),
        scores_by_output={name: read_scores(one, name) for name, one in _object(table, "scores_by_output").items()},
        numbers={name: _number(table.value(name), name) for name in _NUMBERS if table.value(name) is not None},
        cycles=_record(Cycles, table, "cycles"),
        layers=tuple(map(_layer, table.tables("layers"))),
        functions=_records(FunctionReport, table, "functions"),
        cross=tuple(map(_cross, table.tables("cross"))),
        durations=_record(Durations, table, "durations"),
        watermarks=_record(Watermarks, table, "watermarks"),
        unknown={name: str(one) for name, one in _object(table, "unknown").items()},
        notes=(*table.items("notes", str), *problem),
        not_run=_records(NotRun, table, "not_run"),
        divergence=_record(Divergence, table, "divergence"),
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


def _schemes(table: JsonTable, path: Path) -> Run:
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


def _explained(table: JsonTable, path: Path) -> Run:
    losses = tuple(
        LayerError(
            one.get("name", ""), one.get("operator", ""), one.real("sqnr_db"), one.real("output_error") or 0.0, one.optional("op", int)
        )
        for one in table.tables("layers")
    )
    name = Path(table.get("model", path.stem)).stem
    return Run(str(path), "explain", model_name=name, toolkit_version=table.get("toolkit_version", ""), losses=losses)


def _fit(table: JsonTable, path: Path) -> Run:
    names = ", ".join(one.required("name", str) for one in table.tables("models")) or path.stem
    rows = _records(FitAnswer, table, "rows")
    return Run(str(path), "fit", verdict=_known_verdict(table), model_name=names, fits=rows, toolkit_version=_version(table))


def _predicted(table: JsonTable, path: Path) -> Run:
    name = Path(table.get("model", path.stem)).stem
    found = _records(PredictionAnswer, table, "predictions")
    notes = table.items("notes", str)
    return Run(str(path), "predict", model_name=name, predictions=found, notes=notes, toolkit_version=_version(table))


def _compared(table: JsonTable, path: Path) -> Run:
    return Run(
        str(path),
        "compare",
        verdict=_known_verdict(table),
        reasons=table.items("regressions", str),
        differences=_records(Difference, table, "differences"),
        toolkit_version=_version(table),
    )


def _matrix(table: JsonTable, path: Path) -> Run:
    rows = _records(MatrixAnswer, table, "rows")
    reasons = tuple(f"{row.name}: {row.verdict}" for row in rows if row.verdict != "pass")
    return Run(
        str(path),
        "matrix",
        verdict=_known_verdict(table),
        reasons=reasons,
        model_name="matrix",
        matrix=rows,
        toolkit_version=_version(table),
    )


def _known_verdict(table: JsonTable) -> Literal["pass", "fail"]:
    return "fail" if table.get("verdict", "pass") == "fail" else "pass"


def _version(table: JsonTable) -> str:
    return table.get("toolkit_version", "")


def _streamed(table: JsonTable, path: Path) -> Run:
    return Run(
        str(path),
        "stream",
        verdict="pass" if table.get("verdict", "") == "pass" else "fail",
        model_name=Path(table.get("model", path.stem)).stem,
        model_sha256=table.get("model_sha256", ""),
        toolkit_version=table.get("toolkit_version", ""),
        comparisons=_records(Comparison, table, "comparisons"),
        stream=read_stream(table),
    )


def _layer(table: JsonTable) -> LayerReport:
    fields = dict(object_of(table.plain, "a layer"))
    cycles = fields.pop("cycles", None)
    layer = from_known(LayerReport, fields)
    known = None if cycles is None else from_known(Cycles, cycles)
    if known is None or known.source == "estimated":
        return layer
    return from_known(LayerReport, {**fields, "measured_cycles": known.value})


def _cross(table: JsonTable) -> Cross:
    return from_known(Cross, {"same_class": None, "level": None, "max_lsb": None, **object_of(table.plain, "a pair of runners")})


def _records(kind: type[T], table: JsonTable, key: str) -> tuple[T, ...]:
    return tuple(from_known(kind, one.plain) for one in table.tables(key))


def _record(kind: type[T], table: JsonTable, key: str) -> T | None:
    value = table.value(key)
    return None if value is None else from_known(kind, value)


def _object(table: JsonTable, key: str) -> dict[str, object]:
    return object_of(table.table(key).plain, f"'{key}'")


def _number(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"'{what}' is not a number")
    return value
