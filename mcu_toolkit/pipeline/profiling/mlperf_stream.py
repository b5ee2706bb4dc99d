"""`mcu mlperf` for the streaming wake word: a recording heard by the board, compared with the host, and judged by the benchmark's rules."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from mcu_toolkit.boards import Board
from mcu_toolkit.device.mlperf import MlperfClient
from mcu_toolkit.device.mlperf_stream import Heard, StreamClient
from mcu_toolkit.device.sensor import Recording, insert
from mcu_toolkit.errors import InputError, ProtocolError
from mcu_toolkit.firmware.benchmark import mlperf_tiny
from mcu_toolkit.frontend.mel_energies import BANDS, HOP_SAMPLES, RATE_HZ, mel_features
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.profiling.wake_word_truth import SpokenWords, counted, read_recording
from mcu_toolkit.pipeline.proof.host import golden_name, golden_notes, golden_runner
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.system.files import temporary_folder

ERRORS_MAX: Final = 8
"""MLPerf Tiny rules v1.4: at most so many false positives, and so many false negatives, in the long recording."""
THRESHOLD: Final = 115
"""Detected where the stored score is larger (DETECT_THRESHOLD of the reference; MLPERF_DETECTED_ABOVE of the firmware)."""
HOP_MS: Final = HOP_SAMPLES * 1000 // RATE_HZ
_NOISE_SECONDS: Final = 5
_NOISE_AMPLITUDE: Final = 3000


@dataclass(frozen=True)
class BoardUnderTest:
    """A board that speaks the benchmark `version`, with `model` in it."""

    client: MlperfClient
    version: str
    model: Model
    board: Board
    progress: Progress


@dataclass(frozen=True)
class StreamFigures:
    """What the board made of the recording."""

    recording: str
    seconds: float
    heard_by: str
    """`sensor`: the emulated microphone; `line`: 512 samples at a time over the serial line."""
    frames: int
    lost_samples: int
    per_frame_features: float
    """In `time_unit`, the mean."""
    per_frame_model: float
    true_positives: int | None
    """None, and the next two: it is not known when the word is spoken."""
    false_negatives: int | None
    false_positives: int | None
    detections_s: tuple[float, ...]
    """Times of all detections since the first frame."""
    compared_frames: int
    differing_frames: int
    """Those whose score is not what the golden interpreter makes of the host's features."""
    differing_features: int | None
    """Of all features; None where the board does not send them."""
    reasons: tuple[str, ...]
    """Why the verdict is no."""
    golden: str
    notes: tuple[str, ...]


def run_stream(tested: BoardUnderTest, words: SpokenWords) -> tuple[StreamFigures, list[str]]:
    """Let the board hear the recording: by its sensor if it is emulated, else over the line."""
    hops = len(words.samples) // HOP_SAMPLES
    if hops == 0:
        raise InputError(f"has {len(words.samples)} samples", on=words.path, expected=f"at least {HOP_SAMPLES}, one frame")
    features, golden = golden_scores(tested.model, words.samples)
    differing_features = None
    if tested.board.plays_recordings:
        heard = _by_sensor(tested, words)
    else:
        heard, differing_features = _over_the_line(tested, words, features)
    compared = min(len(heard.activations), hops)
    differing = int((heard.activations[:compared] != golden[:compared]).sum())
    spent, words_s = heard.processing, words.windows_s
    counts = None if words_s is None or not heard.detections_ms else counted(heard.detections_ms, words_s)
    reasons = _reasons(hops, heard, differing, differing_features)
    for name, count in () if counts is None else (("positives", counts.false_positives), ("negatives", counts.false_negatives)):
        reasons += [f"{count} false {name}, more than {ERRORS_MAX}"] if count > ERRORS_MAX else []
    figures = StreamFigures(
        recording=words.path.name,
        seconds=len(words.samples) / RATE_HZ,
        heard_by="sensor" if tested.board.plays_recordings else "line",
        frames=spent.frames,
        lost_samples=spent.lost_samples,
        per_frame_features=spent.feature_ticks / max(spent.frames, 1),
        per_frame_model=spent.model_ticks / max(spent.frames, 1),
        true_positives=None if counts is None else counts.true_positives,
        false_negatives=None if counts is None else counts.false_negatives,
        false_positives=None if counts is None else counts.false_positives,
        detections_s=tuple((time_ms - heard.detections_ms[0]) / 1000 for time_ms in heard.detections_ms[1:]),
        compared_frames=compared,
        differing_frames=differing,
        differing_features=differing_features,
        reasons=tuple(reasons),
        golden=golden_name(),
        notes=golden_notes(),
    )
    return figures, _lines(figures, tested.board.ticks.unit)


def recording_of(data: Path | None, seed: int) -> SpokenWords:
    """What the board is to hear: `data`, or noise that `seed` makes, in which no word is spoken."""
    if data is not None:
        return read_recording(data)
    noise = np.random.default_rng(seed).normal(0, _NOISE_AMPLITUDE, _NOISE_SECONDS * RATE_HZ)
    return SpokenWords(Path(f"noise of seed {seed}"), np.clip(np.round(noise), -32768, 32767).astype(np.int16), None)


def golden_scores(model: Model, samples: npt.NDArray[np.int16]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """(features [hops, 40], the wake word's stored score [hops]) by the host's features and the golden interpreter.

    Before the first frame the model's input is zeros, as in the reference.
    """
    quantization = mlperf_tiny(model, "sww01").features
    assert quantization is not None
    features = mel_features(samples, quantization)
    frames = model.inputs[0].elements // BANDS
    padded = np.concatenate([np.zeros((frames - 1, BANDS), np.int8), features])
    windows = np.stack([padded[at : at + frames].reshape(model.inputs[0].shape[1:]) for at in range(len(features))])
    with temporary_folder() as work, closing(golden_runner(model, work)) as golden:
        scores = golden.run([windows]).outputs[0].reshape(len(windows), -1)[:, 0]
    return features, scores.astype(np.int8)


def _by_sensor(tested: BoardUnderTest, words: SpokenWords) -> Heard:
    insert(tested.board, Recording("microphone", words.samples[:, np.newaxis], RATE_HZ, 1 / 32768), in_real_time=False)
    total = len(words.samples)
    return StreamClient(tested.client).listen(total, lambda done: tested.progress.advance(done, total))


def _over_the_line(tested: BoardUnderTest, words: SpokenWords, features: npt.NDArray[np.int8]) -> tuple[Heard, int]:
    stream = StreamClient(tested.client)
    stream.reset()
    scores, differing = [], 0
    for number, expected in enumerate(features):
        hop = words.samples[number * HOP_SAMPLES : (number + 1) * HOP_SAMPLES]
        found, activations = stream.extract(hop.astype("<i2").tobytes())
        if len(found) != len(expected):
            raise ProtocolError(f"the board sent {len(found):,} features", on=tested.board.id, expected=f"{len(expected)} of each frame")
        differing += sum(one != other for one, other in zip(found, expected.tolist(), strict=True))
        scores.append(activations[0])
        tested.progress.advance(number + 1, len(features))
    detections = tuple(number * HOP_MS for number, score in enumerate(scores) if number == 0 or score > THRESHOLD)
    return Heard(np.array(scores, np.int8), detections, stream.processing()), differing


def _reasons(hops: int, heard: Heard, differing: int, differing_features: int | None) -> list[str]:
    spent = heard.processing
    kept = len(heard.detections_ms)
    wrong = {
        f"{spent.lost_samples:,} samples were lost": spent.lost_samples,
        f"{spent.frames:,} frames of {hops:,}": spent.frames != hops,
        f"{spent.detections - kept:,} detections were more than the board has room for": spent.detections > kept,
        "the board has kept no score that could be compared": not len(heard.activations),
        f"{differing} scores differ from the golden interpreter's": differing,
        f"{differing_features} features differ from the host's": differing_features,
    }
    return [reason for reason, holds in wrong.items() if holds]


def _lines(figures: StreamFigures, unit: str) -> list[str]:
    both = figures.per_frame_features + figures.per_frame_model
    lines = [
        f"sww01: {both:,.1f} {unit} a frame of {HOP_MS} ms: "
        f"features {figures.per_frame_features:,.1f}, model {figures.per_frame_model:,.1f}",
        f"scores that differ from the golden interpreter's: {figures.differing_frames:,} of {figures.compared_frames:,}",
    ]
    if figures.differing_features is not None:
        lines.append(f"features that differ from the host's: {figures.differing_features:,} of {figures.frames * BANDS:,}")
    if figures.true_positives is not None:
        found = (
            f"{figures.true_positives} true positives, {figures.false_negatives} false negatives, {figures.false_positives} false positives"
        )
        lines.append(f"{figures.recording} ({figures.seconds:.1f} s): {found}; at most {ERRORS_MAX} false ones of each kind")
    lines.append(f"detected at {_times(figures.detections_s)}")
    return [*lines, *(f"note: {note}" for note in figures.notes)]


def _times(times_s: Sequence[float], most: int = 20) -> str:
    """`1.38 to 1.98, 5.02 s`: detections of frames in a row are one range."""
    ranges: list[list[float]] = []
    for time_s in times_s:
        if ranges and time_s - ranges[-1][1] <= 1.5 * HOP_MS / 1000:
            ranges[-1][1] = time_s
        else:
            ranges.append([time_s, time_s])
    shown = ", ".join(f"{first:.2f} to {last:.2f}" if last > first else f"{first:.2f}" for first, last in ranges[:most])
    return f"{shown} s" + (f" and {len(ranges) - most} more" if len(ranges) > most else "") if ranges else "no time"
