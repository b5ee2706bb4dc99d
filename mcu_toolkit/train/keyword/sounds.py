"""A user's folder of words: every sound is read once, its speaker and what is remarkable about it noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mcu_toolkit.artifacts.sound import Sound, read_sound, sound_in
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.frontend.presets import KEYWORD, KEYWORD_8K
from mcu_toolkit.train.class_folder import FileKind, Skipped, content_with_hash, entries, examine_files, list_files, unchanged_content
from mcu_toolkit.train.keyword.options import SILENCE, UNKNOWN, KeywordOptions
from mcu_toolkit.train.keyword.speakers import speaker_finder
from mcu_toolkit.train.sensors.recordings import Recording

BACKGROUND_FOLDER = "_background_noise_"
SOUNDS = FileKind(
    "sound", (".wav",), 3, enough=" of three speakers; 50 or more give a useful model", no_classes=frozenset({BACKGROUND_FOLDER})
)
CLIPPED, SILENT = "clipped at full scale", "nothing but silence"


@dataclass(frozen=True)
class Words:
    """What is in the folder, and what the model hears it through."""

    folder: Path
    classes: tuple[str, ...]
    recordings: tuple[Recording, ...]
    skipped: tuple[Skipped, ...]
    frontend: AudioFrontend
    speakers_from: str
    """How it is known who speaks."""
    remarks: Mapping[str, tuple[str, ...]]
    """What was done to files, or is suspicious about them: which."""
    noises: tuple[Sound, ...]
    """Background noise with the front end's sample rate."""

    def sound(self, recording: Recording) -> Sound:
        """Its sound with the front end's sample rate; raises InputError where the file has changed since it was examined."""
        path = self.folder / recording.name
        return sound_in(unchanged_content(path, recording.sha256, "sound"), path, self.frontend.sample_rate_hz)


def read_words(options: KeywordOptions, on_file: Callable[[int, int], None] | None = None) -> Words:
    """Look at every sound of the folder; raises InputError for what `examine_files`, `speaker_finder` and `read_sound` refuse."""
    folder = options.folder
    names = [name for name, _ in list_files(folder, SOUNDS).files]
    speaker_of, speakers_from = speaker_finder(folder, names, options.speakers)
    rates: Counter[int] = Counter()
    remarks: dict[str, list[str]] = {}

    def examine(name: str, label: int) -> Recording:
        try:
            content, sha256 = content_with_hash(folder / name, "sound")
            sound = sound_in(content, folder / name)
        except InputError as error:
            raise ValueError(error.what) from None
        if not len(sound.samples):
            raise ValueError("it holds no samples")
        rates[sound.rate_hz] += 1
        found = [*sound.changes, *([CLIPPED] if sound.clipped else []), *([] if np.any(sound.samples) else [SILENT])]
        for remark in found:
            remarks.setdefault(remark, []).append(name)
        return Recording(name, label, sha256, speaker_of(name))

    classes, recordings, skipped = examine_files(folder, SOUNDS, examine, skip_corrupt=options.skip_corrupt, on_file=on_file)
    frontend = options.frontend or (KEYWORD if rates.most_common(1)[0][0] >= KEYWORD.sample_rate_hz else KEYWORD_8K)
    others = {rate: count for rate, count in rates.items() if rate != frontend.sample_rate_hz}
    shown = {remark: tuple(files) for remark, files in remarks.items()}
    shown |= {f"resampled from {rate:,} to {frontend.sample_rate_hz:,} Hz": ("",) * count for rate, count in sorted(others.items())}
    named, merged = _merged(folder, classes, recordings, options)
    return Words(folder, named, merged, skipped, frontend, speakers_from, shown, _noises(options, frontend))


def _merged(
    folder: Path, classes: tuple[str, ...], recordings: tuple[Recording, ...], options: KeywordOptions
) -> tuple[tuple[str, ...], tuple[Recording, ...]]:
    """Classes and recordings with the unknown words as one class, and with the class of silence, which has no recordings."""
    wrong = [name for name in options.unknown if name not in classes]
    if wrong:
        raise InputError(f"has no class '{wrong[0]}'", on=folder, expected=f"--unknown with classes of the folder: {', '.join(classes)}")
    new = {name: UNKNOWN if name in options.unknown else name for name in classes}
    named = sorted({*new.values(), *([SILENCE] if options.silence else [])})
    if len(set(new.values())) < 2 and not options.silence:
        raise InputError("would have one class only", on=folder, expected="a word that is not --unknown, and another class")
    return tuple(named), tuple(replace(one, label=named.index(new[classes[one.label]])) for one in recordings)


def _noises(options: KeywordOptions, frontend: AudioFrontend) -> tuple[Sound, ...]:
    own = options.folder / BACKGROUND_FOLDER
    place = options.background or (own if own.is_dir() else None)
    if place is None:
        return ()
    if not place.is_dir():
        raise InputError("is no folder", on=place, expected="a folder of WAV files with background noise")
    found = [read_sound(path, frontend.sample_rate_hz) for path in entries(place) if path.suffix.lower() in SOUNDS.suffixes]
    loud = tuple(sound for sound in found if np.any(sound.samples))
    if not loud:
        raise InputError("holds no WAV files that can be heard", on=place, expected="background noise to mix in")
    return loud
