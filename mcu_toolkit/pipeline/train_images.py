"""`mcu train images`: a folder of pictures becomes a model, once; the same folder and options again are up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mcu_toolkit.errors import InputError
from mcu_toolkit.optional_packages import require
from mcu_toolkit.pipeline.train import Training, TrainResult
from mcu_toolkit.pipeline.training_folder import IMAGES, next_step, only_folder, refuse_output_inside
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER, CachedStep, digest_of, package_code, perform
from mcu_toolkit.tensorflow_loader import installed_versions, require_tensorflow
from mcu_toolkit.train import read_trained_model
from mcu_toolkit.train.images.distillation import Distillation
from mcu_toolkit.train.images.images import train_images
from mcu_toolkit.train.images.options import DEFAULT_BACKBONE, DEFAULT_BATCH_SIZE, DEFAULT_SIZE, ImageOptions
from mcu_toolkit.train.images.outcome import FILES
from mcu_toolkit.train.images.picture_folder import folder_digest
from mcu_toolkit.train.phases import Reporting


@dataclass(frozen=True)
class ImageChoices:
    """The options as they were given; None where they were not."""

    backbone: str | None = None
    alpha: float | None = None
    size: int | None = None
    weights: str | None = None
    teacher: Path | None = None
    temperature: float | None = None
    soft_labels: float | None = None
    epochs: int | None = None
    batch_size: int | None = None
    mirror: bool = True
    skip_corrupt: bool = False
    seed: int = 0

    def options(self, folder: Path) -> ImageOptions:
        """With defaults for what was not given; raises InputError for values that cannot be, and for options of a teacher without one."""
        return ImageOptions(
            folder,
            self.backbone or DEFAULT_BACKBONE,
            1.0 if self.alpha is None else self.alpha,
            DEFAULT_SIZE if self.size is None else self.size,
            self.weights or "",
            self._distillation(),
            self.epochs,
            DEFAULT_BATCH_SIZE if self.batch_size is None else self.batch_size,
            self.mirror,
            self.skip_corrupt,
            self.seed,
        )

    def _distillation(self) -> Distillation | None:
        chosen = {"temperature": self.temperature, "soft_share": self.soft_labels}
        given = {name: value for name, value in chosen.items() if value is not None}
        if self.teacher is not None:
            return Distillation(self.teacher, **given)
        if given:
            option = "--temperature" if "temperature" in given else "--soft-labels"
            raise InputError(f"{option} without a teacher", expected="--teacher MODEL.keras with it")
        return None


def train(
    folders: Sequence[Path], choices: ImageChoices, output: Path, progress: Progress, *, force: bool = False
) -> StepResult[TrainResult]:
    """Train on the one folder of `folders` and write what `FILES` names to `output`, all or none of it."""
    folder = only_folder(IMAGES, folders)
    options = choices.options(folder)
    require_tensorflow("mcu train")
    require(("imagehash", "matplotlib"), "mcu train images")
    refuse_output_inside(output, folder)
    step = _step(options, output)
    reporting = Reporting(progress.stage, progress.note, progress.advance)

    def work() -> Training:
        return Training(train_images(options, output, reporting).facts, {}, {})

    with folder_in_use(output):
        training, up_to_date = perform(step, work, Training, force=force)
    lines = tuple(read_trained_model(output).summary_lines())
    return StepResult("train", lines, TrainResult(output, training), up_to_date, next_step(output))


def _step(options: ImageOptions, output: Path) -> CachedStep:
    distillation = options.distillation
    inputs = {"pictures": folder_digest(options.folder)}
    files = (("teacher", None if distillation is None else distillation.teacher), ("weights", Path(options.weights_name)))
    inputs |= {role: digest_of(path) for role, path in files if path is not None}
    chosen = {key: str(value) for key, value in asdict(options).items()}
    versions = {key: str(value) for key, value in asdict(installed_versions()).items()}
    return CachedStep(
        name="train",
        inputs=inputs,
        options={**chosen, **versions, "weights": options.weights_name},
        outputs=tuple(output / name for name in FILES),
        record=output / CACHE_FOLDER / "train.json",
        code=package_code("train", "artifacts", "tensorflow_loader.py"),
    )
