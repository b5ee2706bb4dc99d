"""The whole chain on every emulated board: PlatformIO builds, QEMU boots, the outputs equal TFLM's byte for byte."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.boards import Board, all_boards, load_board
from mcu_toolkit.build import build_project
from mcu_toolkit.device import Client, find_emulator, open_port
from mcu_toolkit.errors import NotSatisfiedError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, parse_model, read_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.verify import verify
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import inputs_for
from tests.emulated import own_boards, skip_without_emulator
from tests.small_models import convolution, fully_connected

pytestmark = pytest.mark.slow
AOT = get_runtime("aot")
EMULATED = [board for board in all_boards() if board.is_emulated]
SMALL = ("microbit", "stm32vldiscovery")


@pytest.fixture
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_boards(monkeypatch) as folder:
        yield folder


def job_for(model: Model, board: Board, output: Path, samples: int = 4) -> Job:
    return Job(model, board, AOT, load_inputs(model, None, samples, 0), output)


def device_ticks(model: Model, vectors: Vectors, board: Board) -> list[int]:
    """Ticks of every sample on the board that is running."""
    emulator = find_emulator(board.id)
    assert emulator is not None
    with closing(Client(open_port(emulator.tty, board.serial.baud))) as client:
        ticks = DeviceRunner(client, model).run(inputs_for(model, vectors)).ticks
    assert ticks is not None
    return [int(tick) for tick in ticks]


@pytest.mark.parametrize("board", EMULATED, ids=lambda board: board.id)
def test_a_model_that_fits_is_byte_equal_and_costs_the_same_every_time(
    board: Board, digits_int8: Path, boards: Path, tmp_path: Path
) -> None:
    skip_without_emulator(board)
    model = read_model(digits_int8) if board.id in SMALL else parse_model(convolution(), "convolution")
    job = job_for(model, board, tmp_path)
    report = deploy(job, Silent())
    assert report.verdict == "pass"
    device = next(c for c in report.comparisons if c.a == "device")
    assert (device.b, device.samples, device.differing_bytes) == ("tflm", 4, 0)
    assert report.stack_bytes is not None
    assert 0 < report.stack_bytes < board.stack_bytes // 2, "measured on the board: half of the stack is never used"
    if board.core == "host":
        return
    counted = report.estimated_cycles if board.estimates_cycles else report.instructions
    assert counted is not None
    ticks = device_ticks(model, job.vectors, board)
    emulator = find_emulator(board.id)
    assert emulator is not None
    emulator.reset()
    assert device_ticks(model, job.vectors, board) == ticks
    assert sorted(ticks)[(len(ticks) - 1) // 2] == counted


def test_four_boards_run_at_once_and_each_answers_for_itself(boards: Path, tmp_path: Path) -> None:
    names = ("microbit", "mps2-an505", "mps3-an547", "qemu-riscv32")
    models = [parse_model(fully_connected(seed=seed, softmax=True), f"dense{seed}") for seed in range(len(names))]
    jobs = [job_for(model, load_board(name), tmp_path / name, 50) for model, name in zip(models, names, strict=True)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        assert [report.verdict for report in pool.map(lambda job: deploy(job, Silent()), jobs)] == ["pass"] * 4
        emulators = [find_emulator(name) for name in names]
        assert all(emulator is not None and emulator.is_running() for emulator in emulators)
        reports = list(pool.map(lambda job: verify(job, Silent()), jobs))
    assert [report.verdict for report in reports] == ["pass"] * 4
    assert [report.board for report in reports] == list(names)
    assert len({report.model_sha256 for report in reports}) == 4


MADE_UP = """
name = "A Cortex-M3 of mine"
vendor = "me"
url = "https://example.org"
mcu = "AN511"
core = "cortex-m3"
instruction_set = "portable"
clock_hz = 25_000_000
flash = { origin = 0x0000_0000, length_bytes = 262_144 }
ram = { origin = 0x2000_0000, length_bytes = 65_536 }
stack_bytes = 3072
firmware_platform = "baremetal"
platformio = { platform = "mcu_toolkit", board = "my_board" }
serial = { driver = "cmsdk", baud = 57600, base_address = 0x4000_4000, irq = 0 }
ticks = { driver = "systick", unit = "instructions", clock_hz = 25_000_000 }
default_runtime = "aot"
emulator = { kind = "qemu", program = "qemu-system-arm", machine = "mps2-an511", icount_shift = 8 }
link = { max_payload_bytes = 200, window_frames = 3 }
"""


def test_a_new_board_is_one_file(boards: Path, tmp_path: Path) -> None:
    """A machine that nothing in the repository knows: memory, buffers and baud rate are its own as well."""
    path = tmp_path / "my_board.toml"
    path.write_text(MADE_UP, encoding="utf-8")
    board = load_board(str(path))
    report = deploy(job_for(parse_model(convolution(), "convolution"), board, tmp_path / "out"), Silent())
    assert (report.verdict, report.board) == ("pass", "my_board")
    assert report.instructions is not None
    emulator = find_emulator("my_board")
    assert emulator is not None
    with closing(Client(open_port(emulator.tty, board.serial.baud))) as client:
        hello = client.handshake()
        assert (hello.board, hello.max_payload_bytes, hello.window_frames) == ("my_board", 200, 3)
        assert client.status().stack_bytes == 3072


def big_dense(inputs: int) -> Model:
    return parse_model(fully_connected(inputs=inputs, outputs=4), "big")


@pytest.mark.parametrize("board_id", SMALL)
def test_an_arena_that_does_not_fit_is_refused_with_numbers_before_anything_starts(board_id: str, boards: Path, tmp_path: Path) -> None:
    board = load_board(board_id)
    with pytest.raises(NotSatisfiedError) as no:
        deploy(job_for(big_dense(board.ram.length_bytes), board, tmp_path), Silent())
    assert f"{board.ram.length_bytes:,}" in str(no.value)
    assert f"{board.stack_bytes:,}" in str(no.value)
    assert not (boards / board_id).exists(), "no emulator was started"


def test_an_arena_that_fits_but_not_beside_the_rest_is_refused_by_the_linker_with_numbers(tmp_path: Path) -> None:
    """What remains of 8 KB after the stack is not all the arena's: protocol buffers live there too."""
    board = load_board("stm32vldiscovery")
    room = board.ram.length_bytes - board.stack_bytes
    project = generate_project([big_dense(room - 200)], board, AOT, tmp_path / "project")
    with pytest.raises(NotSatisfiedError, match=r"RAM needs \d,\d{3} bytes, the board has 8,192 \(\d+ too many\)"):
        build_project(project, board)


def test_weights_beyond_the_flash_are_refused_with_numbers(tmp_path: Path) -> None:
    board = load_board("stm32vldiscovery")
    tiny = dataclasses.replace(board, flash=dataclasses.replace(board.flash, length_bytes=16_384))
    model = parse_model(fully_connected(inputs=2000, outputs=10), "wide")
    project = generate_project([model], tiny, AOT, tmp_path / "project")
    with pytest.raises(NotSatisfiedError, match=r"FLASH needs 2\d,\d{3} bytes, the board has 16,384"):
        build_project(project, tiny)


def test_inputs_of_every_size_reach_the_smallest_board(boards: Path, tmp_path: Path) -> None:
    """Its frames are 128 bytes: an input of 2,000 takes many, in pieces that end anywhere."""
    model = parse_model(fully_connected(inputs=2000, outputs=10), "wide")
    job = job_for(model, load_board("stm32vldiscovery"), tmp_path, 3)
    report = deploy(job, Silent())
    assert report.verdict == "pass"
    assert len(np.unique(next(iter(inputs_for(model, job.vectors))), axis=0)) == 3
