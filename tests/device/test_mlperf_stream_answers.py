"""What a board says of a stream is looked at before it is used: a lying one is a ProtocolError, never a crash or a passed test."""

from __future__ import annotations

import pytest

from mcu_toolkit.device.mlperf import MlperfClient
from mcu_toolkit.device.mlperf_stream import StreamClient
from mcu_toolkit.errors import ProtocolError

HOP = bytes(1024)
ANSWERS = {
    "state": ["g_i2s_status=0, SAI state=1", "g_i2s_state = 2, g_int16s_read=1024"],
    "stop": ["target activations:", "[-3, 120]"],
    "print_detections": ["Detection Timestamps (ms)", "0,", "32,"],
    "processing": ["m-processing-[2, 10, 20, 0, 2]"],
    "extract_uart_stream": ["m-features-[-128, 127]", "m-activations-[5, -5, 0]"],
}


class Scripted(MlperfClient):
    """Answers by the first word of a command."""

    def __init__(self, **answers: list[str]) -> None:
        self._answers = ANSWERS | answers

    def command(self, text: str, timeout_s: float = 0.0) -> list[str]:
        if text.startswith("db "):
            return ["m-load-done"]
        return self._answers.get(text, [])


def test_what_a_board_heard_is_read() -> None:
    heard = StreamClient(Scripted()).listen(1024, lambda _: None)
    assert heard.activations.tolist() == [-3, 120]
    assert heard.detections_ms == (0, 32)
    assert heard.processing.detections == 2
    assert StreamClient(Scripted()).extract(HOP) == ([-128, 127], [5, -5, 0])


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("stop", ["target activations:", "[-3, 128]"]),
        ("print_detections", ["Detection Timestamps (ms)"]),
        ("print_detections", ["Detection Timestamps (ms)", "0,", "-32,"]),
        ("print_detections", ["Detection Timestamps (ms)", "0,", f"{10**19},"]),
        ("processing", ["m-processing-[2, 10, 20, 0, -2]"]),
        ("state", ["SAI state=1"]),
    ],
)
def test_a_stream_that_no_board_can_have_heard_is_refused(command: str, lines: list[str]) -> None:
    with pytest.raises(ProtocolError):
        StreamClient(Scripted(**{command: lines})).listen(1024, lambda _: None)


@pytest.mark.parametrize(
    "lines",
    [
        ["m-features-[1]", "m-activations-[300]"],
        ["m-features-[-129]", "m-activations-[3]"],
        ["m-features-[]", "m-activations-[3]"],
        ["m-features-[1]", "m-activations-[]"],
        ["m-features-[1]"],
    ],
)
def test_features_and_scores_that_no_int8_holds_are_refused(lines: list[str]) -> None:
    with pytest.raises(ProtocolError):
        StreamClient(Scripted(extract_uart_stream=lines)).extract(HOP)
