"""`mcu make-stream`: a continuous sound with its label track, made of clips, so that false alarms per hour can be measured."""

from __future__ import annotations

import csv
import io
import math
import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.label_track import HEAD, Event, is_label_track
from mcu_toolkit.artifacts.sound import SOUND_SUFFIXES, read_sound
from mcu_toolkit.artifacts.sound_stream import SoundFile, look_at_sound
from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.stream.clips import Clips, common_rate, find_clips
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.system.files import atomic_path, make_folder, write_text

_PIECE_S = 10
_MOST_HOURS = 24 * 7
_MARGIN_S = 0.01
_MOST_WAV_BYTES = 2**32 - 1
"""What the header of a WAV file can say; 36 bytes of it count."""
_HEADER_BYTES = 36


@dataclass(frozen=True)
class MakeStreamRequest:
    """The options of `mcu make-stream`."""

    clips: Path
    """A folder with a sub-folder of WAV files for each word; those whose names begin with `_` hold background."""
    output: Path
    """The WAV file; its label track is beside it, with the ending .csv."""
    hours: float = 1.0
    gap_s: tuple[float, float] = (1.0, 5.0)
    """The shortest and the longest silence between two words."""
    noise_db: float = -50.0
    """Level of the background, of full scale: that of the folder's background, or white noise."""
    seed: int = 0
    split: Path | None = None
    """The split.json of a training on `clips`: only what it kept for the test is heard."""
    background: Path | None = None
    """A folder of WAV files to hear between and under the words; None: that of `clips`."""


@dataclass(frozen=True)
class MakeStreamResult:
    """What was written."""

    sound: Path
    track: Path
    duration_s: float
    rate_hz: int
    events: Mapping[str, int]
    """By label."""
    clips: int
    """Different words that there were to choose from."""
    seed: int


def make_stream(request: MakeStreamRequest, progress: Progress) -> StepResult[MakeStreamResult]:
    """Mix the clips, each word as often as any other, into one sound; the same seed makes the same bytes.

    Raises InputError naming each clip that cannot be used; then nothing is written.
    """
    _check(request)
    clips = find_clips(request.clips, request.split, request.background)
    count = sum(map(len, clips.words.values()))
    progress.stage(f"looking at {count:,} clips")
    rate_hz = common_rate([path for paths in (*clips.words.values(), clips.background) for path in paths])
    random = np.random.default_rng(request.seed)
    samples = round(request.hours * 3600 * rate_hz)
    _check_size(samples, rate_hz)
    track = request.output.with_suffix(".csv")
    _check_track(track)
    planned = list(_planned(clips, request, random, rate_hz))
    make_folder(request.output.parent)
    progress.stage(f"mixing {request.hours:g} h")
    with atomic_path(request.output) as sound_file:
        _write_sound(sound_file, planned, _Background(clips.background, request.noise_db, rate_hz, random), (samples, rate_hz), progress)
    write_text(track, _track_text([event for event, _ in planned]))
    counts = {label: sum(event.label == label for event, _ in planned) for label in dict.fromkeys(map(clips.label, clips.words))}
    facts = MakeStreamResult(request.output, track, samples / rate_hz, rate_hz, counts, count, request.seed)
    lines = (
        f"{request.output}: {facts.duration_s:,.1f} s, {rate_hz:,} Hz, seed {request.seed}",
        f"{track}: {len(planned):,} words of {count:,} clips: {', '.join(f'{word} {count:,}' for word, count in counts.items())}",
    )
    return StepResult("make-stream", lines, facts)


def _check(request: MakeStreamRequest) -> None:
    if request.output.suffix.lower() not in SOUND_SUFFIXES:
        raise InputError("is no WAV file", on=request.output, expected="a name that ends in .wav")
    if not 0 < request.hours <= _MOST_HOURS:
        raise InputError(f"--hours {request.hours:g}", expected=f"more than 0, at most {_MOST_HOURS}")
    least_s, most_s = request.gap_s
    if not 0 <= least_s <= most_s <= 3600:
        raise InputError(f"gaps from {least_s:g} to {most_s:g} s", expected="the shortest first, at most 3600")
    if not -120 <= request.noise_db <= 0:
        raise InputError(f"--noise-db {request.noise_db:g}", expected="-120 to 0, in decibels of full scale")


def _check_size(samples: int, rate_hz: int) -> None:
    """Raise InputError for more than a WAV file holds, before hours are spent on it."""
    most = (_MOST_WAV_BYTES - _HEADER_BYTES) // 2
    if samples > most:
        found = f"--hours {samples / rate_hz / 3600:g} at {rate_hz:,} Hz is more than a WAV file holds"
        raise InputError(found, expected=f"at most {math.floor(most / rate_hz / 36) / 100:g}")


def _check_track(path: Path) -> None:
    """Raise InputError for a file that would be replaced, and is no label track with a head."""
    if path.exists() and not is_label_track(path):
        raise InputError("is there and is no label track", on=path, expected="another name for the sound: its label track is beside it")


def _planned(clips: Clips, request: MakeStreamRequest, random: np.random.Generator, rate_hz: int) -> Iterator[tuple[Event, Path]]:
    """Which clip is heard when."""
    names, at_s, end_s = list(clips.words), 0.0, request.hours * 3600
    while True:
        name = names[int(random.integers(len(names)))]
        path = clips.words[name][int(random.integers(len(clips.words[name])))]
        start = round((at_s + random.uniform(*request.gap_s)) * rate_hz)
        stop = start + _samples_at(rate_hz, look_at_sound(path))
        if stop / rate_hz > end_s:
            return
        yield Event(start / rate_hz, stop / rate_hz, clips.label(name)), path
        at_s = stop / rate_hz + _MARGIN_S


def _samples_at(rate_hz: int, sound: SoundFile) -> int:
    """How many samples it has with another rate."""
    return -(-sound.samples * rate_hz // sound.rate_hz)


class _Background:
    """Sound without words, of one level and without end."""

    def __init__(self, paths: Sequence[Path], level_db: float, rate_hz: int, random: np.random.Generator) -> None:
        self._paths, self._rate_hz, self._random = paths, rate_hz, random
        self._level = 32768 * 10 ** (level_db / 20)
        self._rest = np.zeros(0)

    def next(self, count: int) -> npt.NDArray[np.float64]:
        """The next `count` samples."""
        while len(self._rest) < count:
            self._rest = np.concatenate([self._rest, self._more()])
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def _more(self) -> npt.NDArray[np.float64]:
        if not self._paths:
            return self._random.normal(0, self._level, 1 << 16)
        path = self._paths[int(self._random.integers(len(self._paths)))]
        values = read_sound(path, self._rate_hz).samples.astype(np.float64)
        loudness = float(np.sqrt(np.mean(values**2)))
        return values * (self._level / loudness) if loudness else values


def _write_sound(
    path: Path, planned: Sequence[tuple[Event, Path]], background: _Background, form: tuple[int, int], progress: Progress
) -> None:
    """The sound in pieces: what a piece cannot hold of a clip goes into the next."""
    samples, rate_hz = form
    waiting = [(round(event.start_s * rate_hz), clip) for event, clip in reversed(planned)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        over: list[tuple[int, npt.NDArray[np.int16]]] = []
        for start in range(0, samples, _PIECE_S * rate_hz):
            count = min(_PIECE_S * rate_hz, samples - start)
            mixed = background.next(count)
            while waiting and waiting[-1][0] < start + count:
                at, clip = waiting.pop()
                over.append((at, read_sound(clip, rate_hz).samples))
            for at, values in over:
                first, last = max(at, start), min(at + len(values), start + count)
                mixed[first - start : last - start] += values[first - at : last - at]
            over = [(at, values) for at, values in over if at + len(values) > start + count]
            file.writeframes(np.clip(np.rint(mixed), -32768, 32767).astype("<i2").tobytes())
            progress.advance(start + count, samples)


def _track_text(events: Sequence[Event]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows([f"{event.start_s:.6f}", f"{event.end_s:.6f}", event.label] for event in events)
    return text.getvalue()
