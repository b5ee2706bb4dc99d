"""`mcu flash` records only boards that took an image; `mcu verify PROJECT` accepts only the image of that project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused


@pytest.mark.parametrize("port", ["/dev/ttyACM7", "/dev/null", "socket://127.0.0.1:9", "COM3"])
def test_an_emulated_board_is_not_flashed_at_a_port_that_is_not_its_own(port: str, tiny: Path, boards: Path) -> None:
    succeed_here("generate", tiny, "--board", "host", "-o", "p")
    outcome = mcu_here("flash", "p", "--port", port)
    message = (
        f"error: host: an emulated board has its own serial port, not {port}\n  expected: no --port, or {boards}/host/tty\n"
        "  try: the board at this port needs its own firmware: mcu generate --board ..."
    )
    assert_refused(outcome, 2, message)
    assert not (boards / "host").exists(), "nothing was started"
    assert_refused(mcu_here("deploy", tiny, "--board", "host", "--port", port, "-o", "out"), 2, message)


def test_a_real_board_is_not_flashed_at_a_port_that_is_absent(tiny: Path) -> None:
    succeed_here("generate", tiny, "--board", "nucleo_f446re", "--runtime", "aot", "-o", "p")
    message = "error: /dev/ttyACM77: the port is absent: no such device\n  try: plug the board in, or list the ports there are: mcu doctor"
    assert_refused(mcu_here("flash", "p", "--port", "/dev/ttyACM77"), 3, message)


def test_an_emulated_board_may_be_told_its_own_port(tiny: Path, boards: Path) -> None:
    succeed_here("generate", tiny, "--board", "host", "-o", "p")
    succeed_here("flash", "p")
    assert f"serial port {boards}/host/tty" in succeed_here("flash", "p", "--port", boards / "host/tty").stdout


def test_a_project_that_was_never_built_is_not_verified_by_what_another_one_put_on_the_board(tiny: Path, here: Path) -> None:
    succeed_here("generate", tiny, "--board", "host", "-o", "a")
    succeed_here("flash", "a")
    succeed_here("generate", tiny, "--board", "host", "-o", "b")
    outcome = mcu_here("verify", "b", "--json", "r.json")
    assert outcome.exit_code == 3
    assert "the project was never built, so no board runs its image" in outcome.stderr
    assert "mcu flash b" in outcome.stderr
    assert "pass" not in outcome.stdout


def test_a_project_is_not_verified_by_the_image_of_another_one_with_the_same_model(tiny: Path, here: Path) -> None:
    succeed_here("generate", tiny, "--board", "host", "-o", "a")
    succeed_here("flash", "a")
    succeed_here("generate", tiny, "--board", "host", "--optimize", "size", "-o", "b")
    succeed_here("build", "b")
    outcome = mcu_here("verify", "b")
    assert outcome.exit_code == 3
    assert "the board runs another image: build " in outcome.stderr
    succeed_here("verify", "a", "--json", "a.json")
    succeed_here("flash", "b")
    shown = succeed_here("verify", "b", "--json", "b.json").stdout
    ids = [json.loads(Path(name).read_text())["build_id"] for name in ("a.json", "b.json")]
    assert ids[0] != ids[1]
    assert f"build {ids[0]}" in outcome.stderr, "what runs"
    assert f"build {ids[1]}" in outcome.stderr, "what was expected"
    assert f"aot runtime, build {ids[1]}\n" in shown


def test_a_file_that_was_changed_since_the_board_was_flashed_is_noticed(tiny: Path, here: Path) -> None:
    succeed_here("generate", tiny, "--board", "host", "--app", "-o", "p")
    succeed_here("flash", "p")
    succeed_here("verify", "p")
    app = here / "p/src/app.c"
    app.write_text(app.read_text() + "/* changed */\n")
    assert "the board runs another image" in mcu_here("verify", "p").stderr
    succeed_here("flash", "p")
    succeed_here("verify", "p")


def test_a_model_file_is_verified_with_whatever_image_has_it_and_that_is_named(tiny: Path) -> None:
    succeed_here("deploy", tiny, "--board", "host", "-o", "out", "--json", "deployed.json")
    succeed_here("verify", tiny, "--board", "host", "--json", "verified.json")
    ids = [json.loads(Path(name).read_text())["build_id"] for name in ("deployed.json", "verified.json")]
    assert ids[0] == ids[1]
