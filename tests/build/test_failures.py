"""The messages for firmware that cannot be built or flashed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import build_project, compilers, flash, flash_project
from mcu_toolkit.errors import DeviceError, NotSatisfiedError, ToolError
from mcu_toolkit.system.process import find_tool
from tests.compilers import compiled_with
from tests.platforms.echo_project import make_echo_project

NETDUINO = load_board("netduinoplus2")


def _project(folder: Path, extra_c: str = "", board: Board = NETDUINO) -> FirmwareProject:
    project = make_echo_project(board, folder)
    (folder / "src/extra.c").write_text(extra_c + "\n")
    return project


def _without(*missing: str) -> Callable[[str], Path | None]:
    return lambda name: None if name in missing else find_tool(name)


def test_a_compile_error_shows_the_compilers_words_and_where_all_of_them_are(tmp_path: Path) -> None:
    project = _project(tmp_path / "project", "int broken(void) { return not_declared; }")
    with pytest.raises(ToolError, match="'not_declared' undeclared") as failure:
        build_project(project, NETDUINO)
    log = project.folder / ".pio/mcu-build.log"
    assert str(log) in str(failure.value)
    assert "not_declared" in log.read_text()


def test_a_warning_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="unused"):
        build_project(_project(tmp_path / "project", "static int unused(void) { return 1; }"), NETDUINO)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_too_much_flash_is_a_no_with_both_numbers(compiler: str, tmp_path: Path) -> None:
    table = "#include <stdint.h>\n__attribute__((used)) const uint8_t table[2000000] = {1};"
    project = _project(tmp_path / "project", table, compiled_with(compiler, NETDUINO))
    main = project.folder / "src/main.c"
    main.write_text(
        main.read_text().replace("platform_init();", "extern const uint8_t table[];\n    zeroed = table[0];\n    platform_init();")
    )
    with pytest.raises(NotSatisfiedError, match=r"FLASH needs 2,00\d,\d+ bytes, the board has 1,048,576"):
        build_project(project, NETDUINO)


def test_too_much_ram_is_a_no_with_both_numbers(tmp_path: Path) -> None:
    project = _project(tmp_path / "project")
    main = project.folder / "src/main.c"
    text = main.read_text().replace("static volatile uint32_t zeroed;", "static volatile uint32_t zeroed;\nvolatile uint8_t big[200000];")
    main.write_text(text.replace("platform_init();", "platform_init();\n    big[0] = 1;"))
    with pytest.raises(NotSatisfiedError, match=r"RAM needs 20\d,\d+ bytes, the board has 131,072"):
        build_project(project, NETDUINO)


def test_a_missing_compiler_names_the_command_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilers, "find_tool", _without("arm-none-eabi-gcc"))
    monkeypatch.setattr(compilers, "registry_answers", lambda: False)
    with pytest.raises(ToolError, match="sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"):
        build_project(_project(tmp_path / "project"), NETDUINO)


def test_a_missing_emulator_names_the_command_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flash, "find_tool", _without("qemu-system-arm"))
    with pytest.raises(ToolError, match="sudo apt-get install qemu-system-arm"):
        flash_project(_project(tmp_path / "project"), NETDUINO)


RISCV = load_board("qemu-riscv32")
RISCV_PACKAGES = "sudo apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"


def test_a_missing_riscv_compiler_names_the_command_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilers, "find_tool", _without("riscv64-unknown-elf-gcc"))
    with pytest.raises(ToolError, match=RISCV_PACKAGES):
        build_project(_project(tmp_path / "project", board=RISCV), RISCV)


@pytest.mark.parametrize(("board", "packages"), [(RISCV, RISCV_PACKAGES), (NETDUINO, "libnewlib-arm-none-eabi")], ids=lambda x: str(x)[:20])
def test_a_compiler_without_its_c_library_names_the_command_that_installs_it(
    board: Board, packages: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "gcc"  # GCC repeats the name of a file it does not have
    bare.write_text('#!/bin/sh\necho "${1#-print-file-name=}"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(compilers, "find_tool", lambda name: bare)
    with pytest.raises(ToolError, match=packages) as error:
        build_project(_project(tmp_path / "project", board=board), board)
    assert "no C library" in str(error.value)


@pytest.mark.parametrize(
    ("board", "hint"), [(RISCV, "another board; or --runtime aot"), (NETDUINO, "sudo apt-get install libstdc++-arm-none-eabi-newlib; or")],
    ids=["riscv", "arm"],
)  # fmt: skip
def test_a_compiler_without_the_cpp_library_that_tflm_needs_is_told_before_the_build(
    board: Board, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "gcc"  # GCC repeats the name of a file it does not have
    bare.write_text('#!/bin/sh\nfor last; do :; done\necho "${last#-print-file-name=}"\n')
    bare.chmod(0o755)
    project = replace(_project(tmp_path / "project", board=board), runtime="tflm")
    monkeypatch.setattr(importlib.import_module("mcu_toolkit.build.compile"), "require_compiler", lambda board: None)
    monkeypatch.setattr(compilers, "find_tool", lambda name: bare)
    with pytest.raises(ToolError, match=f"no C.. library for {board.core}: 'gcc' has no libstdc") as error:
        build_project(project, board)
    assert error.value.hint is not None
    assert error.value.hint.startswith(hint)


def test_the_arm_compiler_has_its_cpp_library() -> None:
    compilers.require_cpp_library(NETDUINO)


def test_a_missing_riscv_emulator_names_the_command_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flash, "find_tool", _without("qemu-system-riscv32"))
    with pytest.raises(ToolError, match="sudo apt-get install qemu-system-misc"):
        flash_project(_project(tmp_path / "project", board=RISCV), RISCV)


def test_a_registry_platform_out_of_reach_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilers, "registry_answers", lambda: False)
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "cache"))
    real = replace(NETDUINO, platformio=replace(NETDUINO.platformio, platform="espressif32@6.9.0"))
    with pytest.raises(ToolError, match=r"'espressif32@6\.9\.0' is not installed"):
        compilers.require_compiler(real)


def test_an_emulator_that_does_not_start_is_a_device_error_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert NETDUINO.emulator is not None
    board = replace(NETDUINO, emulator=replace(NETDUINO.emulator, machine="no-such-machine"))
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path / "state"))
    with pytest.raises(DeviceError, match="unsupported machine type"):
        flash_project(_project(tmp_path / "project", board=board), board)


def test_a_compile_error_while_flashing_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="not_declared"):
        flash_project(_project(tmp_path / "project", "int broken(void) { return not_declared; }"), NETDUINO)


def test_a_real_board_is_flashed_at_the_port_that_was_given_or_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No real board is here: this checks what we ask of PlatformIO and how we read its answer."""
    from mcu_toolkit.system.process import Completed

    asked: list[list[str]] = []

    def pretend(folder: Path, arguments: list[str], **_: object) -> Completed:
        asked.append(arguments)
        return Completed((), 0, "Looking for upload port...\nAuto-detected: /dev/ttyACM3\nUploading\n")

    monkeypatch.setattr(flash, "run_pio", pretend)
    monkeypatch.setattr(flash, "require_compiler", lambda board: None)
    monkeypatch.setattr(flash, "check_linked", lambda project, board: None)  # nothing was built
    real, project = replace(NETDUINO, emulator=None), FirmwareProject(tmp_path, "netduinoplus2", "aot", (), ())
    assert flash_project(project, real) == "/dev/ttyACM3"
    assert flash_project(project, real, port="/dev/ttyUSB7") == "/dev/ttyUSB7"
    assert asked == [["-t", "upload"], ["-t", "upload", "--upload-port", "/dev/ttyUSB7"]]
