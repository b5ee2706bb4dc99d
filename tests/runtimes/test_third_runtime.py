"""A runtime that nobody has heard of: adding its folder is enough, because nothing goes by the names of the others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit import runtimes
from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.boards import load_board
from mcu_toolkit.cli.config import default_map
from mcu_toolkit.cli.config_types import Option
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.inspection.inspect import inspect
from mcu_toolkit.pipeline.predict import PredictRequest, predict
from mcu_toolkit.pipeline.proof.host import validate
from mcu_toolkit.pipeline.workspace.inputs import built_with, choose_runtime, open_subject
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.report import Limits, read_reports, to_json, to_text
from mcu_toolkit.runners import TflmRunner, roles
from mcu_toolkit.runtimes.base import Runtime, RuntimeOptions
from mcu_toolkit.validate import inputs_for, random_vectors
from tests.small_models import fully_connected

HOST = load_board("host")
MODEL = parse_model(fully_connected(softmax=True), "dense")
OTHER_WEIGHTS = parse_model(fully_connected(softmax=True, seed=8), "dense")
SOURCE = '''"""What aot makes, under another name."""

import dataclasses

from mcu_toolkit.runtimes.aot.runtime import AotRuntime
from mcu_toolkit.runtimes.base import ConfigKey, Traits


@dataclasses.dataclass(frozen=True)
class MirrorRuntime(AotRuntime):
    other_weights = None
    """A model whose weights are compiled instead: then its outputs are wrong."""

    @property
    def name(self):
        return "mirror"

    @property
    def summary(self):
        return "what aot makes, seen from behind"

    @property
    def traits(self):
        return Traits(host_runner="mirror-host", config={"aim": ConfigKey("optimize"), "folder": ConfigKey("output", True)})

    def remembered(self, given, info):
        return dataclasses.replace(given, optimize=given.optimize or info.compiler.optimize)

    def contribute(self, models, board):
        if self.other_weights is not None:
            models = [dataclasses.replace(self.other_weights, sha256=model.sha256) for model in models]
        return super().contribute(models, board)


RUNTIME = MirrorRuntime()
'''


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """The runtime `mirror`, in a folder beside those that are shipped."""
    (tmp_path / "more/mirror").mkdir(parents=True)
    (tmp_path / "more/mirror/__init__.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(runtimes, "__path__", [*runtimes.__path__, str(tmp_path / "more")])
    monkeypatch.delitem(sys.modules, f"{runtimes.__name__}.mirror", raising=False)
    runtimes.all_runtimes.cache_clear()
    yield runtimes.get_runtime("mirror")
    monkeypatch.undo()
    sys.modules.pop(f"{runtimes.__name__}.mirror", None)
    runtimes.all_runtimes.cache_clear()
    assert "mirror" not in [runtime.name for runtime in runtimes.all_runtimes()]


@pytest.fixture
def wrong_mirror(mirror: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    monkeypatch.setattr(type(mirror), "other_weights", OTHER_WEIGHTS)
    return mirror


def labelled(model: Model) -> Vectors:
    """Samples whose labels are the classes that TFLM names, so that the model is always right."""
    vectors = random_vectors(model, 40, 1)
    with closing(TflmRunner(model)) as golden:
        labels = golden.run(inputs_for(model, vectors)).outputs[0].reshape(40, -1).argmax(axis=1)
    return Vectors(vectors.inputs, labels=labels.astype(np.int64), source=vectors.source)


def test_it_is_found_by_its_folder(mirror: Runtime) -> None:
    assert runtimes.runtime_names() == ("aot", "mirror", "tflm")
    assert roles.must_be_equal() == ("device", "aot-host", "mirror-host")
    assert roles.stand_in() == "aot-host", "what is golden without TFLM does not change with what is added"
    inspected = inspect(MODEL, HOST)
    assert any("mirror" in line for line in inspected.lines)


def test_a_project_is_generated_with_it_and_remembers_its_choices(mirror: Runtime, tmp_path: Path) -> None:
    chosen = choose_runtime("mirror", HOST, RuntimeOptions(optimize="size"))
    project = generate_project([MODEL], HOST, chosen, tmp_path / "project")
    assert project.runtime == "mirror"
    assert "-Os" in (project.folder / "platformio.ini").read_text()
    remembered = built_with(open_subject(project.folder), None)
    assert remembered is not None
    assert remembered.optimize == "size"


def test_it_is_validated_reported_and_read_again(mirror: Runtime, tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    report = validate(MODEL, labelled(MODEL), Silent())
    assert report.verdict == "pass"
    levels = {found.a: found.level.value for found in report.comparisons}
    assert levels["mirror-host"] == levels["aot-host"] == "byte-equal"
    assert list(report.accuracy) == ["litert", "tflm", "mirror-host", "aot-host"]
    assert {"mirror-host", "tflm"} <= {name for one in report.cross for name in (one.a, one.b)}
    assert "mirror-host" in to_text(report)
    (tmp_path / "report.json").write_text(to_json(report), encoding="utf-8")
    assert [one.value("verdict") for one in read_reports(tmp_path / "report.json")] == ["pass"]


def test_its_wrong_bytes_fail_the_report_and_its_accuracy_the_limits(wrong_mirror: Runtime) -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    report = validate(MODEL, random_vectors(MODEL, 40, 1), Silent())
    assert report.not_run == ()
    assert report.verdict == "fail"
    assert [reason.partition(" differs")[0] for reason in report.reasons] == ["mirror-host"]


def test_limits_judge_it_where_nothing_nearer_to_the_board_ran(mirror: Runtime) -> None:
    limits = Limits(min_accuracy=0.9)
    (reason,) = limits.reasons({"tflm": 1.0, "mirror-host": 0.5})
    assert reason.startswith("accuracy of mirror-host is 0.5000")
    assert limits.reasons({"tflm": 1.0, "mirror-host": 0.5, "device": 1.0}) == ()


def test_it_predicts(mirror: Runtime, tmp_path: Path) -> None:
    (tmp_path / "dense.tflite").write_bytes(MODEL.content)
    request = PredictRequest(tmp_path / "dense.tflite", ["0.1,0.2,0.3,0.1,0.2,0.3"], ["mirror-host", "aot-host"])
    its = predict(request, Silent()).facts
    assert its.runner == "mirror-host"
    assert its.predictions == its.by_runner["aot-host"]


def test_its_section_in_the_configuration_gives_defaults(mirror: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "mcu.toml"
    commands = {"generate": {"optimize": Option(str), "output": Option(Path)}, "flash": {"port": Option(str)}}
    path.write_text("[mirror]\naim = 'size'\nfolder = 'more'\n", encoding="utf-8")
    assert default_map(path, commands)["generate"] == {"optimize": "size", "output": str(tmp_path / "more")}
    path.write_text("[mirror]\nkernels = 'optimized'\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"unknown key 'kernels' in \[mirror\]"):
        default_map(path, commands)
