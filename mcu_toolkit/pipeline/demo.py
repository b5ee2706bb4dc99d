"""`mcu demo`: from real data to a proven inference on an emulated microcontroller."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import require_tools
from mcu_toolkit.errors import NotSatisfiedError
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.float_model import quantize_for
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.quantize import QuantizeRequest
from mcu_toolkit.pipeline.train import TrainRequest, train
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime, load_model
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.report import Report
from mcu_toolkit.runners import roles
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.units import format_percent
from mcu_toolkit.validate import load_vectors

MIN_FLOAT_ACCURACY = 0.95
MAX_INT8_DROP = 0.01


@dataclass(frozen=True)
class Thresholds:
    """What the demo's classifier must reach."""

    min_float_accuracy: float = MIN_FLOAT_ACCURACY
    max_int8_drop: float = MAX_INT8_DROP


def run_demo(output: Path, board_id: str, runtime_name: str | None, progress: Progress, *, force: bool = False) -> Report:
    """Train on scikit-learn's handwritten digits, quantize, deploy on `board_id` and judge.

    Training and quantizing are skipped where they are up to date, unless `force`.  Raises NotSatisfiedError if an
    accuracy is below its threshold.
    """
    board = load_board(board_id)
    runtime = choose_runtime(runtime_name, board)
    require_tools(board)
    folder, tflite = output / "digits", output / "digits_int8.tflite"
    trained = train(TrainRequest("digits", folder), progress, force=force)
    facts = trained.facts.training.facts
    accuracy = f"{facts.parameters:,} parameters, float accuracy {format_percent(facts.accuracy or 0.0)}"
    progress.note(f"{'up to date; ' if trained.up_to_date else ''}{accuracy}")
    keras, data = folder / "model.keras", folder / "data.npz"
    model = load_model(quantize_for(QuantizeRequest(keras, data, tflite), runtime, board, progress, force=force))
    job = Job(model=model, board=board, runtime=runtime, vectors=load_vectors(data, model), output=output, keras=keras)
    report = deploy(job, progress, force=force)
    check_accuracy(report, Thresholds())
    if board.is_emulated:
        again = shell_command("mcu", "verify", output)
        progress.note(f"the emulated board keeps running, idle: `{again}` asks it again, `mcu boards stop {board.id}` ends it")
    return report


def check_accuracy(report: Report, thresholds: Thresholds) -> None:
    """Raise NotSatisfiedError if the float model is too weak or int8 on the device loses too much."""
    float_accuracy, device_accuracy = report.accuracy[roles.FLOAT], report.accuracy[roles.DEVICE]
    if float_accuracy < thresholds.min_float_accuracy:
        raise NotSatisfiedError(
            f"float accuracy is {format_percent(float_accuracy)}",
            on=report.model_name,
            expected=f"at least {format_percent(thresholds.min_float_accuracy)}",
        )
    if float_accuracy - device_accuracy > thresholds.max_int8_drop:
        raise NotSatisfiedError(
            f"int8 accuracy is {format_percent(device_accuracy)}, float {format_percent(float_accuracy)}",
            on=report.model_name,
            expected=f"a loss of at most {format_percent(thresholds.max_int8_drop)}",
        )
