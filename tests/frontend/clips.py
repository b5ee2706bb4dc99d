"""Sounds that a board can make itself, in integers: a thousand of them need no room in its flash."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CLIPS, SAMPLES, KINDS = 1000, 4000, 6
_FACTOR, _STEP, _NUMBERS = 1664525, 1013904223, 3 + SAMPLES


def header() -> str:
    """clips.h of board_clips.c."""
    return (
        f"#include <stdbool.h>\n#include <stdint.h>\n#define CLIPS {CLIPS}u\n#define CLIP_SAMPLES {SAMPLES}u\n#define CLIP_KINDS {KINDS}u\n"
    )


def numbers(seed: int) -> npt.NDArray[np.int64]:
    """The first `_NUMBERS` of the generator, 0 to 65535."""
    state, found = seed, np.zeros(_NUMBERS, np.int64)
    for place in range(_NUMBERS):
        state = (state * _FACTOR + _STEP) % 2**32
        found[place] = state >> 16
    return found


def clip(number: int) -> npt.NDArray[np.int16]:
    """Sound `number`: noise, tones of straight lines and of two levels, bursts; int16 [SAMPLES]."""
    drawn = numbers(number)
    level, step, slow = int(drawn[0] & 15), int(drawn[1] >> (number & 3)), int(drawn[2] >> 8)
    noise, at = drawn[3:] - 32768, np.arange(SAMPLES)
    phase = at * step & 0xFFFF
    tone = np.where(phase < 32768, 2 * phase - 32768, 98303 - 2 * phase)
    sounds = (at * slow & 0x8000) != 0
    kinds = (
        noise,
        tone,
        np.where(tone > 0, 32767, -32768),
        np.where(sounds, tone, 0),
        tone + _toward_zero(noise, 16),
        np.where(sounds, noise, 7),
    )
    kind = number % KINDS
    return np.clip(_toward_zero(kinds[kind], 1 if kind == 2 else 1 << level), -32768, 32767).astype(np.int16)


def _toward_zero(values: npt.NDArray[np.int64], divisor: int) -> npt.NDArray[np.int64]:
    """As C divides."""
    return np.sign(values) * (np.abs(values) // divisor)


def sum_of(features: npt.NDArray[np.uint16]) -> int:
    """As board_clips.c adds them up; other features have another sum."""
    found = 0
    for feature in features.ravel().tolist():
        found = (31 * found + feature) % 2**32
    return found
