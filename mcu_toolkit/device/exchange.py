"""The request engine: every request takes effect exactly once and in order, over a line that loses and damages bytes.

docs/protocol.md, "Conversation".  Single-threaded: it reads and writes only while one of its methods runs.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from mcu_toolkit.device.faults import fault_error
from mcu_toolkit.device.line import FrameLine
from mcu_toolkit.device.pace import Pace
from mcu_toolkit.device.records import RequestError, SessionLostError, Timing
from mcu_toolkit.device.transparency import why_not_transparent
from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol import Frame, encode_frame, max_frame_bytes
from mcu_toolkit.protocol.ids import ERROR_TYPE, FIRST_EVENT, LAST_EVENT, REPLY_BIT, BootReason, ErrorCode, EventType, RequestType
from mcu_toolkit.protocol.layout import Message, Request
from mcu_toolkit.protocol.limits import check_limits
from mcu_toolkit.protocol.messages import BootEvent, ErrorReply, FaultEvent, HelloReply

R = TypeVar("R", bound=Message)
M = TypeVar("M", bound=Message)

_MAX_BYTES_ON_THE_WAY: Final = 16 * 1024
"""Ports buffer at least this much in each direction (Linux: a pseudo-terminal 64 KiB), so writing never blocks for long."""
_REFUSALS_MAX = 3
"""Refusals that do not fit this session, one for each time its requests were sent again: by chance a later session of somebody
else looks like the past of this one."""
_BACKLOG_MAX_S: Final = 60.0
"""For how long a device may go on answering what was answered already before it counts as dead."""
SESSION_DISTANCE: Final = 1024
"""A new session's numbers begin at least this far from the last one's, so that late replies match nothing."""
_BOOT_REASON_TEXT: Final = {BootReason.WATCHDOG.value: " (its watchdog bit)", BootReason.FAULT.value: " (its firmware crashed)"}


@dataclass
class _Entry:
    """A request that is not done: sent or soon to be, and perhaps answered before an older one."""

    sequence: int
    request: Request[Any]
    frame: bytes
    reply: Message | RequestError | None = None
    is_waiting: bool = True
    """To be sent, for the first time or because it was lost, as soon as the window has room."""
    copies: int = 0
    """How often it was sent."""
    sent_s: float = 0.0
    """When it was sent last."""
    sent_again: bool = False
    """Because a later one was answered first; once is enough, then the time-out takes over."""

    @property
    def is_on_its_way(self) -> bool:
        """Sent, and not known to be lost."""
        return self.reply is None and not self.is_waiting


class Exchange:
    """One session: numbers requests from the one HELLO opened, keeps up to `window_frames` of them on their way."""

    def __init__(
        self, line: FrameLine, hello: HelloReply, hello_sequence: int, timing: Timing, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock`: seconds since any moment; tests give a simulated one."""
        self._line = line
        self._timing = timing
        self._clock = clock
        self._next = (hello_sequence + 1) & 0xFFFF
        self._max_payload_bytes = hello.max_payload_bytes
        self._frame_bytes = max_frame_bytes(hello.max_payload_bytes)
        self._window_frames = max(1, min(hello.window_frames, _MAX_BYTES_ON_THE_WAY // self._frame_bytes))
        self._pace = Pace(timing.retry_after_s, self._window_frames)
        self._entries: deque[_Entry] = deque()
        self._went_back_to: int | None = None
        self._tries = 0
        self._stale_refusals = 0
        self._progress_s = 0.0
        self._sent_s = 0.0
        self._answers_due = 0
        """To requests that were sent again: a slow device (an emulator on a busy machine) gives them all before it gets to the next."""
        self._heard_s = 0.0
        """When it last gave one of those."""

    @property
    def is_usable(self) -> bool:
        """False after a run that was broken off: what was on its way may still be answered, so a new session is due."""
        return not self._entries

    def call(self, request: Request[R]) -> R:
        """Send one request and return its reply; errors as `run`."""
        for reply in self.run((request,)):
            assert isinstance(reply, request.reply_class)
            return reply
        raise AssertionError("run() yields one reply for each request")

    def run(self, requests: Iterable[Request[Any]]) -> Iterator[Message]:
        """Send `requests` as fast as the window allows and yield their replies in order.

        Raises RequestError where the device refuses one, SessionLostError if it was restarted, NoReplyError if it falls
        silent, DeviceError if it crashes or its port vanishes.
        """
        source = iter(requests)
        more = True
        while more or self._entries:
            while more and len(self._entries) < self._window_frames:
                request = next(source, None)
                more = request is not None
                if request is not None:
                    self._add(request)
            self._send_waiting()
            while self._entries and (reply := self._entries[0].reply) is not None:
                self._entries.popleft()
                if isinstance(reply, RequestError):
                    raise reply
                yield reply
                self._progress_s = self._clock()  # the caller's own work is no silence of the device
            if self._entries and self._entries[0].reply is None and (not more or len(self._entries) == self._window_frames):
                self._turn()

    def _add(self, request: Request[Any]) -> None:
        if not self._entries:
            self._made_progress()
        self._entries.append(_Entry(self._next, request, encode_frame(request.type_id, self._next, request.pack())))
        self._next = (self._next + 1) & 0xFFFF
        self._line.count(requests=1)

    def _send_waiting(self) -> None:
        """Send what waits, oldest first, as far as the window has room: there is never more than one window on its way."""
        room = self._pace.window_frames - sum(entry.is_on_its_way for entry in self._entries)
        waiting = [entry for entry in self._entries if entry.reply is None and entry.is_waiting]
        for entry in waiting[: max(0, room)]:
            self._send(entry)

    def _send(self, entry: _Entry) -> None:
        if entry.copies:
            self._answers_due += 1
            self._line.count(retries=1)
        self._line.write(entry.frame)
        entry.is_waiting = False
        entry.copies += 1
        entry.sent_s = self._sent_s = self._clock()

    def _turn(self) -> None:
        """Wait for frames; when it is time, send again what is unanswered, or give up."""
        due_s = max(self._alive_s(), self._sent_s) + self._retry_after_s()
        for frame in self._line.receive(max(0.0, due_s - self._clock())):
            self._accept(frame)
        now_s = self._clock()
        if now_s - self._alive_s() > self._patience_s():
            what = f"no reply to {self._entries[0].request.type_id.name} for {self._patience_s():g} s"
            raise why_not_transparent(self._line, self._line.damaged) or self._line.no_reply(what)
        if now_s >= max(self._alive_s(), self._sent_s) + self._retry_after_s():
            self._time_out()

    def _alive_s(self) -> float:
        """When the device last gave a sign of life: to send again while it works through a backlog would only lengthen that."""
        return max(self._progress_s, min(self._heard_s, self._progress_s + _BACKLOG_MAX_S))

    def _patience_s(self) -> float:
        invoking = any(entry.reply is None and entry.request.type_id == RequestType.INVOKE for entry in self._entries)
        return max(self._timing.reply_timeout_s, self._timing.invoke_timeout_s if invoking else 0.0)

    def _retry_after_s(self) -> float:
        # Everything on its way, and as much back, has to pass the line first.
        on_the_way_bytes = sum(len(entry.frame) for entry in self._entries) + len(self._entries) * self._frame_bytes
        line_s = on_the_way_bytes / self._line.bytes_per_s if self._line.bytes_per_s else 0.0
        # However slow it was: it is asked again before it is given up.
        return min(self._pace.retry_after_s, self._patience_s() / 2) + line_s

    def _made_progress(self) -> None:
        self._progress_s = self._clock()
        self._tries = 0
        self._stale_refusals = 0
        self._went_back_to = None

    def _time_out(self) -> None:
        """Nothing came: requests or their replies were lost, or the device is slow.

        A copy of the newest request finds out: a device that lacks an older one refuses it, and one that answers it has all of
        them.  If it is only slow, that copy is all that it has to do in vain.  A device that is busy with an inference is sent
        that request, which takes least of its buffer.
        """
        self._tries += 1
        self._went_back_to = None
        self._pace.timed_out()
        for entry in self._entries:
            entry.sent_again = False
        busy = self._entries[0].request.type_id == RequestType.INVOKE
        on_their_way = [entry for entry in self._entries if entry.is_on_its_way]
        for entry in on_their_way[:1] if busy else on_their_way[-self._pace.probes :]:
            self._send(entry)

    def _send_again(self, lost: Iterable[_Entry]) -> None:
        self._pace.lost()
        for entry in lost:
            entry.is_waiting = True
        self._send_waiting()

    def _accept(self, frame: Frame) -> None:
        if FIRST_EVENT <= frame.type_id <= LAST_EVENT:
            self._on_event(frame)
            return
        place = (frame.sequence - self._entries[0].sequence) & 0xFFFF if self._entries else 0
        entry = self._entries[place] if place < len(self._entries) else None
        if entry is None or entry.reply is not None:
            self._line.count(stale_replies=1)
            if self._answers_due:
                self._answers_due -= 1
                self._pace.heard(self._clock() - max(self._alive_s(), self._sent_s))
                self._heard_s = self._clock()
        elif frame.type_id == entry.request.type_id | REPLY_BIT:
            entry.reply = self._checked(entry.request.reply_class.unpack(frame.payload), frame)
            self._pace.answered(self._silence_s(entry, place))
            self._ask_again_before(place)
            self._made_progress()
        elif frame.type_id == ERROR_TYPE:
            self._on_error(entry, ErrorReply.unpack(frame.payload))
        else:
            self._line.count(stale_replies=1)

    def _checked(self, reply: M, frame: Frame) -> M:
        """Nothing is done by what a device says before it was looked at."""
        if len(frame.payload) > self._max_payload_bytes:
            what = f"a payload of {len(frame.payload):,} bytes"
            raise ProtocolError(what, on=self._line.name, expected=f"at most {self._max_payload_bytes:,}, as HELLO said", hint="mcu flash")
        check_limits(reply, self._line.name)
        return reply

    def _silence_s(self, entry: _Entry, place: int) -> float | None:
        """How long nothing was heard while the device was to answer `entry`; None if nobody can tell which copy was answered."""
        waited_for = itertools.islice(self._entries, place)
        if RequestType.INVOKE in (entry.request.type_id, *(one.request.type_id for one in waited_for if one.reply is None)):
            return 0.0  # how long an inference takes says nothing of any other request
        since_sent_s = self._clock() - entry.sent_s
        if entry.copies > 1 and not self._pace.is_prompt(since_sent_s):
            return None
        return min(since_sent_s, self._clock() - self._alive_s())

    def _ask_again_before(self, place: int) -> None:
        """The device answers in order: where a later reply is here, those before it were lost, and are stored there."""
        lost = [entry for entry in itertools.islice(self._entries, place) if entry.is_on_its_way and not entry.sent_again]
        for entry in lost:
            entry.sent_again = True
        if lost:
            self._send_again(lost)

    def _on_error(self, entry: _Entry, error: ErrorReply) -> None:
        if error.request_type != entry.request.type_id:
            self._line.count(stale_replies=1)
        elif error.code == ErrorCode.NO_SESSION:
            raise SessionLostError("the board was restarted in mid-run", on=self._line.name)
        elif error.code == ErrorCode.OUT_OF_ORDER:
            self._go_back(error.detail & 0xFFFF)
        else:
            entry.reply = RequestError(entry.request.type_id, error.code, error.detail, on=self._line.name)
            self._pace.answered(self._silence_s(entry, (entry.sequence - self._entries[0].sequence) & 0xFFFF))
            self._made_progress()

    def _go_back(self, expected: int) -> None:
        """The device lacks the request `expected` and refuses all later ones: send them again, from there on.

        Every request behind the lost one is refused; the first refusal is enough, the others are ignored.
        """
        place = (expected - self._entries[0].sequence) & 0xFFFF
        if 0x10000 - place < SESSION_DISTANCE:
            # A number answered meanwhile: the line repeated an old refusal.  Once each time we ask, it is no accident.
            self._line.count(stale_replies=1)
            self._stale_refusals += 1
            if min(self._stale_refusals, self._tries) < _REFUSALS_MAX:
                return
            place = len(self._entries) + 1
        if place > len(self._entries):
            raise SessionLostError("the device is in another session: another program uses it", on=self._line.name)
        if self._went_back_to != expected and place < len(self._entries):
            self._went_back_to = expected
            self._send_again(entry for entry in itertools.islice(self._entries, place, None) if entry.reply is None)

    def _on_event(self, frame: Frame) -> None:
        if frame.type_id == EventType.BOOT:
            reason = BootEvent.unpack(frame.payload).reason
            raise SessionLostError(f"the board was restarted in mid-run{_BOOT_REASON_TEXT.get(reason, '')}", on=self._line.name)
        if frame.type_id == EventType.FAULT:
            raise fault_error(FaultEvent.unpack(frame.payload), on=self._line.name)
