"""The firmware's common sources compile without a warning wherever they may go."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.boards import Link, all_boards
from mcu_toolkit.system.resources import templates_dir
from tests.firmware_c.build import WARNINGS, render_config, require, write_sources

COMPILERS = {
    "gcc": ("gcc",),
    "cortex-m0": ("arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb"),
    "cortex-m4f": ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
}


def test_the_observer_compiles_without_a_warning(tmp_path: Path) -> None:
    write_sources(tmp_path, Link(128, 1), models=1)
    compile_all(tmp_path, (*COMPILERS["cortex-m4f"], "-DINFERENCE_OBSERVER=1"))


def compile_all(folder: Path, command: tuple[str, ...]) -> None:
    own = sorted(path.name for path in (templates_dir() / "common/src").glob("*.c"))
    assert "command_loop.c" in own
    done = subprocess.run(
        [require(command[0]), *command[1:], *WARNINGS, "-O2", "-c", *own], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("target", COMPILERS)
@pytest.mark.parametrize(("payload_bytes", "window_frames", "models"), [(128, 1, 1), (256, 2, 3), (1024, 8, 1)])
def test_every_buffer_size_compiles_without_a_warning(
    tmp_path: Path, target: str, payload_bytes: int, window_frames: int, models: int
) -> None:
    write_sources(tmp_path, Link(payload_bytes, window_frames), models=models)
    compile_all(tmp_path, COMPILERS[target])


def test_every_board_renders_and_compiles(tmp_path: Path) -> None:
    for board in all_boards():
        write_sources(tmp_path / board.id, board.link, board.id, models=1)
        compile_all(tmp_path / board.id, COMPILERS["gcc"])


def test_the_config_names_the_board(tmp_path: Path) -> None:
    lines = render_config(Link(256, 2), "netduinoplus2", models=2).splitlines()
    for line in (
        '#define BOARD_ID "netduinoplus2"', "#define MODEL_COUNT 2", "#define PLATFORM_CLOCK_HZ 168000000u", "#define PLATFORM_TICK_UNIT 1",
        "#define LINK_MAX_PAYLOAD_BYTES 256", "#define LINK_WINDOW_FRAMES 2", "#define UART_BASE 0x40011000u", "#define UART_IRQ (37)",
        "#define STACK_BYTES 4096u", "#define FLASH_ORIGIN 0x08000000u", "#define RAM_BYTES 131072u",
    ):  # fmt: skip
        assert line in lines


@pytest.mark.parametrize("link", [Link(127, 2), Link(40_000, 2), Link(256, 0), Link(256, 65)])
def test_sizes_the_protocol_cannot_have_do_not_compile(tmp_path: Path, link: Link) -> None:
    write_sources(tmp_path, link)
    command = [require("gcc"), "-std=c99", "-fsyntax-only", "requests.c", "command_loop.c"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "#error" in done.stderr


def test_the_ram_the_loop_costs_is_what_its_header_says(tmp_path: Path) -> None:
    for payload_bytes, window_frames, bytes_said in ((128, 2, 464), (256, 2, 848), (1024, 8, 9424)):
        folder = tmp_path / str(payload_bytes)
        write_sources(folder, Link(payload_bytes, window_frames), models=1)
        subprocess.run([require("arm-none-eabi-gcc"), "-mcpu=cortex-m4", "-mthumb", "-O2", "-c", "firmware.c"], cwd=folder, check=True)
        sizes = subprocess.run([require("arm-none-eabi-size"), "firmware.o"], cwd=folder, check=True, capture_output=True, text=True).stdout
        _, data_bytes, bss_bytes, *_ = sizes.splitlines()[1].split()
        assert int(data_bytes) + int(bss_bytes) == bytes_said
        assert f"{payload_bytes} x {window_frames}: {bytes_said} bytes" in (folder / "command_loop.h").read_text()
