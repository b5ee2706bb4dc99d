"""What a user may choose about `mcu train keyword`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.train.keyword.networks import NETWORKS

DEFAULT_CLIP_MS = 1000
SILENCE, UNKNOWN = "_silence_", "_unknown_"
_CLIP_MS = 100, 10_000
_EPOCHS = 30, 150
"""The fewest, and the most."""
_SAMPLES = 150_000
"""In all epochs: what is heard in ever new variants is learned late, and a small network never learns it all."""


@dataclass(frozen=True)
class KeywordOptions:
    """The options of `mcu train keyword`, checked."""

    folder: Path
    frontend: AudioFrontend | None = None
    """None: `KEYWORD`, or `KEYWORD_8K` where most of the sounds have less than 16,000 samples a second."""
    network: str = "ds-cnn"
    clip_ms: int = DEFAULT_CLIP_MS
    """How much sound the model hears at once."""
    speakers: str = ""
    """A regular expression whose first group is the speaker in a file's name; empty: speakers.csv, or what is before the first `_`."""
    background: Path | None = None
    """A folder of WAV files to mix in; None: the folder's own `_background_noise_`, else noise that is generated."""
    unknown: tuple[str, ...] = ()
    """Classes that are made one, `_unknown_`: words that are not to be told apart."""
    silence: bool = False
    """True: a class `_silence_` of background noise alone."""
    epochs: int | None = None
    """None: as many as the number of recordings asks for, `epochs_for`."""
    skip_corrupt: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise UnknownNameError("network", self.network, NETWORKS)
        if not _CLIP_MS[0] <= self.clip_ms <= _CLIP_MS[1]:
            raise InputError(f"--clip-ms {self.clip_ms}", expected=f"{_CLIP_MS[0]} to {_CLIP_MS[1]:,}")
        if self.epochs is not None and self.epochs < 1:
            raise InputError(f"{self.epochs} epochs", expected="at least 1")
        if not 0 <= self.seed < 2**32:
            raise InputError(f"seed {self.seed}", expected="0 to 4294967295")


def epochs_for(recordings: int) -> int:
    """How many epochs a training on so many recordings has, if nobody says another number."""
    return min(max(round(_SAMPLES / max(recordings, 1)), _EPOCHS[0]), _EPOCHS[1])
