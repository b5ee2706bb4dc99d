"""Checks whether the line carries every byte, when a board does not answer: flow control in software and translated line ends look like
firmware that hangs, because a frame that was changed on its way is dropped without a word.

HELLO is what is sent: it is executed whenever it arrives, and its sequence number, which the answer repeats, can be any two bytes.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from mcu_toolkit.device.line import FrameLine
from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol import Frame, FrameDecoder, Noise, encode_frame
from mcu_toolkit.protocol.framing import decode_body
from mcu_toolkit.protocol.ids import PROTOCOL_VERSION, REPLY_BIT, RequestType
from mcu_toolkit.protocol.messages import HelloRequest

_SUSPECTS: Final = (0x11, 0x13, 0x0A, 0x0D, 0x03, 0x04, 0x1A, 0x1B, 0x1C, 0x7F, 0x80, 0xFF)
"""What terminals and their drivers take for themselves: XON, XOFF, line ends, control keys; bit 7; Telnet's escape."""
_PLAIN: Final = frozenset(range(1, 0x7F)) - set(_SUSPECTS)
_LISTEN_S: Final = 1.0
_TRIES: Final = 3
"""A line that loses a byte now and then is another fault."""
_REPAIRED_BYTES_MAX: Final = 400
_REFILLED_BYTES_MAX: Final = 80
"""Where two bytes are missing there are as many ways as the square of this."""
_CHANGED_PLACES_MAX: Final = 10
_KINDS_OF_DAMAGE: Final = 4
"""How many different pieces are examined."""
_HINT: Final = (
    "switch software flow control (XON/XOFF) and the translation of line ends off everywhere on the way: stty -a shows a port's, "
    "and a terminal server or an adapter may have its own"
)


@dataclass(frozen=True)
class Change:
    """What the line makes of a byte."""

    sent: bytes
    seen: bytes
    """Empty: nothing."""


_REPLACED: Final = (
    Change(b"\n", b"\r\n"),
    Change(b"\r", b"\r\n"),
    Change(b"\r", b"\n"),
    Change(b"\n", b"\r"),
    Change(b"\r\n", b"\n"),
    Change(b"\xff", b"\xff\xff"),
)
_EATEN: Final = (b"\x11\x13", b"\r", b"\n", b"\x03", b"\x04", b"\x1a", b"\x1b", b"\x1c", b"\x7f", b"\xff")
"""Bytes that are lost; those lost together are in one entry."""
_OFTEN_EATEN: Final = 3
"""The first ones, of which a frame may lack two."""


def explain_damage(chunk: bytes) -> Change | None:
    """What was done to the frame that arrived as `chunk`, where undoing it makes the CRC right; None where nothing known does."""
    if len(chunk) > _REPAIRED_BYTES_MAX:
        return None
    for change in _REPLACED:
        if any(_is_frame(undone) for undone in _undone(chunk, change)):
            return change
    searches = [(eaten, 1) for eaten in _EATEN]
    if len(chunk) <= _REFILLED_BYTES_MAX:
        searches += [(eaten, 2) for eaten in _EATEN[:_OFTEN_EATEN]]
    for eaten, count in searches:
        filled = next((values for values, frame in _filled(chunk, eaten, count) if _is_frame(frame)), None)
        if filled is not None:
            return Change(bytes(filled[:1]), b"")
    return None


def _undone(chunk: bytes, change: Change) -> Iterator[bytes]:
    """`chunk` with the change undone everywhere, and where what is seen may also have been sent, in every selection of places."""
    places = chunk.count(change.seen)
    if places == 0:
        return
    yield chunk.replace(change.seen, change.sent)
    if places <= _CHANGED_PLACES_MAX:
        pieces = chunk.split(change.seen)
        for between in itertools.product((change.sent, change.seen), repeat=places):
            yield b"".join(itertools.chain.from_iterable(zip(pieces, (*between, b""), strict=True)))


def _filled(chunk: bytes, eaten: bytes, count: int) -> Iterator[tuple[tuple[int, ...], bytes]]:
    """`chunk` with `count` of the bytes `eaten` put in, everywhere, and what was put in."""
    for places in itertools.combinations_with_replacement(range(len(chunk) + 1), count):
        pieces = [chunk[start:end] for start, end in zip((0, *places), (*places, len(chunk)), strict=True)]
        for values in itertools.product(eaten, repeat=count):
            yield values, b"".join(itertools.chain.from_iterable(zip(pieces, (*(bytes((v,)) for v in values), b""), strict=True)))


def _is_frame(chunk: bytes) -> bool:
    return decode_body(chunk) is not None


def why_not_transparent(line: FrameLine, heard: Iterable[bytes] = ()) -> ProtocolError | None:
    """An error to raise, with the bytes sent and seen, where the line changes some; None where it carries all, or nobody answers.

    `heard` is what arrived before and was no frame.  Whatever session there was is over afterwards.
    """
    if (change := _agreed(heard)) is not None:
        return _error(line, change)
    plain = _sequence_with(frozenset())
    answered, damaged = _ask(line, plain, tries=1)
    if not answered:
        change = next(filter(None, (_stripped(chunk, plain) for chunk in damaged)), None)
        return None if change is None else _error(line, change)
    for suspect in _SUSPECTS:
        answered, damaged = _ask(line, _sequence_with(frozenset({suspect})))
        if answered:
            continue
        change = _agreed(damaged) or Change(bytes((suspect,)), b"")
        return _error(line, change) if _ask(line, plain)[0] else None
    return None


def _sequence_with(wanted: frozenset[int]) -> int:
    """A sequence number of which HELLO's frame has, beside plain bytes, just those wanted."""
    return next(number for number in range(0x10000) if set(_hello(number).strip(b"\0")) - _PLAIN == wanted)


def _hello(sequence: int) -> bytes:
    return encode_frame(RequestType.HELLO, sequence, HelloRequest().pack())


def _agreed(chunks: Iterable[bytes]) -> Change | None:
    """What explains at least two of them: one alone may be a byte that was lost by chance."""
    counts = Counter[Change]()
    for chunk, times in Counter(chunks).most_common(_KINDS_OF_DAMAGE):
        change = explain_damage(chunk)
        if change is not None:
            counts[change] += times
    return next((change for change, count in counts.most_common(1) if count > 1), None)


def _ask(line: FrameLine, sequence: int, tries: int = _TRIES) -> tuple[bool, list[bytes]]:
    """Whether HELLO was answered, and what came instead that is no frame."""
    decoder, damaged = FrameDecoder(), list[bytes]()
    for _ in range(tries):
        line.write(_hello(sequence))
        deadline_s = time.monotonic() + _LISTEN_S
        while (left_s := deadline_s - time.monotonic()) > 0:
            for item in decoder.feed(line.listen(left_s)):
                if isinstance(item, Frame) and item.type_id == RequestType.HELLO | REPLY_BIT and item.sequence == sequence:
                    return True, damaged
                if isinstance(item, Noise):
                    damaged.append(item.data)
    return False, damaged


def _stripped(chunk: bytes, sequence: int) -> Change | None:
    """A reply to HELLO whose bit 7 was taken: behind COBS's first byte it begins like the request, and is none."""
    head = bytes((RequestType.HELLO,)) + sequence.to_bytes(2, "little") + bytes((PROTOCOL_VERSION,))
    if max(chunk) < REPLY_BIT and chunk[1:].startswith(head):
        return Change(bytes((RequestType.HELLO | REPLY_BIT,)), bytes((RequestType.HELLO,)))
    return None


def _error(line: FrameLine, change: Change) -> ProtocolError:
    seen = change.seen.hex(" ") or "nothing"
    return ProtocolError(
        f"the line is not transparent: of the bytes {change.sent.hex(' ')} sent, seen: {seen}",
        on=line.name,
        expected="a line that carries every byte as it is",
        hint=_HINT,
    )
