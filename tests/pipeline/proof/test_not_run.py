"""A runner that could not run is named in the result with its reason: a comparison that is missing is no comparison that passed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import ToolError
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.proof import host
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.report import Report, to_json, to_text
from mcu_toolkit.runners import tflm_is_installed
from mcu_toolkit.runtimes import get_runtime
from tests.small_models import fully_connected

pytestmark = pytest.mark.skipif(not tflm_is_installed(), reason="without TFLM our compiled code is the golden runner")
MODEL = parse_model(fully_connected(), "dense")
WHERE = {"litert": "LiteRtRunner", "aot-host": "build_host_library"}
"""Runner -> what `host` starts it with."""


def failing(*_arguments: Any, **_options: Any) -> Any:
    raise ToolError("the compiler said no;\nits last line", on="here")


def named(report: Report) -> list[tuple[str, str]]:
    """As the JSON names them; the text says the same."""
    found = [(one["runner"], one["why"]) for one in json.loads(to_json(report))["not_run"]]
    text = to_text(report)
    assert all(f"not run: {runner}: {why}" in text for runner, why in found)
    return found


@pytest.mark.parametrize("runner", WHERE)
def test_a_validation_names_it(runner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = load_inputs(MODEL, None, 3, 0)
    assert named(host.validate(MODEL, vectors, Silent())) == []
    monkeypatch.setattr(host, WHERE[runner], failing)
    report = host.validate(MODEL, vectors, Silent())
    assert named(report) == [(runner, "the compiler said no;\nits last line")]
    assert runner not in {comparison.a for comparison in report.comparisons}
    assert report.verdict == ("fail" if runner == "aot-host" else "pass"), "without our code nothing is judged"


@pytest.mark.slow
def test_a_deployment_names_it(boards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "build_host_library", failing)
    job = Job(MODEL, load_board("host"), get_runtime("aot"), load_inputs(MODEL, None, 3, 0), tmp_path)
    report = deploy(job, Silent())
    assert report.verdict == "pass"
    assert named(report) == [("aot-host", "the compiler said no;\nits last line")]
    assert json.loads((tmp_path / "report.json").read_text())["not_run"][0]["runner"] == "aot-host"
