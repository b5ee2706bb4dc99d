"""A board file that has programs of its own run is refused until the user has trusted it, as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import all_boards, load_board
from mcu_toolkit.boards.trust import own_programs
from mcu_toolkit.boards.write import render_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.resources import boards_dir
from tests.boards.test_deploy_everywhere import MADE_UP
from tests.cli.running import mcu, succeed


def test_no_shipped_board_needs_trust() -> None:
    assert [board.id for board in all_boards() if any(own_programs(board))] == []


@pytest.mark.parametrize("board_id", [board.id for board in all_boards()])
def test_a_copy_of_a_shipped_board_needs_none(board_id: str, here: Path) -> None:
    (here / f"{board_id}.toml").write_text(render_board(load_board(board_id)), encoding="utf-8")
    assert load_board(f"{board_id}.toml").id == board_id


OPTIONS = {
    "extra_scripts": "pre:run.py", "upload_command": "touch PLANTED", "upload_protocol": "custom", "build_flags": "!touch PLANTED",
    "build_src_flags": "-fplugin=x.so", "build_unflags": "!touch PLANTED", "lib_deps": "https://example.org/x", "lib_extra_dirs": "/tmp",
    "platform_packages": "toolchain@https://example.org/x", "debug_server": "sh", "debug_tool": "custom", "test_testing_command": "sh",
    "board_build.ldscript": "/tmp/x.ld", "custom_small_sources": "x", "extends": "env:x", "monitor_filters": "x", "upload_flags": "-x",
    "check_tool": "x", "src_build_flags": "!id", "unknown_option_of_tomorrow": "x",
}  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_of_platformio_that_is_not_known_to_be_harmless_needs_trust(option: str, here: Path) -> None:
    text = MADE_UP.replace('board = "my_board" }', f'board = "mine", options = {{ "{option}" = "{OPTIONS[option]}" }} }}')
    (here / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_board("mine.toml")
    assert f"platformio.options.{option} = {OPTIONS[option]!r}" in refused.value.what
    assert refused.value.hint == "read it, then: mcu boards trust mine.toml"


KEYS = {
    "program": ('program = "qemu-system-arm"', 'program = "./evil"', "emulator.program = './evil'"),
    "machine": ('machine = "mps2-an511"', 'machine = "mps2-an511,firmware=/etc/passwd"', "emulator.machine"),
    "words": ("icount_shift = 8", 'icount_shift = 8, extra_arguments = ["-plugin", "x.so"]', "emulator.extra_arguments = '-plugin x.so'"),
    "platform": ('platform = "mcu_toolkit"', 'platform = "https://example.org/p.git"', "platformio.platform"),
    "local": ('platform = "mcu_toolkit"', 'platform = "symlink:///tmp/p"', "platformio.platform"),
    "stranger's": ('platform = "mcu_toolkit"', 'platform = "somebody/ststm32@1.0.0"', "platformio.platform"),
    "framework": ('board = "my_board"', 'board = "my_board", framework = "evil"', "platformio.framework"),
    "library": ('default_runtime = "aot"', 'default_runtime = "aot"\ntflm_library = "https://example.org/l"', "tflm_library"),
}


@pytest.mark.parametrize("case", KEYS)
def test_every_key_that_decides_what_is_run_needs_trust(case: str, here: Path) -> None:
    before, after, shown = KEYS[case]
    assert before in MADE_UP
    (here / "my_board.toml").write_text(MADE_UP.replace(before, after), encoding="utf-8")
    with pytest.raises(InputError, match="is not trusted yet") as refused:
        load_board("my_board.toml")
    assert shown in refused.value.what


def test_trust_holds_for_the_file_as_it_is_and_for_copies_of_it(tiny: Path, here: Path) -> None:
    program = here / "emulator"
    text = (boards_dir() / "netduinoplus2.toml").read_text(encoding="utf-8").replace('"qemu-system-arm"', f'"{program}"')
    program.write_text('#!/bin/sh\ntouch planted\nexec qemu-system-arm "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (here / "mine.toml").write_text(text.replace('board = "netduinoplus2"', 'board = "mine"'), encoding="utf-8")
    refused = mcu("deploy", tiny, "--board", "mine.toml", "-o", "out")
    assert (refused.exit_code, "not trusted" in refused.error, (here / "out").exists()) == (2, True, False)
    assert str(program) in succeed("boards", "show", "mine.toml").stdout, "it can be read before it is trusted"
    assert f"emulator.program = '{program}'" in succeed("boards", "trust", "mine.toml").stdout
    succeed("deploy", tiny, "--board", "mine.toml", "-o", "out", "--random", "2")
    succeed("verify", "out")  # with the project's own copy
    with (here / "mine.toml").open("a", encoding="utf-8") as stream:
        stream.write("# changed\n")
    assert "not trusted" in mcu("inspect", tiny, "--board", "mine.toml").error


def test_a_project_of_a_stranger_brings_its_board_but_not_its_trust(tiny: Path, here: Path) -> None:
    (here / "my_board.toml").write_text(MADE_UP, encoding="utf-8")
    succeed("generate", tiny, "--board", "my_board.toml", "-o", "p")
    (here / "p/board/my_board.toml").write_text(MADE_UP.replace('program = "qemu-system-arm"', 'program = "./evil"'), encoding="utf-8")
    for words in (("flash", "p"), ("build", "p"), ("verify", "p"), ("deploy", "p"), ("bench", "p")):
        outcome = mcu(*words)
        assert (outcome.exit_code, "is not trusted yet" in outcome.error) == (2, True), (words, outcome.stderr)


def test_trust_that_another_user_could_have_written_down_counts_for_nothing(tiny: Path, here: Path, boards: Path) -> None:
    (here / "my_board.toml").write_text(MADE_UP.replace('program = "qemu-system-arm"', 'program = "./evil"'), encoding="utf-8")
    succeed("boards", "trust", "my_board.toml")
    assert "not trusted" not in mcu("inspect", tiny, "--board", "my_board.toml").error
    (boards / "trusted-boards").chmod(0o666)
    assert "not trusted" in mcu("inspect", tiny, "--board", "my_board.toml").error
