"""What quantization costs on labelled data is said, with its likely cause, whatever was known of the representative set."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import NotSatisfiedError
from mcu_toolkit.pipeline.inspection.quality import Quality, drop_notes, warnings_about
from mcu_toolkit.pipeline.quantize import QuantizeRequest, QuantizeResult, quantize
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.quantize import Finding
from mcu_toolkit.train.tasks import all_tasks
from tests import trained_models
from tests.cli.in_process import succeed_here

TASKS = [task.name for task in all_tasks()]


def bare(task: str, folder: Path) -> Path:
    """The trained model without what training stored about its input."""
    path = folder / "bare.keras"
    with zipfile.ZipFile(trained_models.trained(task) / "model.keras") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            if not name.startswith("mcu_toolkit"):
                target.writestr(name, source.read(name))
    return path


def data(task: str, folder: Path, factor: float = 1.0, offset: float = 0.0, *, names: tuple[str, ...] = ("x", "y", "x_rep")) -> Path:
    """The task's data with its representative set changed, and only the arrays named."""
    with np.load(trained_models.trained(task) / "data.npz") as stored:
        arrays = {name: stored[name] for name in names}
    arrays["x_rep"] = (arrays["x_rep"] * factor + offset * np.ptp(arrays["x_rep"])).astype(np.float32)
    np.savez(folder / "d.npz", **arrays)
    return folder / "d.npz"


def quantized(folder: Path, source: Path, samples: Path, *, strict: bool = False) -> QuantizeResult:
    request = QuantizeRequest(source, samples, folder / "m.tflite", strict=strict)
    return quantize(request, Silent(), force=True).facts


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_a_loss_is_said_and_the_calibration_named_though_nothing_is_known_of_the_training(task: str, tmp_path: Path) -> None:
    result = quantized(tmp_path, bare(task, tmp_path), data(task, tmp_path, 1 / 16))
    first, second = result.warnings[:2]
    assert first.startswith("WARNING: ")
    assert second.startswith("  likely cause, the calibration: ")
    assert result.quality is not None
    assert result.quality.drop > 0.05
    with pytest.raises(NotSatisfiedError, match="the representative set has problems"):
        quantized(tmp_path, bare(task, tmp_path), data(task, tmp_path, 1 / 16), strict=True)


@pytest.mark.slow
def test_a_good_set_gives_no_warning(tmp_path: Path) -> None:
    result = quantized(tmp_path, bare("digits", tmp_path), data("digits", tmp_path), strict=True)
    assert result.warnings == result.model.findings == ()
    assert result.quality is not None
    assert result.quality.metric == "accuracy"


@pytest.mark.slow
def test_a_saved_model_without_any_data_but_a_wrong_representative_set_is_judged(tmp_path: Path) -> None:
    samples = data("digits", tmp_path, 1 / 16, names=("x_rep",))
    source = trained_models.trained("digits") / "saved_model"
    copied = tmp_path / "saved"
    for path in source.rglob("*"):
        if path.is_file() and "assets.extra" not in path.parts:
            target = copied / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    with pytest.raises(NotSatisfiedError, match="the representative set has problems"):
        quantized(tmp_path, copied, samples, strict=True)


@pytest.mark.nightly
@pytest.mark.parametrize("task", TASKS)
def test_wherever_int8_loses_five_points_the_calibration_is_named(task: str, tmp_path: Path) -> None:
    changes = [(2.0**k, 0.0) for k in range(-8, 9)] + [(1.0, offset) for offset in (-8, -2, -1, -0.5, -0.25, 0.25, 0.5, 1, 2, 8)]
    for factor, offset in changes:
        for source in (trained_models.trained(task) / "model.keras", bare(task, tmp_path)):
            result = quantized(tmp_path, source, data(task, tmp_path, factor, offset))
            assert result.quality is not None
            lost = result.quality.drop > 0.05
            assert bool(result.warnings) == lost, (factor, offset)
            assert not lost or result.model.findings, (factor, offset)


def test_without_findings_the_model_is_named_and_what_helps() -> None:
    lines = warnings_about(Quality("accuracy", 0.99, 0.6), [], Path("my model.keras"), Path("d.npz"))
    assert lines[0] == "WARNING: accuracy falls from 99.0 % to 60.0 % by quantization, 39.0 points"
    assert "mcu explain 'my model.keras' --data d.npz" in lines[2]
    assert warnings_about(Quality("accuracy", 0.99, 0.95), [], Path("m"), Path("d")) == []
    finding = Finding("range", "the samples are wrong", "mend them")
    assert warnings_about(Quality("accuracy", 0.99, 0.6), [finding], Path("m"), Path("d"))[1:] == [
        "  likely cause, the calibration: the samples are wrong; mend them"
    ]


def test_a_validation_beside_the_float_model_says_so_too() -> None:
    assert drop_notes({"keras": 0.99, "tflm": 0.97}, []) == []
    assert drop_notes({"tflm": 0.1}, []) == []
    (note,) = drop_notes({"keras": 0.99, "tflm": 0.5, "litert": 0.6}, ["inputs: another range"])
    assert note == "WARNING: accuracy falls from 99.0 % to 50.0 % by quantization, 49.0 points; likely cause: inputs: another range"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["float32", "dynamic"])
def test_no_command_that_would_be_refused_is_offered(scheme: str, tmp_path: Path) -> None:
    made = tmp_path / "m.tflite"
    printed = succeed_here("quantize", trained_models.trained("digits") / "model.keras", "--scheme", scheme, "-o", made).stdout
    command = next(line for line in printed.splitlines() if line.startswith("next: "))
    assert "not for boards: it is" in printed
    succeed_here(*command.removeprefix("next: mcu ").split())
