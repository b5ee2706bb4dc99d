"""Reads and checks stored reports, and converts them to the current schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError
from mcu_toolkit.report.record import SCHEMA_VERSION
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.parsing import json_value

REPORT_NAME = "report.json"
"""In the folder of a deployment."""
_OLDEST_VERSION = 1
_SHOWN = 200
_NEEDED = ("verdict", "model", "comparisons")


def read_report(path: Path) -> dict[str, Any]:
    """The JSON form of one report, as today's `to_json` would have written it, whichever version wrote the file.

    Raises InputError where the file is no report, or one of a later version.
    """
    return _report(_document(path), path)


def read_reports(path: Path) -> tuple[JsonTable, ...]:
    """`read_report` of a file with one report or, as several models have, a list of them; of a deployment's folder its report.json.

    Raises InputError where there is no report in it; a file that holds an error says which.
    """
    path = path / REPORT_NAME if path.is_dir() else path
    document = _document(path)
    if isinstance(document, dict) and document.get("verdict") == "error":
        said = str(document.get("message", ""))[:_SHOWN]
        raise InputError(f"holds no result, because the command failed: {said}", on=path, expected="a report with a verdict")
    if isinstance(document, dict) and isinstance(document.get("reports"), list) and document["reports"]:
        return tuple(JsonTable(_report(one, path)) for one in document["reports"])
    return (JsonTable(_report(document, path)),)


def _document(path: Path) -> Any:
    try:
        return json_value(read_bytes(path, kind="report"))
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", on=path, expected="a file that --json wrote") from None


def _report(document: Any, path: Path) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise _no_report(path)
    return current(document, path)


def current(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """The JSON form of a report that was read from `path`, as today's `to_json` would have written it; raises what `read_report` does."""
    if not all(name in document for name in _NEEDED):
        raise _no_report(path)
    version = document.get("schema_version")
    if type(version) is not int or not _OLDEST_VERSION <= version <= SCHEMA_VERSION:
        expected = f"schema_version {_OLDEST_VERSION} to {SCHEMA_VERSION}"
        raise InputError(
            f"is a report of schema_version {version!r}", on=path, expected=expected, hint="read it with the toolkit that wrote it"
        )
    try:
        return document if version == SCHEMA_VERSION else _upgraded(document)
    except (AttributeError, TypeError, ValueError) as error:  # what other versions never wrote
        raise InputError(f"is damaged: {error}", on=path, expected="what --json wrote") from None


def _no_report(path: Path) -> InputError:
    return InputError("is not a report", on=path, expected="what mcu validate, verify, deploy or bench write with --json")


def _upgraded(old: dict[str, Any]) -> dict[str, Any]:
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
