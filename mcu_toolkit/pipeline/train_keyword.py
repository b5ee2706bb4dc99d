"""`mcu train keyword`: a folder of words becomes a model; the same folder and options again are up to date."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mcu_toolkit.artifacts.contract import find_frontend
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import read_model
from mcu_toolkit.optional_packages import require
from mcu_toolkit.pipeline.proof.host import golden_name, runner_starts
from mcu_toolkit.pipeline.train import Training, TrainResult
from mcu_toolkit.pipeline.training_folder import KEYWORD, next_step, only_folder, refuse_output_inside
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER, CachedStep, digest_of, package_code, perform
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.tensorflow_loader import installed_versions, require_tensorflow
from mcu_toolkit.train import read_trained_model
from mcu_toolkit.train.class_folder import folder_digest
from mcu_toolkit.train.keyword.features import FeatureStore
from mcu_toolkit.train.keyword.folds import FoldFiles, Folds, HeldOutSpeaker, all_of, trained_folds
from mcu_toolkit.train.keyword.keyword import open_store, train_keyword
from mcu_toolkit.train.keyword.options import DEFAULT_CLIP_MS, KeywordOptions
from mcu_toolkit.train.keyword.sounds import BACKGROUND_FOLDER, SOUNDS
from mcu_toolkit.train.keyword.speakers import SPEAKERS_FILE
from mcu_toolkit.train.phases import Reporting
from mcu_toolkit.train.sensors.outcome import FILES
from mcu_toolkit.validate import accuracy, inputs_for, load_vectors


@dataclass(frozen=True)
class KeywordChoices:
    """The options as they were given; None where they were not."""

    network: str | None = None
    frontend: str | None = None
    clip_ms: int | None = None
    speakers: str | None = None
    background: Path | None = None
    unknown: tuple[str, ...] = ()
    silence: bool = False
    leave_one_out: bool = False
    epochs: int | None = None
    skip_corrupt: bool = False
    seed: int = 0

    def options(self, folder: Path) -> KeywordOptions:
        """With defaults for what was not given; raises InputError for values that cannot be."""
        return KeywordOptions(
            folder,
            None if self.frontend is None else find_frontend(self.frontend),
            self.network or "ds-cnn",
            DEFAULT_CLIP_MS if self.clip_ms is None else self.clip_ms,
            self.speakers or "",
            self.background,
            self.unknown,
            self.silence,
            self.epochs,
            self.skip_corrupt,
            self.seed,
        )


def leaves_one_out(folds: str | None) -> bool:
    """What `--folds` says; raises InputError for another word than `speakers`."""
    if folds not in (None, "speakers"):
        raise InputError(f"--folds {folds}", expected="--folds speakers")
    return folds is not None


def train(
    folders: Sequence[Path], choices: KeywordChoices, output: Path, progress: Progress, *, force: bool = False
) -> StepResult[TrainResult]:
    """Train on the one folder of `folders` and write `FILES` to `output`, all or none of it."""
    folder = only_folder(KEYWORD, folders)
    options = choices.options(folder)
    require_tensorflow("mcu train")
    require(("matplotlib", "scipy"), "mcu train keyword")
    refuse_output_inside(output, folder, KEYWORD)
    step = _step(options, choices, output)
    reporting = Reporting(progress.stage, progress.note, progress.advance)

    def work() -> Training:
        store = open_store(options, reporting)
        folds = _leave_one_out(store, options, reporting) if choices.leave_one_out else None
        return Training(train_keyword(options, output, reporting, store).facts, {}, {}, folds)

    with folder_in_use(output):
        training, up_to_date = perform(step, work, Training, force=force)
    lines = (*read_trained_model(output).summary_lines(), *(training.folds.lines() if training.folds is not None else ()))
    return StepResult("train", lines, TrainResult(output, training), up_to_date, next_step(output))


def _leave_one_out(store: FeatureStore, options: KeywordOptions, reporting: Reporting) -> Folds:
    found = []
    with temporary_folder() as work:
        for fold in trained_folds(store, options, reporting, work):
            reporting.stage(f"quantizing, and asking the int8 model about {fold.held_out.speaker}")
            found.append(_quantized(fold, work))
            reporting.note(all_of(found[-1:]).lines()[1].strip())
    return all_of(found)


def _quantized(fold: FoldFiles, work: Path) -> HeldOutSpeaker:
    """With the accuracy of the int8 model over all of the speaker's recordings."""
    path = work / "model_int8.tflite"
    quantize_model(fold.keras, fold.data, output=path)
    model = read_model(path)
    vectors = load_vectors(fold.data, model)
    with closing(runner_starts(model, work)[golden_name()]()) as runner:
        answers = runner.run(list(inputs_for(model, vectors)))
    assert vectors.labels is not None
    return replace(fold.held_out, quantized=accuracy(answers.outputs[0], vectors.labels))


def _step(options: KeywordOptions, choices: KeywordChoices, output: Path) -> CachedStep:
    folder = options.folder
    files = (
        ("speakers", folder / SPEAKERS_FILE),
        ("noise", folder / BACKGROUND_FOLDER),
        ("background", options.background),
    )
    inputs = {"sounds": folder_digest(folder, SOUNDS)}
    inputs |= {role: digest_of(path) for role, path in files if path is not None and path.exists()}
    chosen = {key: str(value) for key, value in asdict(options).items()}
    versions = {key: str(value) for key, value in asdict(installed_versions()).items()}
    return CachedStep(
        name="train",
        inputs=inputs,
        options={**chosen, **versions, "frontend": str(options.frontend), "leave_one_out": str(choices.leave_one_out)},
        outputs=tuple(output / name for name in FILES),
        record=output / CACHE_FOLDER / "train.json",
        code=package_code("train", "artifacts", "frontend", "quantize", "tensorflow_loader.py"),
    )
