"""Motion front ends of many settings, and motion of every kind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcu_toolkit.frontend.motion.description import STATISTICS, Filter, MotionFrontend, Spectrum

XYZ = ("ax", "ay", "az")
ALL = MotionFrontend(
    100.0, XYZ, (4096.0,), 128, 64, (Filter("high_pass", cutoff_hz=0.5), Filter("low_pass", cutoff_hz=20.0)), STATISTICS, Spectrum(8)
)
SETTINGS: dict[str, MotionFrontend] = {
    "all statistics and a spectrum behind two filters": ALL,
    "nothing but statistics": MotionFrontend(50.0, XYZ, (100.0, 200.0, 300.0), 25, 25),
    "nothing but a spectrum": MotionFrontend(200.0, ("x",), (1.0,), 100, 1, (), (), Spectrum(50)),
    "a moving average": MotionFrontend(26.0, ("x", "y"), (1.0,), 2, 1, (Filter("moving_average", samples=7),), ("mean", "std")),
    "all kinds of filters": MotionFrontend(
        1000.0,
        ("gx",),
        (16.4,),
        300,
        100,
        (
            Filter("moving_average", samples=256),
            Filter("high_pass", cutoff_hz=0.5),
            Filter("low_pass", cutoff_hz=450.0),
            Filter("high_pass", cutoff_hz=449.0),
            Filter("moving_average", samples=2),
        ),
        spectrum=Spectrum(3, 30.0, 200.0),
    ),
    "the longest window": MotionFrontend(6400.0, ("x",), (1.0,), 4096, 4096, (), STATISTICS, Spectrum(64)),
    "a window that is an FFT": MotionFrontend(
        64.0, ("x",), (1.0,), 64, 16, (Filter("low_pass", cutoff_hz=0.1),), ("rms",), Spectrum(4, 1, 8)
    ),
}


def motion(number: int, samples: int, axes: int) -> npt.NDArray[np.int16]:
    """Readings number `number` of an endless series of different ones, int16 [samples, axes]."""
    random = np.random.default_rng(number)
    time = np.arange(samples)[:, None]
    swing = np.sin(2 * np.pi * random.uniform(0.001, 0.4, axes) * time + random.uniform(0, 6, axes))
    level = 2.0 ** random.uniform(0, 15, axes)
    kinds = (
        lambda: level * swing + random.integers(-16_384, 16_385, axes),
        lambda: random.integers(-32768, 32768, (samples, axes)),
        lambda: np.where(swing > 0, 32767, -32768),
        lambda: np.broadcast_to(random.integers(-32768, 32768, axes), (samples, axes)),
        lambda: np.where(time % 2 == 0, 32767, -32768) * np.ones(axes),
        lambda: np.where(time % random.integers(5, 60) == 0, -32768, 3) * np.ones(axes),
        lambda: np.where(time < samples // 2, -32768, 32767) * np.ones(axes),
    )
    return np.clip(kinds[number % len(kinds)](), -32768, 32767).astype(np.int16)
