"""The clips that a continuous sound is mixed of: words by their folders, and what is heard between and under them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts.sound import SOUND_SUFFIXES
from mcu_toolkit.artifacts.sound_stream import look_at_sound
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes, sha256_hex
from mcu_toolkit.train.sensors.recordings import SPLIT_FILE, SplitFile, tested_files

_BACKGROUND_PREFIX = "_"
"""Folders whose names begin so are no words: `_background_noise_` of Speech Commands."""
_MOST_CLIPS = 200_000
_SHOWN = 50


@dataclass(frozen=True)
class Clips:
    """What there is to mix."""

    words: Mapping[str, tuple[Path, ...]]
    """By folder."""
    background: tuple[Path, ...]
    labels: Mapping[str, str]
    """What the label track calls the words of a folder, where it is not the folder's name: `_unknown_`."""

    def label(self, word: str) -> str:
        """Of the words in a folder."""
        return self.labels.get(word, word)


def find_clips(folder: Path, split: Path | None, background: Path | None) -> Clips:
    """The clips of `folder`; with `split` those that its training kept for the test, and with `background` noise from there.

    Raises InputError for folders without clips, and for clips of the test that are gone or have changed, naming each.
    """
    if not folder.is_dir():
        raise InputError("is no folder", on=folder, expected="a folder with a sub-folder of WAV files for each word")
    words: dict[str, tuple[Path, ...]] = {}
    noises: list[Path] = []
    for inner in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        if inner.name.startswith(_BACKGROUND_PREFIX):
            noises += _sounds_in(inner)
        elif found := _sounds_in(inner):
            words[inner.name] = found
    if not words:
        raise InputError("holds no clips", on=folder, expected="a sub-folder of WAV files for each word")
    if sum(map(len, words.values())) > _MOST_CLIPS:
        raise InputError(f"holds more than {_MOST_CLIPS:,} clips", on=folder, expected="fewer")
    if background is not None:
        noises = list(_noises_in(background))
    if split is None:
        return Clips(words, tuple(noises), {})
    tested, labels = _tested(folder, split)
    return Clips(tested, tuple(noises), labels)


def common_rate(paths: Sequence[Path]) -> int:
    """The sample rate that most of the files have; raises InputError naming every file that cannot be used."""
    rates: Counter[int] = Counter()
    faults: list[str] = []
    for path in paths:
        try:
            rates[look_at_sound(path).rate_hz] += 1
        except InputError as error:
            faults.append(f"{path}: {error.what}")
    if faults:
        raise InputError(f"{len(faults)} clips cannot be used:{_listed(faults)}", expected="intact WAV files")
    return max(rates, key=lambda rate_hz: (rates[rate_hz], rate_hz))


def _sounds_in(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in SOUND_SUFFIXES and path.is_file()))


def _noises_in(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir() or not (found := _sounds_in(folder)):
        raise InputError("holds no WAV files", on=folder, expected="--background with a folder of them")
    return found


def _tested(folder: Path, split: Path) -> tuple[dict[str, tuple[Path, ...]], dict[str, str]]:
    """(clips of the test by folder, labels of those folders); raises InputError for files that are not as they were."""
    words: dict[str, list[Path]] = {}
    labels: dict[str, str] = {}
    faults: list[str] = []
    for one in tested_files(split):
        word, _, _ = one.file.partition("/")
        if fault := _fault(folder, one):
            faults.append(f"{one.file}: {fault}")
        words.setdefault(word, []).append(folder / one.file)
        labels[word] = one.label
    if faults:
        found = f"{len(faults)} clips are not those of {split}:{_listed(faults)}"
        raise InputError(found, on=folder, expected=f"the folder that {SPLIT_FILE} was written for, as it was then")
    if not words:
        raise InputError("names no file of the test", on=split, expected=f"the {SPLIT_FILE} of mcu train keyword")
    return {word: tuple(paths) for word, paths in sorted(words.items())}, labels


def _fault(folder: Path, one: SplitFile) -> str:
    """Why a file cannot be taken; empty where it can.  Names come from a file that anybody may have written."""
    parts = Path(one.file).parts
    if len(parts) != 2 or ".." in parts or Path(one.file).is_absolute():
        return "is no file in a sub-folder"
    if not (folder / one.file).is_file():
        return "is not there"
    return "" if sha256_hex(read_bytes(folder / one.file)) == one.hash else "has changed since the training"


def _listed(faults: Sequence[str]) -> str:
    more = f"\n    and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return "".join(f"\n    {fault}" for fault in faults[:_SHOWN]) + more
