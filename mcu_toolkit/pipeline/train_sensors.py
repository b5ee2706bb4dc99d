"""`mcu train motion` and `mcu train anomaly`: recordings become a model; the same folder and options again are up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts.contract import find_frontend, find_motion_frontend
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.optional_packages import require
from mcu_toolkit.pipeline.train import Training, TrainResult
from mcu_toolkit.pipeline.training_folder import MOTION, next_step, only_folder, refuse_output_inside
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER, CachedStep, package_code, perform
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.tensorflow_loader import installed_versions, require_tensorflow
from mcu_toolkit.train import read_trained_model
from mcu_toolkit.train.anomaly.anomaly import DEFAULT_EPOCHS as ANOMALY_EPOCHS
from mcu_toolkit.train.anomaly.anomaly import DEFAULT_FALSE_ALARMS, AnomalyOptions, train_anomaly
from mcu_toolkit.train.class_folder import FileKind, folder_digest
from mcu_toolkit.train.motion.motion import DEFAULT_EPOCHS as MOTION_EPOCHS
from mcu_toolkit.train.motion.motion import MotionOptions, train_motion
from mcu_toolkit.train.phases import Reporting
from mcu_toolkit.train.sensors.outcome import FILES

_ANY = FileKind("recording", (".wav", ".csv"), 0, fewest_classes=1)


@dataclass(frozen=True)
class SensorChoices:
    """The options as they were given; None where they were not."""

    frontend: str | None = None
    rate_hz: float | None = None
    false_alarms: float | None = None
    epochs: int | None = None
    skip_corrupt: bool = False
    seed: int = 0

    def options(self, task: str, folder: Path) -> MotionOptions | AnomalyOptions:
        """With defaults for what was not given; raises InputError for values that cannot be."""
        found = _frontend(self.frontend)
        if task == MOTION:
            if isinstance(found, AudioFrontend):
                raise InputError(f"--frontend {self.frontend} takes sounds", expected="a .toml file with axes")
            return MotionOptions(folder, found, self.rate_hz, self.epochs or MOTION_EPOCHS, self.skip_corrupt, self.seed)
        share = DEFAULT_FALSE_ALARMS if self.false_alarms is None else self.false_alarms
        return AnomalyOptions(folder, found, self.rate_hz, share, self.epochs or ANOMALY_EPOCHS, self.skip_corrupt, self.seed)


def train(
    task: str, folders: Sequence[Path], choices: SensorChoices, output: Path, progress: Progress, *, force: bool = False
) -> StepResult[TrainResult]:
    """Train `task`, motion or anomaly, on the one folder of `folders` and write `FILES` to `output`, all or none of it."""
    folder = only_folder(task, folders)
    options = choices.options(task, folder)
    require_tensorflow("mcu train")
    require(("matplotlib", "scipy", "sklearn"), shell_command("mcu", "train", task))
    refuse_output_inside(output, folder, task)
    versions = {name: str(value) for name, value in vars(installed_versions()).items()}
    step = CachedStep(
        name="train",
        inputs={"recordings": folder_digest(folder, _ANY)},
        options={"task": task, "options": str(options), **versions},
        outputs=tuple(output / name for name in FILES),
        record=output / CACHE_FOLDER / "train.json",
        code=package_code("train", "artifacts", "frontend", "tensorflow_loader.py"),
    )
    reporting = Reporting(progress.stage, progress.note, progress.advance)

    def work() -> Training:
        if isinstance(options, MotionOptions):
            return Training(train_motion(options, output, reporting).facts, {}, {})
        return Training(train_anomaly(options, output, reporting).facts, {}, {})

    with folder_in_use(output):
        training, up_to_date = perform(step, work, Training, force=force)
    lines = tuple(read_trained_model(output).summary_lines())
    return StepResult("train", lines, TrainResult(output, training), up_to_date, next_step(output))


def _frontend(word: str | None) -> AudioFrontend | MotionFrontend | None:
    if word is None:
        return None
    return find_motion_frontend(word) or find_frontend(word)
