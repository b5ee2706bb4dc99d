"""`mcu flash --tool`, with a fake tool: what is said and written, and what is refused before anything runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mcu_toolkit.build import upload
from mcu_toolkit.build.loadable import flat, pieces_of
from tests.build.test_upload import STM32, Bench, bench, elves
from tests.cli.in_process import mcu_here
from tests.cli.running import assert_refused

__all__ = ["bench", "elves"]


def test_an_image_is_put_there_read_back_and_reported(
    tiny: Path, here: Path, bench: Bench, elves: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mcu_here("generate", tiny, "--board", STM32.id, "-o", "p").exit_code == 0
    elf = here / "p/.pio/build" / STM32.id / "firmware.elf"
    monkeypatch.setattr(
        upload, "build_project", lambda project, board, on_line: elf.parent.mkdir(parents=True) or shutil.copyfile(elves[STM32.id], elf)
    )
    pieces = pieces_of(elves[STM32.id], STM32)
    bench.holds(flat(pieces).data)
    outcome = mcu_here("flash", "p", "--tool", "st-flash", "--read-back", "--json", "r.json")
    count = sum(len(piece.data) for piece in pieces)
    assert outcome.stdout.splitlines() == [
        "flashed: nucleo_f446re, serial port not known",
        f"read back by st-flash: {count} bytes, all of them the image's",
        "next: mcu verify p",
    ]
    result = json.loads((here / "r.json").read_text())
    assert (result["tool"], result["read_back_bytes"], result["port"]) == ("st-flash", count, "")
    assert [words[1] for words in bench.calls] == ["write", "read"]


def test_what_no_tool_can_do_is_refused(tiny: Path) -> None:
    assert mcu_here("generate", tiny, "--board", "host", "-o", "p").exit_code == 0
    message = "error: host: openocd does not serve this board\n  expected: no --tool: PlatformIO uploads"
    assert_refused(mcu_here("flash", "p", "--tool", "openocd"), 2, message)
    assert_refused(mcu_here("boards", "check", "host", "--tool", "openocd"), 2, message)
    message = "error: report.txt: is no name for a report\n  expected: a file whose name ends in .json\n  try: -o board-report.json"
    assert_refused(mcu_here("boards", "check", "host", "-o", "report.txt"), 2, message)
