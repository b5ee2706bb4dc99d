"""A device and its line in simulated time, for tests of the host's pace: hours of a slow line take milliseconds."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

from mcu_toolkit.protocol import Frame, FrameDecoder, encode_frame
from mcu_toolkit.protocol.ids import ERROR_TYPE, REPLY_BIT, ErrorCode, RequestType
from mcu_toolkit.protocol.messages import ErrorReply

PAYLOAD_BYTES = 256


@dataclass
class SimulatedDevice:
    """A Link to a device that does docs/protocol.md's "Conversation" and takes `answer_s` for each frame, a repeated one too.

    Writes and inferences are answered as done, without doing anything.  `clock` is its time; it passes only in `read`.
    """

    first_sequence: int
    window_frames: int
    answer_s: float
    """From the moment it takes a frame until its answer is heard."""
    buffer_frames: int = 1 << 30
    """What waits beyond that is lost, without a trace."""
    loss_rate: float = 0.0
    """Of frames in each direction."""
    name: str = "simulated device"
    bytes_per_s: float = 0.0
    now_s: float = 0.0
    executed: list[int] = field(default_factory=list)
    taken: int = 0
    most_waiting: int = 0

    def __post_init__(self) -> None:
        self._expected = self.first_sequence
        self._waiting: deque[Frame] = deque()
        self._free_s = 0.0
        self._random = random.Random(1)

    def clock(self) -> float:
        """Seconds since the beginning."""
        return self.now_s

    def write(self, data: bytes) -> None:
        """Whole frames only."""
        if not self._waiting:
            self._free_s = max(self._free_s, self.now_s)
        for frame in FrameDecoder().feed(data):
            assert isinstance(frame, Frame)
            if len(self._waiting) < self.buffer_frames and self._random.random() >= self.loss_rate:
                self._waiting.append(frame)
        self.most_waiting = max(self.most_waiting, len(self._waiting))

    def read(self, timeout_s: float) -> bytes:
        """The next answer, if it is due within `timeout_s`."""
        until_s = self.now_s + timeout_s
        while self._waiting and self._free_s + self.answer_s <= until_s:
            self._free_s += self.answer_s
            answer = self._answer(self._waiting.popleft())
            if self._random.random() >= self.loss_rate:
                self.now_s = max(self.now_s, self._free_s)
                return answer
        self.now_s = until_s
        return b""

    def close(self) -> None:
        """Nothing to release."""

    def _answer(self, frame: Frame) -> bytes:
        self.taken += 1
        if frame.sequence == self._expected:
            self.executed.append(frame.sequence)
            self._expected = (self._expected + 1) & 0xFFFF
        elif not 1 <= (self._expected - frame.sequence) & 0xFFFF <= self.window_frames:
            refusal = ErrorReply(frame.type_id, ErrorCode.OUT_OF_ORDER, self._expected)
            return encode_frame(ERROR_TYPE, frame.sequence, refusal.pack())
        return encode_frame(frame.type_id | REPLY_BIT, frame.sequence, bytes(8) if frame.type_id == RequestType.INVOKE else b"")
