"""Reports of version 1 are read in the terms of today; what is no report is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.report import SCHEMA_VERSION, Report, read_reports, to_json
from mcu_toolkit.system.parsing import object_of

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "report-schema.json").read_text(encoding="utf-8"))
VERSION_1: dict[str, Any] = {
    "schema_version": 1, "toolkit_version": "0.9.0", "verdict": "pass", "reasons": [], "model": {"name": "m", "sha256": "0" * 64},
    "board": "nucleo_f446re", "runtime": "aot", "golden": "tflm", "comparisons": [], "accuracy": {}, "metrics": {}, "notes": [],
    "estimated_cycles": 5000, "stack_bytes": 640, "layers": [{"index": 0, "operator": "CONV_2D", "estimated_cycles": 4000}],
    "watermarks": {"stack_bytes": 4096, "stack_used_bytes": 640},
}  # fmt: skip


def read(document: object, folder: Path) -> dict[str, Any]:
    path = folder / "report.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    (found,) = read_reports(path)
    return object_of(found.plain, "a report")


def test_a_version_1_report_of_a_real_board_says_what_was_measured(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(VERSION_1)
    found = read(VERSION_1, tmp_path)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert found["schema_version"] == SCHEMA_VERSION
    assert found["cycles"] == {"value": 5000, "source": "measured"}
    assert found["layers"][0]["cycles"] == {"value": 4000, "source": "measured"}
    assert "estimated_cycles" not in found
    assert (found["stack_bytes"], found["stack_reserved_bytes"]) == (640, 4096)
    assert found["watermarks"] == {"stack_bytes": 640, "stack_used_bytes": 640, "stack_reserved_bytes": 4096}


def test_a_version_1_report_of_an_emulated_board_keeps_its_estimates(tmp_path: Path) -> None:
    layers = [{"index": 0, "operator": "CONV_2D", "instructions": 3000, "estimated_cycles": 4000}]
    found = read({**VERSION_1, "board": "netduinoplus2", "instructions": 3900, "layers": layers}, tmp_path)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert (found["estimated_cycles"], found["cycles"]) == (5000, {"value": 5000, "source": "estimated"})
    assert found["layers"][0]["cycles"]["source"] == "estimated"


def test_a_report_of_today_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = json.loads(to_json(Report("pass", "m", "0" * 64, "tflm", measured_cycles=7)))
    assert read(written, tmp_path) == written


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "is not a result"),
        ({"reports": []}, "its 'reports' are empty"),
        ({"reports": [1]}, "an item of 'reports' is not an object"),
        ({"schema_version": 1, "step": "build"}, "is not a report"),
        ({**VERSION_1, "schema_version": SCHEMA_VERSION + 1}, "schema_version 3"),
        ({**VERSION_1, "schema_version": True}, "schema_version True"),
        ({**VERSION_1, "schema_version": None}, "schema_version None"),
    ],
)
def test_what_is_no_report_is_refused(document: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        read(document, tmp_path)


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    for content in (b"{", b"\xff\xfe", b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is not JSON"):
            read_reports(path)
