"""Generated motion and machines: what `mcu train motion` and `mcu train anomaly` learn in tests, within seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.wav_files import write_wav

RATE_HZ = 50.0
AXES = ("ax", "ay", "az")
MOVES_HZ = {"idle": 0.0, "walk": 1.8, "shake": 6.0}


def movement(kind: str, take: int, seconds: float = 8.0) -> npt.NDArray[np.float64]:
    """Acceleration in g, [samples, 3]: gravity, a swing of the kind's frequency in some direction, noise."""
    random = np.random.default_rng([take, *kind.encode()])
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    gravity = random.normal(0, 1, 3)
    gravity /= np.linalg.norm(gravity)
    swing = np.sin(2 * np.pi * MOVES_HZ[kind] * random.uniform(0.9, 1.1) * time_s + random.uniform(0, 6))
    level = 0.0 if kind == "idle" else random.uniform(0.3, 0.8)
    return np.asarray(gravity + level * swing[:, None] * random.uniform(0.5, 1, 3) + random.normal(0, 0.02, (len(time_s), 3)))


def write_movement(path: Path, values: npt.NDArray[np.float64], rate_hz: float = RATE_HZ, header: str = "time_ms,ax,ay,az") -> Path:
    """A CSV file with time stamps in whole milliseconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = (",".join([str(round(number * 1000 / rate_hz)), *(f"{value:.5f}" for value in row)]) for number, row in enumerate(values))
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def move_folder(folder: Path, *, takes: int) -> Path:
    """`takes` recordings of each kind of movement below `folder`; returns it."""
    for kind in MOVES_HZ:
        for take in range(takes):
            write_movement(folder / kind / f"{take:02}.csv", movement(kind, take))
    return folder


def machine_sound(take: int, *, broken: bool, seconds: float = 2.0, rate_hz: int = 16_000) -> npt.NDArray[np.float64]:
    """A motor's hum with harmonics; a broken one rattles: bursts of high tones."""
    random = np.random.default_rng([take, int(broken)])
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    speed_hz = random.uniform(99, 101)
    sound = sum(random.uniform(0.95, 1.05) / n * np.sin(2 * np.pi * n * speed_hz * time_s + random.uniform(0, 6)) for n in range(1, 9))
    sound = sound + random.normal(0, 0.05, len(time_s))
    if broken:
        bursts = np.clip(np.sin(2 * np.pi * 11 * time_s), 0, None) ** 8
        sound = sound + 0.8 * bursts * np.sin(2 * np.pi * random.uniform(2500, 4500) * time_s)
    return np.asarray(0.15 * sound)


def machine_folder(folder: Path, *, takes: int, broken: int) -> Path:
    """Sounds of a motor that runs well and of one that rattles below `folder`; returns it."""
    for take in range(takes):
        write_wav(folder / "normal" / f"{take:02}.wav", machine_sound(take, broken=False))
    for take in range(broken):
        write_wav(folder / "rattling" / f"{take:02}.wav", machine_sound(take, broken=True))
    return folder
