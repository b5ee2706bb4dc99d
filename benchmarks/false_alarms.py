"""What a keyword model misses and how often it decides for nothing, over hours of words between other sounds.

    .venv/bin/python -m benchmarks.false_alarms MODEL.tflite --clips WORDS --split SPLIT.json [--hours 1] [-o FOLDER]

The words are those that the training kept for its test.  The other sounds are made here: noise of several colours, hum, a motor, music,
knocks, and speech without the words where espeak-ng is installed.  The same seed gives the same stream.  Prints the table that
docs/how-to/train-keyword.md has: for each rule the fewest misses at no more than so many false alarms an hour.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.stream_scores import StreamJudgement
from mcu_toolkit.pipeline.stream import RuleChoices, StreamRequest, stream
from mcu_toolkit.pipeline.stream.make import MakeStreamRequest, make_stream
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.system.files import temporary_folder

RATE_HZ, SECONDS = 16_000, 30
GAP_S, NOISE_DB = (1.0, 20.0), -40.0
RULES = {"the default": RuleChoices(), "--stride 15 --average 4": RuleChoices(stride_frames=15, average_over=4)}
"""The second: windows a quarter of a second apart, and the mean over a second of them."""
ALLOWED = (60.0, 10.0, 5.0, 1.0, 0.0)
"""False alarms an hour."""
VOICES = ("en+m1", "en+m7", "en+f2", "en+f4")
SENTENCES = (
    "The kettle is on the stove and the window stays open until the evening.",
    "Please put the letters on the table, and close the door when you leave.",
    "It rained all morning, but by noon the streets were dry again.",
    "She read the paper, drank her coffee and went out to catch the bus.",
    "The dog barked at the postman, who laughed and crossed the garden.",
    "Nobody knew where the key was, although everybody had looked for it.",
)
Samples = npt.NDArray[np.float64]


def other_sounds(random: np.random.Generator) -> Iterator[tuple[str, Samples]]:
    """Names and sounds, float [samples] of any level."""
    count = SECONDS * RATE_HZ
    time_s, white = np.arange(count) / RATE_HZ, random.normal(size=count)
    frequencies = np.maximum(np.fft.rfftfreq(count, 1 / RATE_HZ), 20)
    for name, slope in (("white", 0.0), ("pink", 0.5), ("brown", 1.0)):
        yield name, np.fft.irfft(np.fft.rfft(white) / frequencies**slope, count)
    yield "hum", sum((np.sin(2 * np.pi * 50 * n * time_s) / n for n in (1, 2, 3, 5, 7)), start=np.zeros(count))
    speed = 2 * np.pi * np.cumsum(40 + 10 * np.sin(2 * np.pi * 0.1 * time_s)) / RATE_HZ
    yield "motor", sum((np.sin(n * speed + random.uniform(0, 6)) / n for n in range(1, 40)), start=0.3 * white)
    pitch_hz = 220 * 2 ** (random.integers(-5, 12, (SECONDS * 2, 3)) / 12)
    notes = np.repeat(pitch_hz, RATE_HZ // 2, axis=0)
    fading = np.exp(-4 * (time_s % 0.5))[:, None]
    yield "music", (fading * sum(np.sin(2 * np.pi * n * np.cumsum(notes, axis=0) / RATE_HZ) / n for n in (1, 2, 3))).sum(axis=1)
    knocks = np.zeros(count)
    knocks[random.integers(0, count, SECONDS)] = random.uniform(0.2, 1, SECONDS)
    ringing = np.exp(-60 * time_s[:4000]) * np.sin(2 * np.pi * 300 * time_s[:4000])
    yield "knocks", np.convolve(knocks, ringing)[:count]


def write_sounds(folder: Path, seed: int) -> int:
    """Write the other sounds as WAV files, a third of them speech if espeak-ng is there; returns how many speak."""
    folder.mkdir()
    for name, values in other_sounds(np.random.default_rng(seed)):
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(np.rint(values / np.abs(values).max() * 30_000).astype("<i2").tobytes())
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        return 0
    text = " ".join(SENTENCES)
    for voice in VOICES:
        subprocess.run([espeak, "-v", voice, "-w", str(folder / f"speech_{voice}.wav"), text], check=True, timeout=60)
    return len(VOICES)


def row(name: str, judged: StreamJudgement) -> str:
    """Of the table: for each number of false alarms the fewest misses, and the threshold."""
    cells = []
    for allowed in ALLOWED:
        good = [point for point in judged.det if point.false_alarms_per_hour <= allowed]
        best = min(good, key=lambda point: (point.miss_rate, point.threshold), default=None)
        cells.append("-" if best is None else f"{best.miss_rate:.1%} above {best.threshold:.2f}")
    return f"| {name} | {judged.false_alarms_per_hour:.1f}, {judged.miss_rate:.1%} | {' | '.join(cells)} |"


def main(words: Sequence[str]) -> int:
    """Make the stream, run the model over it with each rule and print the table; returns an exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.false_alarms", description="Misses and false alarms an hour of a keyword model.")
    parser.add_argument("model", type=Path)
    parser.add_argument("--clips", type=Path, required=True, help="the folder of words that it was trained on")
    parser.add_argument("--split", type=Path, required=True, help="the split.json of that training")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, help="keep the results here, for mcu report")
    chosen = parser.parse_args(words)
    with temporary_folder() as work:
        speaking = write_sounds(work / "sounds", chosen.seed)
        request = MakeStreamRequest(
            chosen.clips, work / "stream.wav", chosen.hours, GAP_S, NOISE_DB, chosen.seed, chosen.split, work / "sounds"
        )
        made = make_stream(request, Silent())
        print(f"{made.lines[1].partition(': ')[2]}; {speaking} of {len(list((work / 'sounds').iterdir()))} other sounds are speech")
        print(
            f"| rule | as it is | {' | '.join(f'at most {allowed:g} an hour' for allowed in ALLOWED)} |\n|---|---|{'---|' * len(ALLOWED)}"
        )
        for number, (name, rule) in enumerate(RULES.items()):
            output = None if chosen.output is None else chosen.output / str(number)
            asked = StreamRequest(chosen.model, [request.output], [made.facts.track], ("aot-host",), rule, output=output)
            judged = stream(asked, Silent()).facts.judged
            assert judged is not None, "there is a label track"
            print(row(name, judged), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
