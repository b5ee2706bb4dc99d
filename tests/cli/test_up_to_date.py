"""Steps that are up to date say so and are skipped; anything that changed, or --force, does them again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import small_models
from tests.cli.in_process import succeed_here
from tests.cli.running import Outcome, succeed


def skipped(*words: object, run: Callable[..., Outcome] = succeed) -> bool:
    """Run it; True if it said that it was up to date, on paper and in JSON.

    In a process of its own: what was noted is known to other processes.  Only what starts TensorFlow is left to `succeed_here`.
    """
    outcome = run(*words, "--json", "result.json")
    said = f"{words[0]}: up to date, nothing to do (--force does it again)" in outcome.stdout
    assert said == json.loads(Path("result.json").read_text())["up_to_date"]
    return said


def test_generate_build_and_flash(tiny: Path, here: Path) -> None:
    generate = ("generate", tiny, "--board", "host", "-o", "p")
    assert not skipped(*generate)
    assert skipped(*generate)
    assert not skipped("build", "p")
    assert skipped("build", "p")
    assert not skipped("flash", "p")
    assert skipped("flash", "p")
    assert not skipped(*generate, "--force")
    assert skipped("build", "p"), "generating the same again changes nothing for the build"
    assert not skipped("build", "p", "--force")

    (here / "p/src/main.c").write_text((here / "p/src/main.c").read_text() + "/* touched */\n")
    assert not skipped("build", "p")
    assert not skipped("flash", "p")
    (here / "p/.pio/build/host/firmware.elf").unlink()
    assert not skipped("build", "p")
    tiny.write_bytes(small_models.fully_connected(seed=8))
    assert not skipped(*generate, "--force")  # without it the edited file would be kept, and said so
    assert not skipped(*generate[:-1], "q")
    assert not skipped("flash", "q"), "another project's image is on the board"
    assert not skipped("flash", "p")


def test_a_board_that_was_stopped_is_flashed_again(tiny: Path, boards: Path) -> None:
    from mcu_toolkit.device import Emulator

    succeed("generate", tiny, "--board", "host", "-o", "p")
    assert not skipped("flash", "p")
    assert skipped("flash", "p")
    Emulator("host", boards / "host").stop()
    assert not skipped("flash", "p")


def test_header(tiny: Path, here: Path) -> None:
    assert not skipped("header", tiny, "-o", "out")
    assert skipped("header", tiny, "-o", "out")
    assert not skipped("header", tiny, "-o", "out", "--section", ".rodata.models")
    (here / "out/model_data.h").unlink()
    assert not skipped("header", tiny, "-o", "out", "--section", ".rodata.models")


@pytest.mark.slow
def test_train_and_quantize(here: Path) -> None:
    train = ("train", "linear", "--epochs", "5", "-o", "t")
    assert not skipped(*train, run=succeed_here)
    first = json.loads((here / "result.json").read_text())
    assert skipped(*train)
    again = json.loads((here / "result.json").read_text())
    assert {**again, "up_to_date": False} == first
    assert not skipped(*train, "--seed", "1", run=succeed_here)
    quantize = ("quantize", "t/model.keras", "--data", "t/data.npz", "-o", "q.tflite")
    assert not skipped(*quantize, run=succeed_here)
    assert skipped(*quantize)
    assert not skipped(*quantize, "--scheme", "float32", run=succeed_here)
    (here / "q.tflite").write_bytes(b"something else")
    assert not skipped(*quantize, "--scheme", "float32", run=succeed_here)


@pytest.mark.slow
def test_deploy_skips_its_steps_but_never_the_proof(tiny: Path) -> None:
    words = ("deploy", tiny, "--board", "host", "-o", "out")
    assert "up to date" not in succeed(*words).stderr
    again = succeed(*words)
    assert again.stderr.count("up to date") == 3  # generating, building, flashing
    assert "running 10 samples" in again.stderr
    assert "up to date" not in succeed(*words, "--force").stderr
