"""The host's side of EEMBC's serial protocol for MLPerf Tiny: commands that end with `%`, answers that end with `m-ready`."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Final, TypeVar

from mcu_toolkit.device.link import Link
from mcu_toolkit.errors import NoReplyError, ProtocolError

_READY: Final = "m-ready"
_ERRORS: Final = ("e-", "Error: ")
"""The second one is the streaming wake word's."""
_DB_BYTES_A_COMMAND: Final = 31
"""As the official runner sends: `db ` and 62 digits stay below 80 characters."""
_REPLY_TIMEOUT_S: Final = 10.0
_INFER_TIMEOUT_S: Final = 300.0
_LINES_MAX: Final = 10_000
_LINE_BYTES_MAX: Final = 1 << 20
"""Answers have a few lines; results of a model with many outputs are one long line."""
_NUMBER_DIGITS_MAX: Final = 40
N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Inferences:
    """What `infer` said: the time of all inferences together, and the results of the last."""

    count: int
    elapsed_us: int
    results: tuple[float, ...]


class MlperfClient:
    """A board with benchmark firmware.  Methods raise NoReplyError (silence) or ProtocolError (another protocol, an error)."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._rest = b""

    def start(self) -> tuple[str, str]:
        """(vendor, model): what `name` and `profile` say; whatever the board said before is dropped."""
        deadline_s = time.monotonic() + _REPLY_TIMEOUT_S
        while self._link.read(0.2):
            if time.monotonic() > deadline_s:
                raise ProtocolError("the board sends without end", on=self._link.name, expected="silence until it is asked")
        self._link.write(b"%")  # ends whatever it was in the middle of
        self._lines_until_ready(_REPLY_TIMEOUT_S)
        vendor = self._value(self.command("name"), "m-name-dut-[")
        return vendor, self._value(self.command("profile"), "m-model-[")

    def load(self, data: bytes) -> None:
        """Fill the board's input."""
        self._value(self.command(f"db load {len(data)}"), "m-[Expecting ")
        for at in range(0, len(data), _DB_BYTES_A_COMMAND):
            lines = self.command(f"db {data[at : at + _DB_BYTES_A_COMMAND].hex()}")
        if "m-load-done" not in lines:
            raise ProtocolError("the board did not say m-load-done", on=self._link.name, expected=f"{len(data)} bytes to be enough")

    def infer(self, count: int, warmups: int = 10) -> Inferences:
        """Run the model on what was loaded."""
        lines = self.command(f"infer {count} {warmups}", _INFER_TIMEOUT_S)
        laps = [self._number(line.removeprefix("m-lap-us-"), int) for line in lines if line.startswith("m-lap-us-")]
        results = self._value(lines, "m-results-[")
        if len(laps) != 2 or laps[1] < laps[0]:
            raise ProtocolError(f"the answer to infer has the times {laps[:4]}", on=self._link.name, expected="two, the later one last")
        return Inferences(count, laps[1] - laps[0], tuple(self._number(value, float) for value in results.split(",")))

    def _number(self, text: str, kind: type[N]) -> N:
        """A number that the board wrote; raises ProtocolError where it is none, or none that is finite and of a sensible size."""
        try:
            value = kind(text) if len(text) <= _NUMBER_DIGITS_MAX else None
        except ValueError:
            value = None
        if value is None or not math.isfinite(value):
            raise ProtocolError(f"the board wrote {text[:_NUMBER_DIGITS_MAX]!r} for a number", on=self._link.name)
        return value

    def command(self, text: str, timeout_s: float = _REPLY_TIMEOUT_S) -> list[str]:
        """The lines of the answer, without the last one; raises ProtocolError where one is an error."""
        self._link.write(f"{text}%".encode("ascii"))
        lines = self._lines_until_ready(timeout_s)
        refused = [line for line in lines if line.startswith(_ERRORS)]
        if refused:
            raise ProtocolError(f"the board refused '{text[:40]}': {refused[0]}", on=self._link.name)
        return lines

    def _lines_until_ready(self, timeout_s: float) -> list[str]:
        deadline_s = time.monotonic() + timeout_s
        lines: list[str] = []
        while True:
            while b"\n" in self._rest:
                line, _, self._rest = self._rest.partition(b"\n")
                text = line.decode("ascii", "replace").strip()
                if text == _READY:
                    return lines
                lines.append(text)
            if len(lines) > _LINES_MAX or len(self._rest) > _LINE_BYTES_MAX:
                raise ProtocolError("the board sends without end", on=self._link.name, expected="m-ready after its answer")
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                hint = "the firmware must be generated with --protocol mlperf-tiny"
                raise NoReplyError(f"no m-ready within {timeout_s:g} s; received {lines[-3:]}", on=self._link.name, hint=hint)
            self._rest += self._link.read(left_s)

    def _value(self, lines: list[str], prefix: str) -> str:
        for line in lines:
            if line.startswith(prefix):
                return line.removeprefix(prefix).rstrip("]")
        raise ProtocolError(f"no line begins with '{prefix}'", on=self._link.name, hint="mcu generate --protocol mlperf-tiny")
