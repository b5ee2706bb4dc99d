"""What a board with benchmark firmware writes is checked: numbers are numbers, and it comes to an end."""

from __future__ import annotations

import pytest

from mcu_toolkit.device.mlperf import MlperfClient
from mcu_toolkit.errors import ProtocolError
from tests.device.fakes import OtherDevice


def infer(answer: bytes) -> tuple[float, ...]:
    with OtherDevice(lambda data: answer) as link:
        return MlperfClient(link).infer(3).results


def test_what_the_firmware_says_is_read() -> None:
    assert infer(b"m-lap-us-10\r\nm-lap-us-40\r\nm-results-[0.25,0.750]\r\nm-ready\r\n") == (0.25, 0.75)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"m-lap-us-10\nm-lap-us-x\nm-results-[1]\nm-ready\n", "wrote 'x' for a number"),
        (b"m-lap-us-10\nm-lap-us-9\nm-results-[1]\nm-ready\n", "has the times"),
        (b"m-lap-us-1\nm-lap-us-" + b"9" * 5000 + b"\nm-results-[1]\nm-ready\n", "for a number"),
        (b"m-lap-us-1\nm-lap-us-2\nm-results-[nan]\nm-ready\n", "wrote 'nan' for a number"),
        (b"m-lap-us-1\nm-lap-us-2\nm-results-[]\nm-ready\n", "wrote '' for a number"),
        (b"m-lap-us-1\nm-lap-us-2\nm-results-[1e999]\nm-ready\n", "for a number"),
        (b"x\n" * 20_000, "sends without end"),
        (b"x" * (2 << 20), "sends without end"),
    ],
)
def test_what_is_no_answer_is_refused(answer: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        infer(answer)
