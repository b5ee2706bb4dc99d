"""Each way of restarting a board moves the lines it should, in order, and releases the port."""

from __future__ import annotations

import pytest

from mcu_toolkit.device.reset import ResetStrategy, reset_board
from mcu_toolkit.errors import DeviceError


class Lines:
    """Writes down what is done to it."""

    def __init__(self, log: list[tuple[str, object]]) -> None:
        object.__setattr__(self, "log", log)

    dtr: bool
    rts: bool

    def __setattr__(self, name: str, value: object) -> None:
        self.log.append((name, value))  # type: ignore[attr-defined]

    def close(self) -> None:
        self.log.append(("close", None))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("strategy", "baud", "moves"),
    [
        ("dtr", 115_200, [("rts", False), ("dtr", False), ("dtr", True)]),
        ("rts", 115_200, [("dtr", False), ("rts", True), ("rts", False)]),
        ("touch-1200", 1200, [("dtr", False)]),
    ],
)
def test_lines_move_as_the_strategy_says(strategy: ResetStrategy, baud: int, moves: list[tuple[str, object]]) -> None:
    log: list[tuple[str, object]] = []
    opened: list[tuple[str, int]] = []

    def opens(url: str, rate: int) -> Lines:
        opened.append((url, rate))
        return Lines(log)

    reset_board(strategy, "/dev/tty", 115_200, opens)
    assert opened == [("/dev/tty", baud)]
    assert log == [*moves, ("close", None)]


def test_a_board_without_a_way_and_a_port_without_lines_are_told() -> None:
    with pytest.raises(DeviceError, match="names no way to restart it"):
        reset_board("", "/dev/tty", 115_200)

    def refuses(url: str, baud: int) -> Lines:
        raise OSError(25, "Inappropriate ioctl for device")

    with pytest.raises(DeviceError, match="could not be restarted by rts"):
        reset_board("rts", "/dev/tty", 115_200, refuses)
