"""Uploads by the tools that people have, with fakes that only record how they were called: no tool and no board was at hand."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import Board, all_boards, load_board
from mcu_toolkit.boards.upload_tools import UPLOAD_TOOLS, upload_targets
from mcu_toolkit.build import elf_path, upload
from mcu_toolkit.build.loadable import flat, pieces_of
from mcu_toolkit.build.upload import UploadRequest, refuse_upload, upload_project
from mcu_toolkit.build.upload_commands import CALLS
from mcu_toolkit.errors import DeviceError, InputError, ToolError, UnknownNameError

FAKE = f"""#!{sys.executable}
# A FAKE: writes down its arguments and what lies in its folder; a file that is to be read comes from the test.
import json, os, pathlib, shutil, sys
bench = pathlib.Path({{bench!r}})
with (bench / "calls").open("a") as log:
    log.write(json.dumps([sys.argv[1:], sorted(os.listdir("."))]) + "\\n")
if any("read.bin" in word for word in sys.argv) and list(bench.glob("read-*")):
    shutil.move(min(bench.glob("read-*")), "read.bin")
sys.exit(int((bench / "exit code").read_text()) if (bench / "exit code").exists() else 0)
"""
SOURCE = "const int table[4] = {1, 2, 3, 4}; int counter = 7; int main(void) { return table[counter & 3]; }"
STM32, PICO = load_board("nucleo_f446re"), load_board("pico")


class Bench:
    """Fakes of all tools on PATH, and what they were told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for tool in UPLOAD_TOOLS.values():
            for name in tool.programs[:1]:
                path = folder / name
                path.write_text(FAKE.format(bench=str(folder)))
                path.chmod(path.stat().st_mode | stat.S_IXUSR)

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line)[0] for line in (self.folder / "calls").read_text().splitlines()]

    @property
    def files(self) -> list[str]:
        """In the folder of the first call."""
        found: list[str] = json.loads((self.folder / "calls").read_text().splitlines()[0])[1]
        return found

    def holds(self, *contents: bytes) -> None:
        """What reading the flash will bring, call by call."""
        for number, content in enumerate(contents):
            (self.folder / f"read-{number}").write_bytes(content)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(upload, "build_project", lambda project, board, on_line: None)
    return Bench(folder)


@pytest.fixture(scope="module")
def elves(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A linked image in the flash of each board, by the board's id: code, constants, and initial values of a variable in RAM."""
    folder, found = tmp_path_factory.mktemp("elf"), {}
    (folder / "main.c").write_text(SOURCE)
    for board in (STM32, PICO, load_board("nano33ble"), load_board("portenta_h7")):
        script = folder / f"{board.id}.ld"
        script.write_text(
            f"MEMORY {{ F (rx) : ORIGIN = {board.flash.origin:#x}, LENGTH = 64K  R (rw) : ORIGIN = {board.ram.origin:#x}, LENGTH = 8K }}\n"
            "SECTIONS { .text : { *(.text*) *(.rodata*) } > F  .data : ALIGN(64) { *(.data*) } > R AT > F  .bss : { *(.bss*) } > R\n"
            "/DISCARD/ : { *(.ARM*) *(.comment) *(.note*) } }\n"
        )
        found[board.id] = folder / f"{board.id}.elf"
        words = ["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-nostdlib", "-O1", "-e", "main", "-T", script, folder / "main.c"]
        subprocess.run([*words, "-o", found[board.id]], check=True, capture_output=True)
    return found


def project_of(board: Board, folder: Path, elf: Path | None = None) -> FirmwareProject:
    project = FirmwareProject(folder / "a folder", board.id, "aot", (), ())
    elf_path(project).parent.mkdir(parents=True)
    if elf is not None:
        shutil.copyfile(elf, elf_path(project))
    return project


def put(tool: str, board: Board, tmp_path: Path, elf: Path | None, *, read_back: bool = False, port: str = "/dev/ttyX") -> int:
    return upload_project(project_of(board, tmp_path, elf), board, UploadRequest(tool, read_back), port)


WRITES = [
    ("pyocd", "nano33ble", [["load", "--no-wait", "--target", "nrf52840", "firmware.elf"]]),
    ("probe-rs", "pico", [["download", "--chip", "RP2040", "--verify", "firmware.elf"], ["reset", "--chip", "RP2040"]]),
    (
        "openocd",
        "nucleo_f446re",
        [["-f", "interface/stlink.cfg", "-f", "target/stm32f4x.cfg", "-c", "program firmware.elf verify reset exit"]],
    ),
    ("st-flash", "nucleo_f446re", [["--reset", "write", "firmware.bin", "0x8000000"]]),
    ("picotool", "pico", [["load", "-v", "-x", "firmware.elf"]]),
    ("bossac", "nano33ble", [["--port=/dev/ttyX", "-U", "-i", "-e", "-w", "firmware.bin", "-R"]]),
    (
        "dfu-util",
        "portenta_h7",
        [["--device", "2341:035b", "--alt", "0", "--dfuse-address", "0x08040000:leave", "--download", "firmware.bin"]],
    ),
]


@pytest.mark.parametrize(("tool", "board_id", "expected"), WRITES, ids=[tool for tool, _, _ in WRITES])
def test_each_tool_is_called_as_its_documentation_says(
    tool: str, board_id: str, expected: list[list[str]], bench: Bench, elves: dict[str, Path], tmp_path: Path
) -> None:
    assert put(tool, load_board(board_id), tmp_path, elves[board_id]) == 0
    assert bench.calls == expected
    assert bench.files == ["firmware.bin", "firmware.elf"], "no tool sees a path of the user's"


def test_an_esp32_gets_boot_loader_partitions_and_application(bench: Bench, tmp_path: Path) -> None:
    board = load_board("esp32s3")
    project = project_of(board, tmp_path)
    contents = {"bootloader.bin": b"boot", "partitions.bin": b"parts", "firmware.bin": b"application"}
    for name, content in contents.items():
        (elf_path(project).parent / name).write_bytes(content)
    bench.holds(*contents.values())
    assert upload_project(project, board, UploadRequest("esptool", read_back=True), "/dev/ttyX") == sum(map(len, contents.values()))
    begin = ["--chip", "esp32s3", "--port", "/dev/ttyX"]
    assert bench.calls == [
        [*begin, "write_flash", "0x0", "bootloader.bin", "0x8000", "partitions.bin", "0x10000", "firmware.bin"],
        [*begin, "read_flash", "0x0", "0x4", "read.bin"],
        [*begin, "read_flash", "0x8000", "0x5", "read.bin"],
        [*begin, "read_flash", "0x10000", "0xb", "read.bin"],
    ]
    (elf_path(project).parent / "partitions.bin").unlink()
    with pytest.raises(ToolError, match="did not make this file"):
        upload_project(project, board, UploadRequest("esptool"), "/dev/ttyX")


READS = [
    (
        "pyocd",
        "nucleo_f446re",
        [["commander", "--no-wait", "--target", "stm32f446retx", "--command", "savemem", "{start}", "{count}", "read.bin"]],
    ),
    (
        "openocd",
        "nucleo_f446re",
        [
            [
                *("-f", "interface/stlink.cfg", "-f", "target/stm32f4x.cfg"),
                *("-c", "init", "-c", "reset halt", "-c", "dump_image read.bin {start} {count}", "-c", "reset run", "-c", "shutdown"),
            ]
        ],
    ),
    ("st-flash", "nucleo_f446re", [["--reset", "read", "read.bin", "{start}", "{hex_count}"]]),
    ("picotool", "pico", [["save", "--range", "{start}", "{end}", "read.bin"], ["reboot"]]),
    (
        "dfu-util",
        "portenta_h7",
        [["--device", "2341:035b", "--alt", "0", "--dfuse-address", "{start8}:{count}:leave", "--upload", "read.bin"]],
    ),
]


@pytest.mark.parametrize(("tool", "board_id", "expected"), READS, ids=[tool for tool, _, _ in READS])
def test_what_was_read_back_is_compared_byte_for_byte(
    tool: str, board_id: str, expected: list[list[str]], bench: Bench, elves: dict[str, Path], tmp_path: Path
) -> None:
    board = load_board(board_id)
    pieces = pieces_of(elves[board_id], board)
    whole = flat(pieces)
    bench.holds(whole.data)
    assert put(tool, board, tmp_path, elves[board_id], read_back=True) == sum(len(piece.data) for piece in pieces)
    count = len(whole.data)
    facts = {
        "start": hex(whole.address),
        "start8": f"{whole.address:#010x}",
        "end": hex(whole.end),
        "count": count,
        "hex_count": hex(count),
    }
    assert bench.calls[1:] == [[word.format(**facts) for word in words] for words in expected]
    for word in ("leave", "-x"):
        assert word not in " ".join(bench.calls[0]), "the firmware must not start before it was read"


def test_one_wrong_byte_is_found_with_its_address_and_the_board_is_started_all_the_same(
    bench: Bench, elves: dict[str, Path], tmp_path: Path
) -> None:
    whole = flat(pieces_of(elves["pico"], PICO))
    wrong = bytearray(whole.data)
    wrong[5] ^= 1
    bench.holds(bytes(wrong))
    with pytest.raises(DeviceError, match="1 bytes in flash are not the image's, the first at 0x10000005"):
        put("picotool", PICO, tmp_path, elves["pico"], read_back=True)
    assert bench.calls[-1] == ["reboot"]


@pytest.mark.parametrize("length", [0, 3])
def test_a_file_that_is_too_short_or_not_there_is_no_proof(length: int, bench: Bench, elves: dict[str, Path], tmp_path: Path) -> None:
    whole = flat(pieces_of(elves["nucleo_f446re"], STM32))
    bench.holds(*([whole.data[:length]] if length else []))
    with pytest.raises(DeviceError, match=f"{length} bytes were read back"):
        put("st-flash", STM32, tmp_path, elves["nucleo_f446re"], read_back=True)


def test_what_lies_between_the_image_s_pieces_is_not_compared(bench: Bench, elves: dict[str, Path], tmp_path: Path) -> None:
    pieces = pieces_of(elves["nucleo_f446re"], STM32)
    assert len(pieces) == 2
    whole = bytearray(flat(pieces).data)
    gap = pieces[0].end - pieces[0].address
    assert pieces[1].address > pieces[0].end, "the initial values are aligned"
    whole[gap] = 0x12
    bench.holds(bytes(whole))
    assert put("st-flash", STM32, tmp_path, elves["nucleo_f446re"], read_back=True) > 0


def test_a_tool_that_fails_is_quoted(bench: Bench, elves: dict[str, Path], tmp_path: Path) -> None:
    (bench.folder / "exit code").write_text("3")
    with pytest.raises(DeviceError, match="openocd failed with exit code 3"):
        put("openocd", STM32, tmp_path, elves["nucleo_f446re"])


def test_an_image_for_somewhere_else_is_not_given_to_a_tool(bench: Bench, elves: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the image stores .* bytes at 0x10000000"):
        put("st-flash", STM32, tmp_path, elves["pico"])
    assert not (bench.folder / "calls").exists()


def test_the_drive_of_a_boot_loader_gets_the_file(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drives = {name: tmp_path / name for name in ("RPI-RP2", "RP2350", "stick")}
    for name, drive in drives.items():
        drive.mkdir()
        (drive / "INFO_UF2.TXT").write_text(f"UF2 Bootloader v2.0\nModel: x\nBoard-ID: {name}\n")
    (drives["stick"] / "INFO_UF2.TXT").unlink()
    monkeypatch.setattr(upload, "mounted_drives", lambda: tuple(drives.values()))
    project = project_of(PICO, tmp_path)
    with pytest.raises(ToolError, match=r"firmware\.uf2"):
        upload_project(project, PICO, UploadRequest("uf2"), "")
    elf_path(project).with_name("firmware.uf2").write_bytes(b"UF2 blocks")
    assert upload_project(project, PICO, UploadRequest("uf2"), "") == 0
    assert (drives["RPI-RP2"] / "firmware.uf2").read_bytes() == b"UF2 blocks"
    assert not (drives["RP2350"] / "firmware.uf2").exists()
    monkeypatch.setattr(upload, "mounted_drives", lambda: (drives["stick"],))
    with pytest.raises(DeviceError, match="no drives of boot loaders with the Board-ID RPI-RP2"):
        upload_project(project, PICO, UploadRequest("uf2"), "")


def test_requests_that_cannot_be_met_are_refused_with_what_can() -> None:
    with pytest.raises(UnknownNameError, match="unknown upload tool 'pyocdd'"):
        refuse_upload(UploadRequest("pyocdd"), STM32)
    with pytest.raises(InputError, match="esptool does not serve this board"):
        refuse_upload(UploadRequest("esptool"), STM32)
    with pytest.raises(InputError, match="does not serve") as emulated:
        refuse_upload(UploadRequest("openocd"), load_board("netduinoplus2"))
    assert emulated.value.expected == "no --tool: PlatformIO uploads"
    with pytest.raises(InputError, match="probe-rs cannot read the flash") as refused:
        refuse_upload(UploadRequest("probe-rs", read_back=True), STM32)
    assert refused.value.expected == "no --read-back, or --tool pyocd"
    with pytest.raises(InputError, match="--read-back without --tool"):
        refuse_upload(UploadRequest(read_back=True), STM32)


def test_a_tool_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="program 'st-flash' not found on PATH"):
        upload_project(project_of(STM32, tmp_path), STM32, UploadRequest("st-flash"), "")


def test_the_table_is_whole() -> None:
    assert set(CALLS) == {name for name, tool in UPLOAD_TOOLS.items() if tool.programs}
    assert {name for name, calls in CALLS.items() if calls.read} == {name for name, tool in UPLOAD_TOOLS.items() if tool.reads_back}
    for name in UPLOAD_TOOLS:
        assert any(name in upload_targets(board) for board in all_boards()), f"{name} serves no board"


def test_the_page_lists_the_tools_and_their_boards() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/how-to/uploading.md").read_text(encoding="utf-8")
    rows = {cells[1].strip(" `"): cells for line in page.splitlines() if line.startswith("| `") and (cells := line.split("|"))}
    assert list(rows) == list(UPLOAD_TOOLS)
    for name, tool in UPLOAD_TOOLS.items():
        assert rows[name][3].strip().startswith("yes" if tool.reads_back else "no"), name
        assert rows[name][4].strip() == ", ".join(f"`{board.id}`" for board in all_boards() if name in upload_targets(board)), name
