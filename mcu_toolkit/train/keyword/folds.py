"""Leave one speaker out: as many trainings as speakers, each tested on the one that it never heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mcu_toolkit.artifacts.contract import InputContract, store_in_keras
from mcu_toolkit.errors import InputError
from mcu_toolkit.tensorflow_loader import quiet
from mcu_toolkit.train.keyword.features import FeatureStore
from mcu_toolkit.train.keyword.keyword import Integers, Learned, learn, part_of, results_of, speakers_of
from mcu_toolkit.train.keyword.options import KeywordOptions
from mcu_toolkit.train.phases import Reporting
from mcu_toolkit.train.sensors.recordings import TEST, TRAIN

_FEWEST_SPEAKERS = 2
_MOST_SPEAKERS = 50
"""So many trainings are no help any more."""


@dataclass(frozen=True)
class HeldOutSpeaker:
    """How a network that never heard `speaker` understands this speaker."""

    speaker: str
    recordings: int
    accuracy: float
    """Of the float model."""
    quantized: float | None
    """Of the int8 model, in TFLM's interpreter (or the runner that stands in for it); None while it was not measured."""


@dataclass(frozen=True)
class Folds:
    """Of all speakers."""

    speakers: tuple[HeldOutSpeaker, ...]

    def lines(self) -> list[str]:
        """For people: each speaker, then mean and worst."""
        rows = [f"  without {one.speaker}: {_percents(one.accuracy, one.quantized)} of {one.recordings}" for one in self.speakers]
        exact, int8 = [one.accuracy for one in self.speakers], [one.quantized for one in self.speakers if one.quantized is not None]
        whole = len(int8) == len(exact)
        mean = _percents(float(np.mean(exact)), float(np.mean(int8)) if whole else None)
        worst = _percents(min(exact), min(int8) if whole else None)
        return ["leave one speaker out:", *rows, f"  mean {mean}; worst {worst}"]


@dataclass(frozen=True)
class FoldFiles:
    """What is quantized and measured for one speaker."""

    held_out: HeldOutSpeaker
    keras: Path
    data: Path
    """`x` and `y`: all of the speaker's recordings."""


def trained_folds(store: FeatureStore, options: KeywordOptions, reporting: Reporting, work: Path) -> Iterator[FoldFiles]:
    """Train once for each speaker, without; files are written to `work`, and those of one speaker replaced by the next one's.

    No epoch is chosen by what a speaker's recordings say: the weights are those of the last one.  Raises InputError for too few or too
    many speakers.
    """
    recordings = store.words.recordings
    speakers = speakers_of(recordings)
    if not _FEWEST_SPEAKERS <= len(speakers) <= _MOST_SPEAKERS:
        raise InputError(
            f"has {len(speakers)} speakers", on=store.words.folder, expected=f"{_FEWEST_SPEAKERS} to {_MOST_SPEAKERS} with --folds speakers"
        )
    reporting.stage("computing features")
    store.fill(recordings, recordings, reporting.advance)
    for speaker in speakers:
        reporting.stage(f"training without {speaker}")
        quiet_reporting = Reporting(reporting.stage, lambda _: None, reporting.advance)
        train = part_of(store, [one for one in recordings if one.group != speaker], TRAIN)
        learned = learn(store, train, None, options, quiet_reporting)
        test = part_of(store, [one for one in recordings if one.group == speaker], TEST)
        held_out = HeldOutSpeaker(speaker, len(test.y), learned.accuracy(test), None)
        results = results_of(store, learned, train, test, options)
        yield FoldFiles(held_out, _saved(learned, results.contract, work), _stored(results.arrays, work))


def _saved(learned: Learned, contract: InputContract, work: Path) -> Path:
    path = work / "model.keras"
    path.unlink(missing_ok=True)
    with quiet():
        learned.model.save(path)
    store_in_keras(path, contract)
    return path


def _stored(arrays: dict[str, Integers], work: Path) -> Path:
    path = work / "data.npz"
    np.savez(path, allow_pickle=False, **arrays)
    return path


def _percents(accuracy: float, quantized: float | None) -> str:
    return f"{100 * accuracy:.2f} %" + ("" if quantized is None else f" (int8 {100 * quantized:.2f} %)")


def all_of(speakers: Sequence[HeldOutSpeaker]) -> Folds:
    """The folds together."""
    return Folds(tuple(speakers))
