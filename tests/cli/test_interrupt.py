"""Ctrl-C in every step: exit code 130, nothing half done, no emulator left behind, and the same command then succeeds."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests import small_models, trained_models
from tests.cli.in_process import succeed_here
from tests.cli.running import at_work_below, children_left_by, gone_after, interrupt, leftovers, started, succeed, wait_for_line

pytestmark = pytest.mark.slow
MESSAGE = "interrupted: what was finished is kept; the same command goes on from there"

MODEL = small_models.fully_connected(inputs=300, outputs=300)
"""Large enough that writing its C takes a moment."""


def broken_off(words: tuple[object, ...], marker: str, delay_s: float, boards: Path) -> None:
    """Run `mcu WORDS`, press Ctrl-C `delay_s` after `marker` appeared, and check what is left."""
    with started(*words) as child:
        seen = wait_for_line(child, marker)
        time.sleep(delay_s)
        assert child.poll() is None, f"it ended before it could be interrupted: {seen}"
        rest = interrupt(child)
    assert child.returncode == 130, seen + rest
    assert MESSAGE in rest
    assert "Traceback" not in seen + rest
    assert leftovers(Path.cwd()) == []
    assert gone_after(str(boards)) == []
    assert children_left_by(child, Path.cwd()) == []


@pytest.mark.parametrize("delay_s", [pytest.param(0.0, marks=pytest.mark.nightly), 3.0])
def test_train(delay_s: float, here: Path, boards: Path) -> None:
    words = ("train", "sine", "--epochs", "60", "-o", "out")
    broken_off(words, "-- training", delay_s, boards)
    assert not (here / "out" / "training.json").exists()
    succeed_here(*words)


@pytest.mark.parametrize("delay_s", [pytest.param(0.0, marks=pytest.mark.nightly), 2.5])
def test_quantize(delay_s: float, here: Path, boards: Path) -> None:
    source = trained_models.trained("digits")
    words = ("quantize", source / "model.keras", "--data", source / "data.npz", "-o", "out/q.tflite")
    broken_off(words, "-- quantizing", delay_s, boards)
    assert not list(here.glob("out/q.tflite*"))
    succeed_here(*words)


def test_validate(tiny: Path, boards: Path) -> None:
    words = ("validate", tiny, "--random", "100000")
    broken_off(words, "-- validating", 0.0, boards)
    succeed("validate", tiny)


@pytest.mark.parametrize("words", [("header",), ("generate", "--board", "host", "--runtime", "aot")])
def test_generated_code(words: tuple[str, ...], here: Path, boards: Path) -> None:
    (here / "m.tflite").write_bytes(small_models.fully_connected(inputs=2000, outputs=1000))
    whole = (words[0], "m.tflite", *words[1:], "-o", "out")
    broken_off(whole, "-- ", 0.0, boards)
    succeed(*whole)


@pytest.mark.parametrize("delay_s", [0.0, 0.8])
def test_build(delay_s: float, tiny: Path, boards: Path) -> None:
    succeed("generate", tiny, "--board", "netduinoplus2", "--runtime", "aot", "-o", "p")
    broken_off(("build", "p"), "-- building", delay_s, boards)
    succeed("build", "p")


@pytest.mark.parametrize("delay_s", [pytest.param(0.0, marks=pytest.mark.nightly), 0.6, pytest.param(1.2, marks=pytest.mark.nightly)])
def test_flash_leaves_no_emulator_that_did_not_run_before(delay_s: float, tiny: Path, boards: Path) -> None:
    succeed("generate", tiny, "--board", "netduinoplus2", "--runtime", "aot", "-o", "p")
    succeed("build", "p")
    with started("flash", "p") as child:
        wait_for_line(child, "-- flashing")
        time.sleep(delay_s)
        rest = interrupt(child)
    assert "Traceback" not in rest
    if child.returncode == 130:
        assert gone_after(str(boards)) == []
        assert children_left_by(child, Path.cwd()) == []
    else:  # it was faster than we
        assert child.returncode == 0
    succeed("flash", "p")
    succeed("verify", "p")


@pytest.mark.parametrize("board", ["host", "netduinoplus2"])
def test_verify_leaves_the_board_running(board: str, tiny: Path, boards: Path) -> None:
    succeed("generate", tiny, "--board", board, "--runtime", "aot", "-o", "p")
    succeed("flash", "p")
    running = at_work_below(Path.cwd())
    with started("verify", "p", "--random", "100000") as child:
        wait_for_line(child, "-- running")
        rest = interrupt(child)
    assert child.returncode == 130
    assert MESSAGE in rest
    assert "Traceback" not in rest
    assert children_left_by(child, Path.cwd(), other_than=running) == []
    succeed("verify", "p")  # the board is still there, and no longer in use


def test_monitor(tiny: Path, here: Path) -> None:
    succeed("generate", tiny, "--board", "host", "-o", "p")
    succeed("flash", "p")
    running = at_work_below(here)
    with started("monitor", "--board", "host", "--json", "r.json") as child:
        wait_for_line(child, "-- listening")
        time.sleep(0.5)
        rest = interrupt(child)
    assert child.returncode == 130
    assert children_left_by(child, here, other_than=running) == []
    assert "Traceback" not in rest
    assert '"interrupted": true' in (here / "r.json").read_text()  # what was seen until then is kept


@pytest.mark.parametrize("marker", ["-- validating", "-- building", "-- flashing", "-- running"])
def test_deploy(marker: str, tiny: Path, here: Path, boards: Path) -> None:
    words = ("deploy", tiny, "--board", "netduinoplus2", "--runtime", "aot", "-o", "out", "--random", "20000")
    broken_off(words, marker, 0.0, boards)
    assert not (here / "out" / "report.json").exists()
    outcome = succeed(*words[:-2], "--random", "5")
    assert "verdict: pass" in outcome.stdout


@pytest.mark.nightly
def test_demo_goes_on_from_where_it_was_broken_off(here: Path, boards: Path) -> None:
    words = ("demo", "-o", "out", "--board", "host")
    broken_off(words, "-- training", 0.0, boards)
    assert not (here / "out/digits/training.json").exists()
    broken_off(words, "-- quantizing", 0.0, boards)
    trained = (here / "out/digits/training.json").stat().st_mtime_ns
    broken_off(words, "-- running", 0.0, boards)
    assert not (here / "out/report.json").exists()
    outcome = succeed(*words)
    assert "verdict: pass" in outcome.stdout
    assert outcome.stderr.count("up to date") >= 4, "training, quantizing, generating and building were not done again"
    assert (here / "out/digits/training.json").stat().st_mtime_ns == trained


def test_deploy_on_a_board_that_ran_before_leaves_it_running(tiny: Path, here: Path, boards: Path) -> None:
    words = ("deploy", tiny, "--board", "host", "-o", "out")
    succeed(*words)
    running = at_work_below(here)
    with started(*words, "--random", "100000") as child:
        wait_for_line(child, "-- running")
        interrupt(child)
    assert child.returncode == 130
    assert children_left_by(child, here, other_than=running) == []
    succeed("verify", "out")
