"""The host's side of the serial protocol of MLPerf Tiny's streaming wake word: what a board hears by its microphone, or over the line."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mcu_toolkit.device.mlperf import MlperfClient
from mcu_toolkit.errors import NoReplyError, ProtocolError

_DB_BYTES_A_COMMAND: Final = 512
"""As the official stream_wav_uart.py sends: `db ` and 1,024 digits fit the 1,028 characters of a command."""
_RECEIVING: Final = 34
"""What `state` says of the sound interface while it still receives."""
_POLL_S: Final = 0.2
_STANDSTILL_S: Final = 60.0
_EXTRACT_TIMEOUT_S: Final = 60.0
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}")
_LATEST_MS: Final = 1 << 40
"""Later than any board runs."""
_DETECTIONS: Final = "Detection Timestamps (ms)"
_ACTIVATIONS: Final = "target activations:"
_BOARD: Final = "the board"


@dataclass(frozen=True)
class Processing:
    """What all frames together took, in ticks of the board's counter, and what was lost."""

    frames: int
    feature_ticks: int
    model_ticks: int
    lost_samples: int
    detections: int
    """All of them, also those that the board had no room for."""


@dataclass(frozen=True)
class Heard:
    """What a board made of a stream."""

    activations: npt.NDArray[np.int8]
    """[frames]: the wake word's stored score, as far as the board had room."""
    detections_ms: tuple[int, ...]
    """The first is the mark of the first frame."""
    processing: Processing


class StreamClient:
    """A board with firmware of the streaming wake word.  Methods raise NoReplyError or ProtocolError as those of `MlperfClient`."""

    def __init__(self, client: MlperfClient) -> None:
        self._client = client

    def listen(self, samples: int, on_progress: Callable[[int], None]) -> Heard:
        """Let the board hear its microphone to the end of a recording of so many samples.

        `on_progress` gets the samples that were heard so far.
        """
        self._client.command("stop")
        self._client.command("start")
        heard, moved_s = 0, time.monotonic()
        while True:
            receives, now = self._state()
            if now != heard:
                heard, moved_s = now, time.monotonic()
                on_progress(min(heard, samples))
            if not receives:
                break
            if time.monotonic() - moved_s > _STANDSTILL_S:
                raise NoReplyError(f"it has heard {heard:,} of {samples:,} samples, and no more for {_STANDSTILL_S:g} s", on=_BOARD)
            time.sleep(_POLL_S)
        activations = self._activations(self._client.command("stop", _EXTRACT_TIMEOUT_S))
        return Heard(activations, self._detections(), self.processing())

    def reset(self) -> None:
        """Let it forget what it heard."""
        self._client.command("stop")
        self._client.command("reset")

    def extract(self, hop: bytes) -> tuple[list[int], list[int]]:
        """(stored features of the newest frame, stored scores) after 512 more samples, int16 with the low byte first.

        All are of int8; how many there are is for the caller to check.
        """
        self._client.command(f"db load {len(hop)}")
        lines: list[str] = []
        for at in range(0, len(hop), _DB_BYTES_A_COMMAND):
            lines = self._client.command(f"db {hop[at : at + _DB_BYTES_A_COMMAND].hex()}")
        if "m-load-done" not in lines:
            raise ProtocolError("the board did not say m-load-done", on=_BOARD, expected=f"{len(hop)} bytes to be enough")
        lines = self._client.command("extract_uart_stream", _EXTRACT_TIMEOUT_S)
        return _stored(lines, "m-features-["), _stored(lines, "m-activations-[")

    def processing(self) -> Processing:
        """What the frames since the last reset took."""
        numbers = _numbers(self._client.command("processing"), "m-processing-[")
        if len(numbers) != 5 or min(numbers) < 0:
            raise ProtocolError(f"the answer to processing has the numbers {numbers[:8]}", on=_BOARD, expected="five counts")
        return Processing(*numbers)

    def _state(self) -> tuple[bool, int]:
        text = " ".join(self._client.command("state"))
        link, heard = re.search(r"SAI state=(\d{1,3})\b", text), re.search(r"g_int16s_read=(\d{1,18})\b", text)
        if link is None or heard is None:
            raise ProtocolError(f"the answer to state is {text[:80]!r}", on=_BOARD, expected="SAI state and g_int16s_read")
        return int(link[1]) == _RECEIVING, int(heard[1])

    @staticmethod
    def _activations(lines: list[str]) -> npt.NDArray[np.int8]:
        if _ACTIVATIONS not in lines:
            raise ProtocolError(f"the answer to stop has no '{_ACTIVATIONS}'", on=_BOARD, expected="the scores of all frames")
        values = [int(text) for text in _NUMBER.findall(" ".join(lines[lines.index(_ACTIVATIONS) + 1 :]))]
        return np.array(_in_range(values), np.int8)

    def _detections(self) -> tuple[int, ...]:
        lines = self._client.command("print_detections", _EXTRACT_TIMEOUT_S)
        if _DETECTIONS not in lines:
            raise ProtocolError(f"the answer to print_detections has no '{_DETECTIONS}'", on=_BOARD)
        found = tuple(int(text) for text in _NUMBER.findall(" ".join(lines[lines.index(_DETECTIONS) + 1 :])))
        if not found or not 0 <= min(found) <= max(found) <= _LATEST_MS:
            raise ProtocolError(
                f"detections at {list(found[:8])} ms", on=_BOARD, expected="the mark of the first frame, and times behind it"
            )
        return found


def _stored(lines: list[str], prefix: str) -> list[int]:
    """The int8 numbers of the line that begins with `prefix`."""
    return _in_range(_numbers(lines, prefix))


def _in_range(values: list[int]) -> list[int]:
    if values and not (min(values) >= -128 and max(values) <= 127):
        raise ProtocolError(f"a score of {max(values, key=abs)}", on=_BOARD, expected="-128 to 127")
    return values


def _numbers(lines: list[str], prefix: str) -> list[int]:
    """The numbers of the line that begins with `prefix`."""
    for line in lines:
        if line.startswith(prefix):
            parts = [part.strip() for part in line.removeprefix(prefix).rstrip("]").split(",")]
            if not all(_NUMBER.fullmatch(part) for part in parts):
                raise ProtocolError(f"the board wrote {line[:80]!r}", on=_BOARD, expected="whole numbers")
            return [int(part) for part in parts]
    raise ProtocolError(f"no line begins with '{prefix}'", on=_BOARD, hint="mcu generate --protocol mlperf-tiny --benchmark sww01")
