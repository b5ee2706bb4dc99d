"""`mcu monitor`: what a board sends, text and frames, as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from mcu_toolkit.boards import Board
from mcu_toolkit.device import Link, find_emulator, open_port
from mcu_toolkit.device.reset import reset_board
from mcu_toolkit.pipeline.proof.device import port_of
from mcu_toolkit.pipeline.workspace.device_text import DeviceText
from mcu_toolkit.pipeline.workspace.locks import board_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.protocol import Frame, FrameDecoder, Noise, Text, describe_frame, encode_frame
from mcu_toolkit.protocol.framing import Item
from mcu_toolkit.protocol.ids import RequestType
from mcu_toolkit.protocol.messages import HelloRequest

_POLL_S = 0.2
_HELLO_SEQUENCE = 0x4D43
_MAX_ITEMS, _MAX_TEXT = 100_000, 2000


@dataclass(frozen=True)
class MonitorOptions:
    """`seconds`: how long, None until Ctrl-C; `reset`: restart the board first; `hello`: ask the board to identify itself."""

    seconds: float | None = None
    reset: bool = False
    hello: bool = False


@dataclass(frozen=True)
class Received:
    """One line of what a board sent."""

    time_s: float
    """Since the listening began."""
    kind: str
    """`text`, `frame` or `noise`."""
    text: str


@dataclass(frozen=True)
class MonitorResult:
    """What `mcu monitor` saw."""

    board: str
    port: str
    interrupted: bool
    received: tuple[Received, ...]
    left_out: int
    """Lines that are not in `received`: there were too many."""


class _Log:
    """Collects what was seen and shows it as it comes."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = DeviceText(show)
        self._start_s = time.monotonic()
        self.items: list[Received] = []
        self.left_out = 0
        """Of `items`: a board that prints on and on must not fill the memory."""

    def close(self) -> None:
        """Say what was not shown."""
        self._show.close()

    def add(self, items: list[Item]) -> None:
        for item in items:
            kind, text = _in_words(item)
            for line in filter(str.strip, text.splitlines()):
                at_s = round(time.monotonic() - self._start_s, 3)
                if len(self.items) < _MAX_ITEMS:
                    self.items.append(Received(at_s, kind, line[:_MAX_TEXT]))
                else:
                    self.left_out += 1
                self._show(f"{at_s:9.3f}  {kind:5}  {line}")


def watch(
    board: Board, port: str | None, options: MonitorOptions, progress: Progress, show: Callable[[str], None]
) -> StepResult[MonitorResult]:
    """Show everything the board sends until the time is over or Ctrl-C; the result's `interrupted` says which.

    Raises DeviceError where the port cannot be opened or vanishes.
    """
    log = _Log(show)
    interrupted = False
    with board_in_use(board, port):
        opened = port_of(board, port)
        if options.reset and not board.is_emulated:
            reset_board(board.reset, opened, board.serial.baud)
        progress.stage(f"listening to {board.id} on {opened}" + ("" if options.seconds else "; Ctrl-C ends it"))
        with closing(open_port(opened, board.serial.baud)) as link:
            try:
                _listen(link, board, options, log)
            except KeyboardInterrupt:
                interrupted = True
    facts = MonitorResult(board.id, opened, interrupted, tuple(log.items), log.left_out)
    log.close()
    return StepResult("monitor", (), facts, interrupted=interrupted)


def _listen(link: Link, board: Board, options: MonitorOptions, log: _Log) -> None:
    decoder = FrameDecoder()
    if options.reset and (emulator := find_emulator(board.id)) is not None:
        emulator.reset()
    if options.hello:
        link.write(encode_frame(RequestType.HELLO, _HELLO_SEQUENCE, HelloRequest().pack()))
    end_s = None if options.seconds is None else time.monotonic() + options.seconds
    while end_s is None or time.monotonic() < end_s:
        data = link.read(_POLL_S if end_s is None else max(0.0, min(_POLL_S, end_s - time.monotonic())))
        log.add(decoder.feed(data))
        # Text has no delimiter: it is over when the line is silent, or for somebody who prints all the time at a line's end.
        if not data or data.endswith(b"\n"):
            log.add(decoder.take_text())


def _in_words(item: Item) -> tuple[str, str]:
    if isinstance(item, Frame):
        return "frame", describe_frame(item)
    if isinstance(item, Text):
        return "text", item.text
    assert isinstance(item, Noise)
    return "noise", f"{len(item.data)} bytes: {item.data[:16].hex(' ')}{' ...' if len(item.data) > 16 else ''}"
