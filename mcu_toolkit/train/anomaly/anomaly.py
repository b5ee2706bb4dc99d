"""`mcu train anomaly`: recordings of normal operation to an autoencoder, its threshold, its data, its split and a plot."""

from __future__ import annotations

import importlib  # scikit-learn takes a second to import
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import AnomalyRule, InputContract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.profile import profile_if_telling
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.train.anomaly.arrays import ANOMALIES, NORMAL_TEST, OF_RECORDING, VALIDATION, drawn
from mcu_toolkit.train.anomaly.machine import NORMAL, Machine, of_label, read_machine
from mcu_toolkit.train.motion.motion import check_common, normalising
from mcu_toolkit.train.phases import Epoch, Reporting, seeded_tensorflow
from mcu_toolkit.train.publish import publishing
from mcu_toolkit.train.sensors.facts import AnomalyFacts, SensorFacts
from mcu_toolkit.train.sensors.fitting import Recipe, Samples, augmented_batches, fit
from mcu_toolkit.train.sensors.outcome import FILES, MOST_REPRESENTATIVE, Results, write_outcome
from mcu_toolkit.train.sensors.recordings import Recording, Split, split_by_group
from mcu_toolkit.train.trained_model import TrainedModel

GROUPED_BY = "recording"
DEFAULT_EPOCHS, DEFAULT_FALSE_ALARMS = 60, 0.01
_LEARNING_RATE, _BATCH_SIZE, _PATIENCE = 2e-3, 64, 15
_HIDDEN, _BOTTLENECK = 64, 8
_FALSE_ALARMS = 1e-4, 0.5
Inputs = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class AnomalyOptions:
    """The options of `mcu train anomaly`, checked."""

    folder: Path
    frontend: AudioFrontend | MotionFrontend | None = None
    """None: `MACHINE` for sounds; for motion one that is made for the data."""
    rate_hz: float | None = None
    """Of CSV files without time stamps."""
    false_alarms: float = DEFAULT_FALSE_ALARMS
    """Share of normal inputs that may be above the threshold."""
    epochs: int = DEFAULT_EPOCHS
    skip_corrupt: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        check_common(self.epochs, self.seed, self.rate_hz)
        if not _FALSE_ALARMS[0] <= self.false_alarms <= _FALSE_ALARMS[1]:
            raise InputError(f"--false-alarms {self.false_alarms:g}", expected=f"{_FALSE_ALARMS[0]:g} to {_FALSE_ALARMS[1]:g}")


@dataclass(frozen=True)
class _Learned:
    model: Any
    preprocessing: Preprocessing
    history: list[Epoch]
    best: int

    def scores(self, x: Inputs) -> npt.NDArray[np.float64]:
        """The mean squared error of each input, [inputs]."""
        real = self.preprocessing.apply(x)
        return np.asarray(((self.model.predict(real, batch_size=256, verbose=0) - real) ** 2).mean(axis=1), np.float64)


def train_anomaly(options: AnomalyOptions, output: Path, reporting: Reporting) -> TrainedModel:
    """Train on the folder of `options` and write `FILES` to `output`, all or none.

    The same seed gives the same split, and the same weights on the same machine and versions.
    Raises what `read_machine` and `split_by_group` raise; NotSatisfiedError where training diverged.
    """
    began = time.monotonic()
    reporting.stage(f"reading every recording of {options.folder}")
    machine = read_machine(
        options.folder,
        options.frontend,
        options.rate_hz,
        skip_corrupt=options.skip_corrupt,
        on_file=lambda done, of: reporting.advance(done, of, ""),
    )
    label = machine.classes.index(NORMAL)
    normal = of_label(machine.recordings, label)
    drawn = split_by_group([replace(one, label=0) for one in normal], (NORMAL,), options.seed, grouped_by=GROUPED_BY)
    anomalies = [one for one in machine.recordings if one.label != label]
    for line in _about(machine, drawn, anomalies):
        reporting.note(line)
    parts = {part: [machine.inputs(one) for one in found] for part, found in drawn.parts()}
    with publishing(output, FILES) as work:
        reporting.stage("training")
        learned = _learn(np.concatenate(parts["train"]), np.concatenate(parts["validation"]), machine, options, reporting)
        reporting.stage("testing and writing")
        wrong = [machine.inputs(one) for one in anomalies]
        found = _judged(learned, parts, wrong, options.false_alarms)
        split = _with_anomalies(drawn, normal, anomalies)
        counts = {part: sum(map(len, inputs)) for part, inputs in parts.items()}
        sensors = replace(_facts(machine, split, counts, learned), anomaly=found, seconds=time.monotonic() - began)
        results = _results(machine, learned, {**parts, ANOMALIES: wrong}, found, options.seed)
        facts = write_outcome(learned.model, results, sensors, (split, machine.skipped), work, classifies=False)
    return TrainedModel(output, facts)


def _facts(machine: Machine, split: Split, samples: dict[str, int], learned: _Learned) -> SensorFacts:
    return SensorFacts(
        network="autoencoder",
        classes=machine.classes,
        recordings={part: len(found) for part, found in split.parts()},
        samples=samples,
        grouped_by=GROUPED_BY,
        groups={part: len(found) for part, found in split.parts()},
        frontend=machine.lines,
        skipped=len(machine.skipped),
        remarks=machine.remarks,
        best=learned.history[learned.best],
        history=tuple(learned.history),
        seconds=0.0,
    )


def build(tensorflow: Any, features: int) -> Any:
    """A keras.Model from normalised features [n, features] to the same, through a layer of eight numbers."""
    layers = tensorflow.keras.layers
    seen = layers.Input((features,), name="features")
    x = seen
    for units in (_HIDDEN, _HIDDEN, min(_BOTTLENECK, features), _HIDDEN, _HIDDEN):
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(layers.Dense(units, use_bias=False)(x)))
    return tensorflow.keras.Model(seen, layers.Dense(features, name="restored")(x), name="autoencoder")


def _learn(train: Inputs, validation: Inputs, machine: Machine, options: AnomalyOptions, reporting: Reporting) -> _Learned:
    preprocessing = _normalising(train, machine)
    x, judged = preprocessing.apply(train), preprocessing.apply(validation)
    tensorflow = seeded_tensorflow(options.seed)
    model = build(tensorflow, x.shape[1])
    recipe = Recipe("mean_squared_error", options.epochs, _LEARNING_RATE, _PATIENCE, _BATCH_SIZE, options.seed)
    batches = augmented_batches(tensorflow, lambda chosen, _: x[chosen], x, recipe)
    history, best = fit(model, batches, Samples(judged, judged), recipe, reporting.listeners(classifies=False))
    return _Learned(model, preprocessing, history, best)


def _normalising(train: Inputs, machine: Machine) -> Preprocessing:
    """Of sound one mean and scale, so that a band that is quiet counts little; of motion one for each feature."""
    if machine.motion is not None:
        return normalising(train, ())
    return Preprocessing("uint16", (float(f"{train.mean():.6g}"),), (float(f"{1 / max(float(train.std()), 1.0):.5g}"),))


def _judged(learned: _Learned, parts: dict[str, list[Inputs]], anomalies: Sequence[Inputs], target: float) -> AnomalyFacts:
    """The threshold by the validation recordings; what it does to the test recordings, which nothing was chosen by."""
    threshold = float(np.quantile(learned.scores(np.concatenate(parts["validation"])), 1 - target))
    tested = [learned.scores(one) for one in parts["test"]]
    alarms = float(np.mean(np.concatenate(tested) > threshold))
    if not anomalies:
        return AnomalyFacts(threshold, target, alarms, None, None)
    wrong = [learned.scores(one) for one in anomalies]
    means = [float(one.mean()) for one in (*tested, *wrong)]
    truth = [0] * len(tested) + [1] * len(wrong)
    auc = float(importlib.import_module("sklearn.metrics").roc_auc_score(truth, means))
    return AnomalyFacts(threshold, target, alarms, float(np.mean(np.concatenate(wrong) > threshold)), auc)


def _with_anomalies(drawn: Split, normal: Sequence[Recording], anomalies: Sequence[Recording]) -> Split:
    """The split with the labels that the folder has; every anomaly is a test."""
    named = {one.name: one for one in normal}
    train, validation, test = (tuple(named[one.name] for one in part) for _, part in drawn.parts())
    return Split(train, validation, (*test, *anomalies), drawn.seed)


def _results(machine: Machine, learned: _Learned, parts: dict[str, list[Inputs]], found: AnomalyFacts, seed: int) -> Results:
    """`parts` with the anomalies, too."""
    train, order = np.concatenate(parts["train"]), np.random.default_rng(seed)
    arrays: dict[str, npt.NDArray[Any]] = {"x_rep": train[order.permutation(len(train))[:MOST_REPRESENTATIVE]]}
    for name, windows in ((NORMAL_TEST, parts["test"]), (ANOMALIES, parts[ANOMALIES])):
        if windows:
            arrays[name], arrays[OF_RECORDING[name]] = drawn(windows, order)
    arrays[VALIDATION], _ = drawn(parts["validation"], order)
    profile = profile_if_telling(learned.preprocessing.apply(arrays["x_rep"]))
    rule = AnomalyRule(found.threshold, found.false_alarm_target)
    contract = InputContract(learned.preprocessing, profile, machine.audio, motion=machine.motion, anomaly=rule)
    origin = f"{len(machine.recordings)} recordings of the folder {machine.folder.name}"
    error = float(learned.scores(np.concatenate(parts["test"])).mean())
    return Results("anomaly", seed, origin, contract, arrays, None, error)


def _about(machine: Machine, split: Split, anomalies: Sequence[Recording]) -> list[str]:
    parts = ", ".join(f"{len(found)} {part}" for part, found in split.parts())
    lines = [f"normal recordings: {parts} (seed {split.seed}); anomalies, for the test alone: {len(anomalies)}"]
    lines += [f"front end: {line}" for line in machine.lines]
    lines += [f"{count} recordings: {remark}" for remark, count in machine.remarks.items()]
    if machine.skipped:
        lines.append(f"{len(machine.skipped)} files skipped: " + "; ".join(f"{one.file} ({one.why})" for one in machine.skipped[:5]))
    return lines
