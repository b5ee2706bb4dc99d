"""Recordings as features: computed once by the integer front end that the board has, then kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.sound import rounded
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import features_of
from mcu_toolkit.system.archives import refuse_larger
from mcu_toolkit.train.keyword.augmentation import Int16s, background, clip_of, varied_clip
from mcu_toolkit.train.keyword.options import KeywordOptions
from mcu_toolkit.train.keyword.sounds import Words
from mcu_toolkit.train.sensors.recordings import PARTS, TRAIN, Recording

VARIANTS = 6, 16
"""Of a training recording, itself among them: the fewest, and the most."""
_CLIPS = 24_000
"""Recordings times variants that are enough: in a large folder the recordings themselves are different."""
_SILENCE_DB = -70.0, -25.0
"""Levels of background noise in the class of silence, below full scale."""
_FEWEST_FRAMES, _FEWEST_FEATURES = 23, 8
"""What the networks need."""
_SHARES = {"train": (0.0, 0.7), "validation": (0.7, 0.85), "test": (0.85, 1.0)}
"""Which stretch of each background noise a part has: none is heard in two parts."""
Features = npt.NDArray[np.uint16]


class FeatureStore:
    """The features of a folder's recordings; each is computed when it is first asked for.  The same seed gives the same ones."""

    def __init__(self, words: Words, options: KeywordOptions) -> None:
        self.words, self._seed = words, options.seed
        self._number = {one.name: number for number, one in enumerate(words.recordings)}
        rate_hz = words.frontend.sample_rate_hz
        self.clip_samples = options.clip_ms * rate_hz // 1000
        self.frames = words.frontend.frames_in(self.clip_samples)
        if self.frames < _FEWEST_FRAMES or words.frontend.features < _FEWEST_FEATURES:
            raise InputError(
                f"clips of {options.clip_ms} ms are {self.frames} frames of {words.frontend.features} features",
                on=words.folder,
                expected=f"at least {_FEWEST_FRAMES} frames of {_FEWEST_FEATURES}",
                hint="a larger --clip-ms, or a front end with a smaller hop",
            )
        self.variants = min(max(_CLIPS // len(words.recordings), VARIANTS[0]), VARIANTS[1])
        size = 2 * self.frames * words.frontend.features
        refuse_larger(size * (self.variants + 2) * len(words.recordings), f"{len(words.recordings):,} sounds as features", words.folder)
        self._clean: dict[str, Features] = {}
        self._varied: dict[str, Features] = {}

    @property
    def shape(self) -> tuple[int, int]:
        """Frames and features of one clip."""
        return self.frames, self.words.frontend.features

    def fill(self, clean: Sequence[Recording], varied: Sequence[Recording], advance: Callable[[int, int, str], None]) -> None:
        """Compute what is not known yet."""
        missing = [one for one in clean if one.name not in self._clean], [one for one in varied if one.name not in self._varied]
        count = sum(map(len, missing))
        for done, one in enumerate([*missing[0], *missing[1]], start=1):
            if done <= len(missing[0]):
                self.clean(one)
            else:
                self.varied(one)
            advance(done, count, "features")

    def clean(self, recording: Recording) -> Features:
        """Of its clip as it is: [frames, features]."""
        if recording.name not in self._clean:
            samples = self.words.sound(recording).samples
            self._clean[recording.name] = self._of(rounded(clip_of(samples.astype(np.float64), self.clip_samples)))
        return self._clean[recording.name]

    def varied(self, recording: Recording) -> Features:
        """Of its variants, itself the first: [variants, frames, features]."""
        if recording.name not in self._varied:
            samples, noises = self.words.sound(recording).samples, self.noises(TRAIN)
            number = self._number[recording.name]
            clips = [
                varied_clip(samples, self.clip_samples, noises, np.random.default_rng([self._seed, number, variant]))
                for variant in range(1, self.variants)
            ]
            self._varied[recording.name] = np.stack([self.clean(recording), *map(self._of, clips)])
        return self._varied[recording.name]

    def silence(self, part: str, count: int) -> Features:
        """`count` clips of background noise alone, [count, frames, features]."""
        generator = np.random.default_rng([self._seed, PARTS.index(part)])
        clips = [
            background(self.clip_samples, self.noises(part), generator) * 32768 * 10 ** (generator.uniform(*_SILENCE_DB) / 20)
            for _ in range(count)
        ]
        return np.stack([self._of(rounded(clip)) for clip in clips])

    def noises(self, part: str) -> list[Int16s]:
        """The stretches of background noise that belong to `part`."""
        first, last = _SHARES[part]
        return [sound.samples[int(first * len(sound.samples)) : int(last * len(sound.samples)) + 1] for sound in self.words.noises]

    def _of(self, clip: Int16s) -> Features:
        return features_of(clip, self.words.frontend)[: self.frames]
