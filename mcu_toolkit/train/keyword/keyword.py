"""`mcu train keyword`: a folder of words to a trained model, its data, its split and a plot of how it went."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import InputContract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.profile import profile_if_telling
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.train.keyword.augmentation import augmented
from mcu_toolkit.train.keyword.features import FeatureStore
from mcu_toolkit.train.keyword.networks import NETWORKS
from mcu_toolkit.train.keyword.options import SILENCE, KeywordOptions, epochs_for
from mcu_toolkit.train.keyword.sounds import CLIPPED, SILENT, Words, read_words
from mcu_toolkit.train.phases import Epoch, Reporting, seeded_tensorflow
from mcu_toolkit.train.publish import publishing
from mcu_toolkit.train.sensors.facts import SensorFacts
from mcu_toolkit.train.sensors.fitting import Recipe, Samples, augmented_batches, fit, one_hot
from mcu_toolkit.train.sensors.outcome import FILES, MOST_REPRESENTATIVE, MOST_TEST, Results, spread, write_outcome
from mcu_toolkit.train.sensors.recordings import TRAIN, Recording, Split, split_by_group
from mcu_toolkit.train.trained_model import TrainedModel

GROUPED_BY = "speaker"
_LABEL_SMOOTHING = 0.1
_LEARNING_RATE, _BATCH_SIZE = 3e-3, 32
_REACH_DB = 40.0
"""Of a clip this much below its loudest band and frame is heard: the quietest sounds of a word are louder, noise is often quieter."""
_NAMED = 5
"""Files that a note names before it counts."""
Integers = npt.NDArray[Any]


@dataclass(frozen=True)
class Part:
    """Features and labels of one part."""

    x: npt.NDArray[np.uint16]
    """[samples, frames, features], for training [samples, variants, frames, features]."""
    y: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Learned:
    """A network after its training."""

    model: Any
    preprocessing: Preprocessing
    history: list[Epoch]
    best: Epoch

    def accuracy(self, part: Part) -> float:
        """Share of the samples classified right in floating point."""
        answers = self.model.predict(inputs_of(part.x, self.preprocessing), batch_size=256, verbose=0)
        return float(np.mean(answers.argmax(axis=1) == part.y))


def train_keyword(options: KeywordOptions, output: Path, reporting: Reporting, store: FeatureStore | None = None) -> TrainedModel:
    """Train on the folder of `options` and write `FILES` to `output`, all or none; `store`: of the same options, if there is one.

    The same seed gives the same split and features, and the same weights on the same machine and versions.
    Raises what `read_words` and `split_by_group` raise; NotSatisfiedError where training diverged.
    """
    began = time.monotonic()
    store = store or open_store(options, reporting)
    words = store.words
    split = split_by_group(words.recordings, words.classes, options.seed, grouped_by=GROUPED_BY)
    reporting.note("split: " + "; ".join(f"{part} {', '.join(speakers_of(found))[:200]}" for part, found in split.parts()))
    reporting.stage("computing features")
    store.fill(words.recordings, split.train, reporting.advance)
    parts = {part: part_of(store, found, part) for part, found in split.parts()}
    with publishing(output, FILES) as work:
        reporting.stage("training")
        learned = learn(store, parts[TRAIN], parts["validation"], options, reporting)
        reporting.stage("testing and writing")
        test = parts["test"]
        sensors = replace(_facts(store, split, parts, learned, options.network), seconds=time.monotonic() - began)
        results = results_of(store, learned, parts[TRAIN], test, options)
        facts = write_outcome(learned.model, results, sensors, (split, words.skipped), work)
    return TrainedModel(output, facts)


def open_store(options: KeywordOptions, reporting: Reporting) -> FeatureStore:
    """Read the folder, and say what is in it."""
    reporting.stage(f"listening to every sound of {options.folder}")
    words = read_words(options, lambda done, of: reporting.advance(done, of, ""))
    for line in _about(words):
        reporting.note(line)
    return FeatureStore(words, options)


def part_of(store: FeatureStore, recordings: Sequence[Recording], part: str) -> Part:
    """The samples of `recordings`, and as much silence as an average class has recordings, if there is such a class."""
    trains = part == TRAIN
    x = np.stack([store.varied(one) if trains else store.clean(one) for one in recordings])
    y = np.array([one.label for one in recordings], np.int64)
    classes = store.words.classes
    if SILENCE not in classes:
        return Part(x, y)
    count = max(3, len(y) // (len(classes) - 1))
    quiet = store.silence(part, count * (store.variants if trains else 1))
    shape = (count, store.variants, *store.shape) if trains else (count, *store.shape)
    return Part(np.concatenate([x, quiet.reshape(shape)]), np.concatenate([y, np.full(count, classes.index(SILENCE))]))


def learn(store: FeatureStore, train: Part, validation: Part | None, options: KeywordOptions, reporting: Reporting) -> Learned:
    """Train a network on `train`; without `validation` the weights are those of the last epoch."""
    tensorflow = seeded_tensorflow(options.seed)
    classes = len(store.words.classes)
    preprocessing = _preprocessing(train.x, store.words.classes)
    real = inputs_of(train.x, preprocessing)[..., 0]
    are_bands = store.words.frontend.mfcc is None

    def draw(chosen: Integers, generator: np.random.Generator) -> npt.NDArray[np.float32]:
        variant = generator.integers(0, store.variants, len(chosen))
        return augmented(real[chosen, variant], generator, are_bands=are_bands)[..., None]

    loss = tensorflow.keras.losses.CategoricalCrossentropy(label_smoothing=_LABEL_SMOOTHING)
    epochs = options.epochs or epochs_for(len(train.y))
    recipe = Recipe(loss, epochs, _LEARNING_RATE, epochs, _BATCH_SIZE, options.seed)
    model = NETWORKS[options.network](tensorflow, store.shape, classes, _reach(store.words.frontend, preprocessing))
    batches = augmented_batches(tensorflow, draw, one_hot(train.y, classes), recipe)
    judged = None if validation is None else Samples(inputs_of(validation.x, preprocessing), one_hot(validation.y, classes))
    history, best = fit(model, batches, judged, recipe, reporting.listeners())
    return Learned(model, preprocessing, history, history[best])


def inputs_of(x: npt.NDArray[np.uint16], preprocessing: Preprocessing) -> npt.NDArray[np.float32]:
    """Features [..., frames, features] as the model takes them: [..., frames, features, 1]."""
    return preprocessing.apply(x[..., None])


def results_of(store: FeatureStore, learned: Learned, train: Part, test: Part, options: KeywordOptions) -> Results:
    """What is written beside the model: its contract and the data that it is quantized and verified with."""
    of_train, of_test = spread(train.y, MOST_REPRESENTATIVE, options.seed), spread(test.y, MOST_TEST, options.seed)
    x_rep, y_rep = train.x[of_train, np.arange(len(of_train)) % store.variants][..., None], train.y[of_train]
    profile = profile_if_telling(learned.preprocessing.apply(x_rep), y_rep, classes=len(store.words.classes))
    arrays: dict[str, Integers] = {"x": test.x[of_test][..., None], "y": test.y[of_test], "x_rep": x_rep, "y_rep": y_rep}
    contract = InputContract(learned.preprocessing, profile, store.words.frontend)
    origin = f"{len(store.words.recordings)} sounds of the folder {store.words.folder.name}"
    return Results("keyword", options.seed, origin, contract, arrays, learned.accuracy(test), None)


def speakers_of(recordings: Sequence[Recording]) -> list[str]:
    """Who speaks in `recordings`, each once, in alphabetical order."""
    return sorted({one.group for one in recordings})


def _preprocessing(x: npt.NDArray[np.uint16], classes: tuple[str, ...]) -> Preprocessing:
    mean, deviation = float(x.mean()), float(x.std())
    return Preprocessing("uint16", mean=(float(f"{mean:.5g}"),), scale=(float(f"{1 / max(deviation, 1.0):.5g}"),), labels=classes)


def _reach(frontend: AudioFrontend, preprocessing: Preprocessing) -> float | None:
    """`_REACH_DB` in the units of normalised features; None where these are no logarithms of bands, or have lost their level (PCAN)."""
    if frontend.log is None or frontend.mfcc is not None or frontend.pcan is not None:
        return None
    features = _REACH_DB / 20 * math.log(10) * 2**frontend.log.scale_shift
    return float(f"{features * preprocessing.scale[0]:.4g}")


def _about(words: Words) -> list[str]:
    counts = Counter(words.classes[one.label] for one in words.recordings)
    shown = ", ".join(f"{name} {counts[name]}" for name in words.classes[:20]) + (" ..." if len(words.classes) > 20 else "")
    speakers = speakers_of(words.recordings)
    lines = [f"{len(words.recordings)} sounds: {shown}", f"{len(speakers)} speakers ({words.speakers_from})"]
    lines += [f"front end: {line}" for line in words.frontend.lines()]
    for remark, files in words.remarks.items():
        named = ", ".join(files[:_NAMED]) + (" ..." if len(files) > _NAMED else "")
        lines.append(f"{len(files)} sounds: {remark}" + (f": {named}" if remark in (CLIPPED, SILENT) else ""))
    if words.skipped:
        named = "; ".join(f"{one.file} ({one.why})" for one in words.skipped[:_NAMED])
        lines.append(f"{len(words.skipped)} files skipped: {named}" + (" ..." if len(words.skipped) > _NAMED else ""))
    return lines


def _facts(store: FeatureStore, split: Split, parts: dict[str, Part], learned: Learned, network: str) -> SensorFacts:
    words = store.words
    return SensorFacts(
        network=network,
        classes=words.classes,
        recordings={part: len(found) for part, found in split.parts()},
        samples={part: len(found.y) for part, found in parts.items()},
        grouped_by=GROUPED_BY,
        groups={part: len(speakers_of(found)) for part, found in split.parts()},
        frontend=tuple(words.frontend.lines()),
        skipped=len(words.skipped),
        remarks={remark: len(files) for remark, files in words.remarks.items()},
        best=learned.best,
        history=tuple(learned.history),
        seconds=0.0,
    )
