"""Reads and checks stored results, and converts reports to the current schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError
from mcu_toolkit.report import SCHEMA_VERSION
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.parsing import json_value

REPORT_NAME = "report.json"
"""In the folder of a deployment."""
_OLDEST_VERSION = 1
_SHOWN = 200
_LISTS = ("reports", "results")
"""What a file with several results calls them."""
_EXPECTED = "what mcu deploy, verify, validate, bench and other commands write with --json"
_A_REPORT = "what mcu validate, verify, deploy or bench write with --json"
_NEEDED = ("verdict", "model", "comparisons")


def report_file(path: Path) -> Path:
    """Of the folder of a deployment its report.json; any other path is the file itself."""
    return path / REPORT_NAME if path.is_dir() else path


def read_results_of(path: Path) -> tuple[JsonTable, ...]:
    """The results in `report_file(path)`, of any step and version: one, or those of a list, as several models have.

    Raises InputError where the file holds no result; one that holds an error says which.
    """
    file = report_file(path)
    try:
        found = json_value(read_bytes(file, kind="result"))
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", on=file, expected="a file that --json wrote") from None
    if not isinstance(found, dict):
        raise InputError("is not a result", on=file, expected=_EXPECTED)
    document = JsonTable(found)
    if document.value("verdict") == "error":
        said = str(document.value("message"))[:_SHOWN]
        raise InputError(f"holds no result, because the command failed: {said}", on=file, expected=_EXPECTED)
    several = next((name for name in _LISTS if isinstance(document.value(name), list)), None)
    if several is None:
        return (document,)
    try:
        inner = document.tables(several)
    except ValueError as error:
        raise InputError(f"is not a result: {error}", on=file, expected=_EXPECTED) from None
    if not inner:
        raise InputError(f"holds no result: its '{several}' are empty", on=file, expected=_EXPECTED)
    return inner


def read_reports(path: Path) -> tuple[JsonTable, ...]:
    """The reports in `path` as today's `to_json` would have written them, whichever version wrote the file.

    Raises InputError as `read_results_of` does, and for a result that is no report or one of a later version.
    """
    return tuple(current(one, report_file(path)) for one in read_results_of(path))


def current(document: JsonTable, path: Path) -> JsonTable:
    """A report that was read from `path`, as today's `to_json` would have written it; raises what `read_reports` does."""
    if not all(name in document for name in _NEEDED):
        raise InputError("is not a report", on=path, expected=_A_REPORT)
    version = document.value("schema_version")
    if type(version) is not int or not _OLDEST_VERSION <= version <= SCHEMA_VERSION:
        expected = f"schema_version {_OLDEST_VERSION} to {SCHEMA_VERSION}"
        raise InputError(
            f"is a report of schema_version {version!r}", on=path, expected=expected, hint="read it with the toolkit that wrote it"
        )
    try:
        return document if version == SCHEMA_VERSION else JsonTable(_upgraded(document.plain))
    except (AttributeError, TypeError, ValueError) as error:  # what other versions never wrote
        raise InputError(f"is damaged: {error}", on=path, expected="what --json wrote") from None


def _upgraded(old: Any) -> object:
    """A report of version 1 in the terms of today.

    `estimated_cycles` held a board's own count too: of an inference there are instructions beside an estimate, and none beside
    a count.  `watermarks.stack_bytes` was what is reserved.
    """
    new = {**old, "schema_version": SCHEMA_VERSION, "layers": [dict(layer) for layer in old.get("layers", ())]}
    is_measured = old.get("durations", {}).get("unit") == "cycles" or "instructions" not in old
    for fields, is_count in ((new, is_measured), *((layer, is_measured or "instructions" not in layer) for layer in new["layers"])):
        if "estimated_cycles" in fields:
            fields["cycles"] = {"value": fields["estimated_cycles"], "source": "measured" if is_count else "estimated"}
            if is_count:
                del fields["estimated_cycles"]
    if "watermarks" in old:
        marks = dict(old["watermarks"])
        reserved, used = marks.pop("stack_bytes", None), marks.get("stack_used_bytes")
        marks |= {} if used is None else {"stack_bytes": used}
        marks |= {} if reserved is None else {"stack_reserved_bytes": reserved}
        new["watermarks"] = marks
        new |= {} if reserved is None else {"stack_reserved_bytes": reserved}
    return new
