"""The bare-metal platform on every core that is emulated: starts, counts, sleeps, faults and restarts.

The firmware is compiled without PlatformIO, which is a second a board; tests/platforms has the way through PlatformIO.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.boards import Board, all_boards
from tests.emulated import own_boards, skip_without_emulator
from tests.platforms.echo_project import ESCAPE, EchoBoard, compile_echo, run_flash_script

BOARDS = [board for board in all_boards() if board.is_emulated and not board.core_facts.is_host]
SECURE_BOARDS = [board for board in BOARDS if board.core in ("cortex-m33", "cortex-m55")]
ONE_OF_EACH_COUNTER = list({(board.ticks.driver, board.ticks.unit): board for board in BOARDS}.values())
ONE_TURN = {"instructions": 2, "cycles": 3}
"""Of the loop in echo_main.c: SUBS, and BNE, which takes two cycles on a Cortex-M0+."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=BOARDS, ids=lambda board: board.id)
def board(request: pytest.FixtureRequest) -> Board:
    found: Board = request.param
    return found


@pytest.fixture(scope="module")
def running(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EchoBoard]:
    skip_without_emulator(board)
    folder = tmp_path_factory.mktemp(board.id)
    with pytest.MonkeyPatch.context() as patch, own_boards(patch):
        elf = compile_echo(board, folder / "project")
        flashed = run_flash_script(folder / "project", board.id, elf)
        assert flashed.returncode == 0, flashed.stderr
        echo = EchoBoard.open(board.id)
        yield echo
        echo.close()


@pytest.fixture
def echo(running: EchoBoard) -> EchoBoard:
    running.reset()
    return running


def test_variables_stack_and_serial_port_work(echo: EchoBoard, board: Board) -> None:
    facts = echo.ask("i")
    assert (facts["boots"], facts["reason"], facts["ticks_work"], facts["data"], facts["bss"]) == (1, 0, 1, 42, 0)
    assert facts["stack"] == board.stack_bytes
    assert 0 < facts["used"] < 512
    echo.command("s")
    assert echo.line() == "done"
    assert 1024 <= echo.ask("i")["used"] < facts["used"] + 1024 + 256
    every = bytes(range(256)) * 4
    echo.port.write(every.replace(ESCAPE, ESCAPE + ESCAPE))
    assert echo.port.read(len(every)) == every


def test_every_instruction_is_counted_also_beyond_a_wrap_of_the_counter(echo: EchoBoard, board: Board) -> None:
    one_turn = ONE_TURN[board.ticks.unit]
    counts = [echo.ask(command)["ticks"] for command in "00124400"]
    overhead = counts[0] - one_turn * 1000
    assert 0 <= overhead < 150
    # The last but two are 20 million instructions: SysTick wraps every two to four million (of 30 million cycles, every 17 million).
    turns = [10**3, 10**3, 10**4, 10**5, 10**7, 10**7, 10**3, 10**3]
    assert counts == [one_turn * number + overhead for number in turns]


def test_counts_do_not_depend_on_bytes_that_arrive_or_on_restarts(echo: EchoBoard) -> None:
    first = echo.ask("w")
    assert first["sum"] == 500
    time.sleep(0.05)
    echo.port.write(ESCAPE + b"w" + b"y" * 50)
    assert dict(pair.split("=") for pair in echo.line().split())["ticks"] == str(first["ticks"])
    assert echo.port.read(50) == b"y" * 50
    echo.reset()
    assert echo.ask("w") == first


def test_a_port_that_is_initialised_while_bytes_arrive_goes_on_hearing(echo: EchoBoard, board: Board) -> None:
    if board.chip:
        pytest.skip("its line does not wait for it: tests/platforms/test_rp2040.py")
    echo.port.write(ESCAPE + b"a" + b"x" * 400 + b"\n")
    assert set(echo.line()) == {"x"}


def test_a_restart_keeps_the_boot_count_and_nothing_else(echo: EchoBoard, board: Board) -> None:
    for boots in (2, 3):
        echo.command("r")
        assert echo.line() == f"echo {board.id}"
        facts = echo.ask("i")
        assert (facts["boots"], facts["reason"], facts["data"], facts["bss"]) == (boots, 1, 42, 0)


def fault_report(echo: EchoBoard, command: str, board: Board) -> str:
    """What a board says of the fault that `command` makes; it has restarted then."""
    before = echo.ask("i")["boots"]
    echo.command(command)
    assert echo.line() == ""
    report = echo.line()
    assert report.startswith("FAULT exception 000000")
    assert echo.line() == f"echo {board.id}"
    facts = echo.ask("i")
    assert (facts["boots"], facts["reason"]) == (before + 1, 3)
    return report


def word(report: str, name: str) -> int:
    """The hexadecimal number after `name` in a report."""
    words = report.split()
    return int(words[words.index(name) + 1], 16)


def test_an_undefined_instruction_is_reported_with_its_place(echo: EchoBoard, board: Board) -> None:
    report = fault_report(echo, "f", board)
    assert board.flash.origin < word(report, "pc") < board.flash.origin + 0x2000
    assert board.flash.origin < word(report, "lr") < board.flash.origin + 0x2000
    has_cfsr = board.core_family == "cortex_m" and not board.core.startswith("cortex-m0")
    assert word(report, "status") == (1 << 16 if has_cfsr else 0)  # CFSR.UNDEFINSTR


def test_a_stack_overflow_faults_and_is_called_so(echo: EchoBoard, board: Board) -> None:
    assert fault_report(echo, "o", board).endswith(" stack overflow")


def test_a_store_to_flash_changes_nothing(echo: EchoBoard, board: Board) -> None:
    if board.core.startswith("cortex-m0"):  # no MPU in QEMU's and rp2040js's; the store is ignored
        assert echo.ask("c") == {"unchanged": 1}
        return
    report = fault_report(echo, "c", board)
    assert "overflow" not in report
    expected = board.flash.origin if board.core_family == "riscv" else 0x82  # mtval; CFSR.DACCVIOL, MMARVALID
    assert word(report, "status") == expected


@pytest.mark.parametrize("board", SECURE_BOARDS, indirect=True, ids=lambda board: board.id, scope="module")
def test_a_secure_fault_is_told_by_its_own_status(echo: EchoBoard, board: Board) -> None:
    assert word(fault_report(echo, "n", board), "secure") == 0x10  # SFSR.INVTRAN


def test_a_waiting_board_leaves_the_processor_alone(echo: EchoBoard) -> None:
    echo.ask("w")
    before_s = used_s(echo)
    time.sleep(1.0)
    assert used_s(echo) - before_s < 0.2
    assert echo.ask("w")["sum"] == 500


def used_s(echo: EchoBoard) -> float:
    """Processor time of the emulator and its bridge so far."""
    total = 0
    for pid in echo.emulator.process_ids():
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])  # utime, stime: proc(5), counted after the name
    return total / os.sysconf("SC_CLK_TCK")


@pytest.mark.nightly
@pytest.mark.parametrize("board", ONE_OF_EACH_COUNTER, indirect=True, ids=lambda board: board.id, scope="module")
def test_counts_are_right_beyond_four_thousand_million(echo: EchoBoard, board: Board) -> None:
    one_turn = ONE_TURN[board.ticks.unit]
    overhead = echo.ask("1")["ticks"] - one_turn * 10**4
    echo.port.timeout = 600
    # Ten times the loop of 10^9 turns: the call of the loop counts ten times as well.
    more = echo.ask("7")["ticks"] - one_turn * 10**10 - overhead
    assert 0 <= more < 200
