"""Both firmware platforms, built and flashed by PlatformIO, spoken to over a real tty."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import serial

from tests.platforms.echo_project import ESCAPE, EchoBoard

only_netduino = pytest.mark.parametrize("board_id", ["netduinoplus2"], indirect=True)
only_host = pytest.mark.parametrize("board_id", ["host"], indirect=True)


def test_every_byte_value_is_echoed(board: EchoBoard) -> None:
    every = bytes(range(256))
    board.port.write(every.replace(ESCAPE, ESCAPE + ESCAPE))
    assert board.port.read(256) == every


def test_nothing_is_lost_when_much_more_is_sent_than_any_buffer_holds(board: EchoBoard, board_id: str) -> None:
    # 300 kB exceed the kernel's and the bridge's buffers on the way to the board; QEMU manages some 10 kB/s.
    size = 300_000 if board_id == "host" else 8_000
    data = bytes(value for value in range(256) if value != ESCAPE[0]) * (size // 255)
    received = bytearray()
    sent = 0
    board.port.write_timeout = 0
    while len(received) < len(data):
        if sent < len(data):
            try:
                sent += board.port.write(data[sent : sent + 4096]) or 0
            except serial.SerialTimeoutException:  # pushed back: nothing of it was taken
                time.sleep(0.01)
        chunk = board.port.read(max(1, board.port.in_waiting))
        assert chunk, "the board went silent"
        received += chunk
    assert received == data


def test_variables_are_initialised_and_the_counter_works(board: EchoBoard) -> None:
    facts = board.ask("i")
    assert (facts["data"], facts["bss"], facts["ticks_work"]) == (42, 0, 1)
    assert board.ask("w")["sum"] == 500


def test_the_stack_watermark_sees_what_was_used(board: EchoBoard, board_id: str) -> None:
    before = board.ask("i")
    assert before["stack"] == {"netduinoplus2": 4096, "host": 262144}[board_id]
    board.command("s")
    assert board.line() == "done"
    after = board.ask("i")
    assert after["used"] >= max(1024, before["used"])
    assert after["used"] <= before["used"] + 1024 + 512
    assert 0 < before["used"] < 1024 + (4096 if board_id == "host" else 0)  # the C library's share is larger on the host


def test_a_restart_by_the_firmware_is_counted_and_power_off_starts_again(board: EchoBoard, board_id: str) -> None:
    assert (board.ask("i")["boots"], board.ask("i")["reason"]) == (1, 0)
    for boots in (2, 3):
        board.command("r")
        assert board.line() == f"echo {board_id}"
        facts = board.ask("i")
        assert (facts["boots"], facts["reason"]) == (boots, 1)
    board.reset()
    facts = board.ask("i")
    assert (facts["boots"], facts["reason"], facts["data"]) == (1, 0, 42)


def test_after_a_reset_nothing_of_the_former_run_arrives(board: EchoBoard, board_id: str) -> None:
    for _ in range(5):
        board.port.write(b"x" * 3000)
        time.sleep(0.02)
        board.emulator.reset()
        assert board.port.readline() == f"echo {board_id}\n".encode()
        board.port.write(b"!")
        assert board.port.read(1) == b"!"


def test_what_is_sent_right_after_a_reset_reaches_the_new_start(board: EchoBoard, board_id: str) -> None:
    for _ in range(5):
        board.emulator.reset()
        board.port.write(b"early")  # QEMU's UART drops input until the firmware has enabled it
        assert board.line() == f"echo {board_id}"
        assert board.port.read(5) == b"early"


@only_netduino
def test_instruction_counts_are_the_same_in_every_run(board: EchoBoard) -> None:
    counts = {board.ask("w")["ticks"] for _ in range(3)}
    board.port.write(ESCAPE + b"w" + b"y" * 50)  # bytes that arrive while it works must not count
    counts.add(int(board.line().split()[0].removeprefix("ticks=")))
    assert board.port.read(50) == b"y" * 50
    board.reset()
    counts.add(board.ask("w")["ticks"])
    assert len(counts) == 1
    assert 1000 < counts.pop() < 20_000


@only_netduino
def test_a_waiting_board_leaves_the_processor_alone(board: EchoBoard) -> None:
    def used_s() -> float:
        total = 0
        for pid in board.emulator.process_ids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])  # utime, stime: proc(5), counted after the name
        return total / os.sysconf("SC_CLK_TCK")

    before_s = used_s()
    time.sleep(1.0)
    assert used_s() - before_s < 0.2


@only_netduino
@pytest.mark.parametrize(("command", "words"), [("f", "status 00010000"), ("o", "stack overflow")])
def test_a_fault_is_reported_and_the_firmware_restarts(board: EchoBoard, command: str, words: str) -> None:
    board.command(command)
    assert board.line() == ""
    report = board.line()
    assert report.startswith("FAULT exception 00000003 pc ")
    assert words in report
    assert board.line() == "echo netduinoplus2"
    facts = board.ask("i")
    assert (facts["boots"], facts["reason"], facts["data"]) == (2, 3, 42)


@only_host
@pytest.mark.parametrize(("command", "signal"), [("f", "SIGILL"), ("o", "SIGSEGV")])
def test_a_crash_of_the_host_firmware_hangs_up_the_port_and_is_named(board: EchoBoard, command: str, signal: str) -> None:
    board.command(command)
    with pytest.raises(serial.SerialException):
        board.port.read(1)
    assert not board.emulator.is_running()
    assert signal in board.emulator.log_tail()
    assert signal in str(board.emulator.dead())
