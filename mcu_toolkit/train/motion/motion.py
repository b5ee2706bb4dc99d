"""`mcu train motion`: a folder of recordings to a trained model, its data, its split and a plot of how it went."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import InputContract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.profile import profile_if_telling
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.train.motion.recordings import Movements, read_movements
from mcu_toolkit.train.phases import Epoch, Reporting, seeded_tensorflow
from mcu_toolkit.train.publish import publishing
from mcu_toolkit.train.sensors.facts import SensorFacts
from mcu_toolkit.train.sensors.fitting import Recipe, Samples, augmented_batches, fit, one_hot
from mcu_toolkit.train.sensors.outcome import FILES, MOST_REPRESENTATIVE, MOST_TEST, Results, spread, write_outcome
from mcu_toolkit.train.sensors.recordings import Recording, Split, split_by_group
from mcu_toolkit.train.trained_model import TrainedModel

GROUPED_BY = "recording"
DEFAULT_EPOCHS = 60
_LEARNING_RATE, _BATCH_SIZE, _PATIENCE = 3e-3, 32, 20
_HIDDEN, _DROPOUT = (48, 32), 0.2
_NOISE = 0.1
"""Standard deviation that augmentation adds, in those of the features."""


@dataclass(frozen=True)
class MotionOptions:
    """The options of `mcu train motion`, checked."""

    folder: Path
    frontend: MotionFrontend | None = None
    """None: made for the data."""
    rate_hz: float | None = None
    """Of files without time stamps."""
    epochs: int = DEFAULT_EPOCHS
    skip_corrupt: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        check_common(self.epochs, self.seed, self.rate_hz)


def check_common(epochs: int, seed: int, rate_hz: float | None) -> None:
    """Raise InputError for values that cannot be."""
    if epochs < 1:
        raise InputError(f"{epochs} epochs", expected="at least 1")
    if not 0 <= seed < 2**32:
        raise InputError(f"seed {seed}", expected="0 to 4294967295")
    if rate_hz is not None and not 0.1 <= rate_hz <= 100_000:
        raise InputError(f"--rate {rate_hz:g}", expected="0.1 to 100000 readings a second")


@dataclass(frozen=True)
class Windows:
    """Features of one part: uint16 [windows, features], the class of each and the number of its recording."""

    x: npt.NDArray[np.uint16]
    y: npt.NDArray[np.int64]
    recording: npt.NDArray[np.int64]


def train_motion(options: MotionOptions, output: Path, reporting: Reporting) -> TrainedModel:
    """Train on the folder of `options` and write `FILES` to `output`, all or none.

    The same seed gives the same split, and the same weights on the same machine and versions.
    Raises what `read_movements` and `split_by_group` raise; NotSatisfiedError where training diverged.
    """
    began = time.monotonic()
    reporting.stage(f"reading every recording of {options.folder}")
    movements = read_movements(
        options.folder,
        options.frontend,
        options.rate_hz,
        skip_corrupt=options.skip_corrupt,
        on_file=lambda done, of: reporting.advance(done, of, ""),
    )
    split = split_by_group(movements.recordings, movements.classes, options.seed, grouped_by=GROUPED_BY)
    for line in _about(movements, split):
        reporting.note(line)
    parts = {part: windows_of(movements, found) for part, found in split.parts()}
    preprocessing = normalising(parts["train"].x, movements.classes)
    with publishing(output, FILES) as work:
        reporting.stage("training")
        model, history, best = _learned(parts, preprocessing, options, reporting)
        reporting.stage("testing and writing")
        sensors = SensorFacts(
            network="dense",
            classes=movements.classes,
            recordings={part: len(found) for part, found in split.parts()},
            samples={part: len(found.y) for part, found in parts.items()},
            grouped_by=GROUPED_BY,
            groups={part: len(found) for part, found in split.parts()},
            frontend=tuple(movements.frontend.lines()),
            skipped=len(movements.skipped),
            remarks={},
            best=best,
            history=tuple(history),
            seconds=time.monotonic() - began,
        )
        results = _results(movements, model, preprocessing, parts, options.seed)
        facts = write_outcome(model, results, sensors, (split, movements.skipped), work)
    return TrainedModel(output, facts)


def _learned(
    parts: dict[str, Windows], preprocessing: Preprocessing, options: MotionOptions, reporting: Reporting
) -> tuple[Any, list[Epoch], Epoch]:
    """(the trained model, its epochs, the one whose weights it has)."""
    train, validation, classes = parts["train"], parts["validation"], len(preprocessing.labels)
    tensorflow = seeded_tensorflow(options.seed)
    model = build(tensorflow, train.x.shape[1], classes)
    recipe = Recipe("categorical_crossentropy", options.epochs, _LEARNING_RATE, _PATIENCE, _BATCH_SIZE, options.seed)
    batches = augmented_batches(tensorflow, noisy(preprocessing.apply(train.x)), one_hot(train.y, classes), recipe)
    judged = Samples(preprocessing.apply(validation.x), one_hot(validation.y, classes))
    history, best = fit(model, batches, judged, recipe, reporting.listeners())
    return model, history, history[best]


def windows_of(movements: Movements, recordings: Sequence[Recording]) -> Windows:
    """The windows of `recordings`, one after the other."""
    found = [movements.features(one) for one in recordings]
    counts = [len(one) for one in found]
    labels = np.repeat([one.label for one in recordings], counts).astype(np.int64)
    return Windows(np.concatenate(found), labels, np.repeat(np.arange(len(found)), counts))


def normalising(x: npt.NDArray[np.uint16], labels: tuple[str, ...]) -> Preprocessing:
    """What brings every feature of `x` [samples, features] to mean 0 and deviation 1; a feature that never changes stays 0."""
    mean, deviation = x.mean(axis=0), np.maximum(x.std(axis=0), 1.0)
    return Preprocessing("uint16", tuple(float(f"{v:.6g}") for v in mean), tuple(float(f"{1 / v:.5g}") for v in deviation), labels=labels)


def noisy(x: npt.NDArray[np.float32]) -> Any:
    """Draws samples of `x` with a little noise."""

    def draw(chosen: npt.NDArray[np.int64], generator: np.random.Generator) -> npt.NDArray[np.float32]:
        return x[chosen] + generator.normal(0, _NOISE, (len(chosen), *x.shape[1:])).astype(np.float32)

    return draw


def build(tensorflow: Any, features: int, classes: int) -> Any:
    """A keras.Model from normalised features [n, features] to probabilities [n, classes]."""
    layers = tensorflow.keras.layers
    moved = layers.Input((features,), name="features")
    x = moved
    for units in _HIDDEN:
        x = layers.Dropout(_DROPOUT)(layers.Dense(units, activation="relu")(x))
    return tensorflow.keras.Model(moved, layers.Dense(classes, activation="softmax", name="classes")(x), name="motion_dense")


def _results(movements: Movements, model: Any, preprocessing: Preprocessing, parts: dict[str, Windows], seed: int) -> Results:
    train, test = parts["train"], parts["test"]
    of_train, of_test = spread(train.y, MOST_REPRESENTATIVE, seed), spread(test.y, MOST_TEST, seed)
    profile = profile_if_telling(preprocessing.apply(train.x), train.y, classes=len(movements.classes))
    contract = InputContract(preprocessing, profile, motion=movements.frontend)
    arrays: dict[str, npt.NDArray[Any]] = {
        "x": test.x[of_test],
        "y": test.y[of_test],
        "x_rep": train.x[of_train],
        "y_rep": train.y[of_train],
    }
    answers = model.predict(preprocessing.apply(test.x), batch_size=256, verbose=0).argmax(axis=1)
    origin = f"{len(movements.recordings)} recordings of the folder {movements.folder.name}"
    return Results("motion", seed, origin, contract, arrays, float(np.mean(answers == test.y)), None)


def _about(movements: Movements, split: Split) -> list[str]:
    counts = Counter(movements.classes[one.label] for one in movements.recordings)
    shown = ", ".join(f"{name} {counts[name]}" for name in movements.classes[:20]) + (" ..." if len(movements.classes) > 20 else "")
    parts = ", ".join(f"{len(found)} {part}" for part, found in split.parts())
    lines = [f"{len(movements.recordings)} recordings: {shown}", f"split by recordings, seed {split.seed}: {parts}"]
    lines += [f"front end: {line}" for line in movements.frontend.lines()]
    if movements.skipped:
        lines.append(f"{len(movements.skipped)} files skipped: " + "; ".join(f"{one.file} ({one.why})" for one in movements.skipped[:5]))
    return lines
