"""Two commands on one folder or one board do not mix: the second says who holds it."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.workspace.locks import emulated_board_in_use
from tests.cli.running import assert_refused, interrupt, mcu, started, succeed, wait_for_line


@pytest.fixture
def project(tiny: Path) -> str:
    """A project for board `host`, flashed."""
    succeed("generate", tiny, "--board", "host", "-o", "p")
    succeed("flash", "p")
    return "p"


def test_a_board_in_use_is_named_with_its_user(project: str) -> None:
    with started("monitor", "--board", "host") as holder:
        wait_for_line(holder, "-- listening")
        message = (
            f"error: host: the board is in use by process {holder.pid}: mcu monitor --board host\n"
            "  expected: one command at a time on a board\n  try: wait for that command to end, or stop it"
        )
        assert_refused(mcu("verify", project), 3, message)
        assert_refused(mcu("flash", project, "--force"), 3, message)
        interrupt(holder)
    succeed("verify", project)


def test_a_folder_in_use_is_named_with_its_user(here: Path) -> None:
    words = ("train", "sine", "-o", "out")
    with started(*words) as holder:
        wait_for_line(holder, "-- training")
        outcome = mcu(*words)
        assert holder.poll() is None, "the first command was too fast for this test"
        message = (
            f"error: {here}/out: the folder is in use by process {holder.pid}: mcu train sine -o out\n"
            "  expected: one command at a time on a folder\n  try: wait for that command to end, or stop it"
        )
        assert_refused(outcome, 3, message)
        interrupt(holder)


def test_a_board_in_use_is_json_too_and_nothing_of_the_gate_is_written(project: str, here: Path) -> None:
    with started("monitor", "--board", "host") as holder:
        wait_for_line(holder, "-- listening")
        words = ("verify", project, "--limit", "flash=1M", "--outputs", "o.npz", "--json", "-", "-q")
        outcome = mcu(*words)
        interrupt(holder)
    found = json.loads(outcome.stdout)
    assert (outcome.exit_code, found["exit_code"], found["verdict"], found["on"]) == (3, 3, "error", "host")
    assert found["message"].startswith(f"the board is in use by process {holder.pid}: mcu monitor")
    assert not (here / "o.npz").exists()


def test_a_holder_that_was_killed_holds_nothing(project: str) -> None:
    with started("monitor", "--board", "host") as holder:
        wait_for_line(holder, "-- listening")
        holder.kill()
        holder.wait()
        succeed("verify", project)


def test_a_port_is_in_use_under_whatever_name(project: str, here: Path, boards: Path) -> None:
    (here / "link").symlink_to(boards / "host" / "tty")
    with started("monitor", "--board", "netduinoplus2", "--port", str(boards / "host" / "tty")) as holder:
        wait_for_line(holder, "-- listening")
        outcome = mcu("verify", "tiny.tflite", "--board", "stm32vldiscovery", "--port", "link")
        assert re.match(rf"error: link: the port is in use by process {holder.pid}: mcu monitor", outcome.error)
        assert outcome.exit_code == 3
        interrupt(holder)


@pytest.mark.parametrize("planted", ["folder link", "folder of another", "holder link"])
def test_what_somebody_planted_where_locks_belong_is_neither_used_nor_overwritten(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(tempfile.mkdtemp(prefix="mcu-"))
    monkeypatch.setenv("MCU_STATE_DIR", "/proc/none")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    locks, victim = folder / f"mcu-toolkit-{os.getuid()}-locks", folder / "victim"
    victim.mkdir()
    kept = victim / "kept"
    kept.write_text("kept")
    if planted == "folder link":
        locks.symlink_to(victim)
    elif planted == "holder link":
        locks.mkdir(0o700)
        (locks / "board-x.holder").symlink_to(kept)
    elif os.geteuid() == 0:
        locks.mkdir()
        os.chown(locks, 65534, 65534)
    else:
        pytest.skip("only root can give folders away")
    try:
        if planted == "holder link":
            with emulated_board_in_use("x"):
                assert stat.S_IMODE((locks / "board-x.lock").stat().st_mode) == 0o600
        else:
            with pytest.raises(InputError, match=r"is a link|belongs to another user"), emulated_board_in_use("x"):
                pass
        assert kept.read_text() == "kept"
        assert [path.name for path in victim.iterdir()] == ["kept"]
    finally:
        shutil.rmtree(folder)


def test_locks_are_for_their_user_alone(project: str, boards: Path) -> None:
    modes = {path.relative_to(boards).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in boards.rglob("*") if not path.is_symlink()}
    assert modes["locks"] == modes["host"] == 0o700
    assert {mode & 0o077 for name, mode in modes.items() if name.endswith("lock")} == {0}
    assert stat.S_IMODE(Path(project, ".pio/mcu.lock").stat().st_mode) == 0o600
