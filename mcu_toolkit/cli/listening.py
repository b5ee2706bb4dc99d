"""Options of firmware that listens: its microphone, and wake words by their manifests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcu_toolkit.cli import completion

if TYPE_CHECKING:
    from mcu_toolkit.artifacts.wake_word import Style
    from mcu_toolkit.firmware.listener import Microphone


@dataclass(frozen=True)
class MicrophoneOptions:
    """What is done to its samples."""

    microphone_hz: Annotated[
        int, typer.Option("--microphone-hz", help="app: the microphone's samples a second; 0: the driver's.", min=0, show_default=False)
    ] = 0
    gain: Annotated[float, typer.Option("--gain", help="app: what the microphone's samples are multiplied by.")] = 1.0
    remove_offset: Annotated[bool, typer.Option("--remove-offset", help="app: take the microphone's DC offset off.")] = False

    def microphone(self) -> Microphone:
        """As the firmware takes it."""
        from mcu_toolkit.firmware.listener import Microphone

        return Microphone(self.microphone_hz, self.gain, self.remove_offset)


@dataclass(frozen=True)
class WakeWordOptions:
    """Manifests beside models."""

    manifest: Annotated[
        list[Path] | None,
        typer.Option(
            "--manifest", help="A wake word's JSON, as microWakeWord has it; one for each model.", metavar="FILE", show_default=False
        ),
    ] = None
    like: Annotated[
        str,
        typer.Option(
            "--like",
            help="manifest: features and detections as in esphome or pymicro-wakeword.",
            autocompletion=completion.any_of("esphome", "pymicro-wakeword"),
        ),
    ] = "esphome"

    @property
    def manifests(self) -> tuple[Path, ...]:
        """One for each model; empty: there are none."""
        return tuple(self.manifest or ())

    @property
    def style(self) -> Style:
        """Raises UnknownNameError for one that there is not."""
        from mcu_toolkit.pipeline.wake_words import check_style

        return check_style(self.like)
