"""SIGKILL of `mcu`: what it had started ends as well; a board in use is not taken away by `mcu boards stop`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.running import assert_refused, children_left_by, interrupt, mcu, processes_naming, started, succeed, wait_for_line


@pytest.mark.parametrize("words", [("build", "p"), ("flash", "p")])
def test_a_build_ends_with_the_command_that_was_killed(words: tuple[str, ...], tiny: Path, here: Path) -> None:
    succeed("generate", tiny, "--board", "host", "-o", "p")
    with started(*words) as killed:
        wait_for_line(killed, "-- ")
        deadline_s = time.monotonic() + 60
        while not any("platformio" in line and " p" in line for line in processes_naming("platformio run -d")):
            assert time.monotonic() < deadline_s, "PlatformIO did not begin"
            assert killed.poll() is None, "the build was too fast for this test"
            time.sleep(0.01)
        killed.kill()
        killed.wait()
        assert children_left_by(killed, here, patience_s=20) == []
    succeed("build", "p")


def test_stop_respects_a_command_that_uses_the_board_unless_forced(tiny: Path, here: Path) -> None:
    succeed("deploy", tiny, "--board", "host", "-o", "out", "--random", "2")
    with started("monitor", "--board", "host") as holder:
        wait_for_line(holder, "-- listening")
        message = (
            f"error: host: the board is in use by process {holder.pid}: mcu monitor --board host\n"
            "  expected: one command at a time on a board\n"
            "  try: wait for that command to end; or mcu boards stop host --force, which interrupts it"
        )
        assert_refused(mcu("boards", "stop", "host"), 3, message)
        assert_refused(mcu("boards", "stop"), 3, message)
        assert holder.poll() is None
        assert succeed("boards", "stop", "host", "--force").stdout == "stopped: host\n"
        interrupt(holder)
    succeed("flash", "out")
    assert succeed("boards", "stop").stdout == "stopped: host\n"


def test_a_deployment_that_is_killed_leaves_no_half_of_its_outputs(tiny: Path, here: Path) -> None:
    (here / "r.json").write_text("{}")
    words = (
        "deploy",
        tiny,
        "--board",
        "host",
        "-o",
        "out",
        "--random",
        "20000",
        "--outputs",
        "o.npz",
        "--json",
        "r.json",
        "--limit",
        "flash=1M",
    )
    with started(*words) as killed:
        wait_for_line(killed, "-- running")
        killed.kill()
        killed.wait()
        children_left_by(killed, here, patience_s=20)
    assert not (here / "o.npz").exists()
    assert [path.name for path in here.iterdir() if path.name.startswith(".")] == []
    assert (here / "r.json").read_text() == "{}", "a kill leaves no time to say anything"
    outcome = succeed("deploy", tiny, "--board", "host", "-o", "out", "--random", "3", "--outputs", "o.npz", "--json", "r.json", "-q")
    assert "written   o.npz" in outcome.stdout
    assert json.loads((here / "r.json").read_text())["files"] == ["o.npz"]
