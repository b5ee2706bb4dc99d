"""Folders that cannot be written and disks that are full: a message, no half-written file, and nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import small_models
from tests.cli.running import assert_refused, leftovers, mcu, succeed

NOBODY = 65534
root_only = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to mount or to run as somebody else")
LIMITED = ("sh", "-c", 'ulimit -f 8; exec "$@"', "sh")
"""No file larger than 8 blocks of 512 (dash) or 1024 bytes (bash): what a full disk looks like to one file."""


@pytest.fixture
def mounted() -> tuple[str, ...]:
    """A prefix: the command sees ./disk as a file system of 64 KiB (in a mount namespace of its own)."""
    prefix = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=64k none disk && "$@"; code=$?; ls -A disk >&2; exit $code', "sh")
    Path("disk").mkdir()
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    return prefix


@pytest.fixture
def somebody(tiny: Path, here: Path) -> Iterator[Path]:
    """A folder with the model and a folder `locked` in it, for a user who may write only the first."""
    home = Path(tempfile.mkdtemp(prefix="mcu-home-"))
    shutil.copy(here / tiny, home)
    (home / "locked").mkdir()
    home.chmod(0o755)
    os.chown(home, NOBODY, NOBODY)
    yield home
    shutil.rmtree(home)


@root_only
@pytest.mark.parametrize(
    "words", [("generate", "tiny.tflite", "-b", "host"), ("header", "tiny.tflite"), ("train", "linear", "--epochs", "1")]
)
def test_an_output_folder_that_may_not_be_written(words: tuple[str, ...], somebody: Path) -> None:
    env = {"HOME": str(somebody), "MCU_STATE_DIR": str(somebody / "state"), "MCU_CACHE_DIR": str(somebody / "cache")}
    outcome = mcu(*words, "-o", "locked", user=NOBODY, env=env, cwd=somebody)
    assert "permission denied" in outcome.error.lower()
    assert outcome.error.startswith("error: locked")
    assert outcome.error.endswith("try: choose another output folder") or outcome.error.endswith("try: choose another folder")
    assert outcome.exit_code == 2
    assert "Traceback" not in outcome.stderr
    assert not list((somebody / "locked").iterdir())


def test_a_disk_that_is_full_while_a_header_is_written(tiny: Path, here: Path, mounted: tuple[str, ...]) -> None:
    (here / "large.tflite").write_bytes(small_models.fully_connected(inputs=200, outputs=200))
    outcome = mcu("header", "large.tflite", "-o", "disk", prefix=mounted)
    assert outcome.error.startswith(
        "error: disk/model_data.cc: cannot be written: No space left on device\n  try: free space or choose another folder"
    )
    assert outcome.exit_code == 3
    assert "Traceback" not in outcome.stderr
    assert outcome.error.splitlines()[2:] == ["model_data.h"]  # `ls` after the command: one file whole, the other not at all


@pytest.mark.parametrize("words", [("generate", "-b", "host", "-o", "out"), ("header", "-o", "out")])
def test_a_file_that_finds_no_room(words: tuple[str, ...], here: Path) -> None:
    (here / "large.tflite").write_bytes(small_models.fully_connected(inputs=200, outputs=200))
    outcome = mcu(words[0], "large.tflite", *words[1:], prefix=LIMITED)
    assert "cannot be written: File too large\n  try: free space or choose another folder" in outcome.error
    assert outcome.exit_code == 3
    assert "Traceback" not in outcome.stderr
    assert leftovers(here) == []
    succeed(words[0], "large.tflite", *words[1:])


def test_what_was_there_before_stays_when_the_disk_is_full(tiny: Path, here: Path) -> None:
    succeed("header", tiny, "-o", "out")
    before = (here / "out/model_data.cc").read_bytes()
    (here / "large.tflite").write_bytes(small_models.fully_connected(inputs=200, outputs=200))
    assert mcu("header", "large.tflite", "-o", "out", prefix=LIMITED).exit_code == 3
    assert (here / "out/model_data.cc").read_bytes() == before
    assert leftovers(here) == []


def test_a_result_that_cannot_be_written_is_said(tiny: Path, here: Path) -> None:
    (here / "file").write_text("")
    message = "error: file: is not a folder\n  expected: a folder, or a name that is free"
    outcome = mcu("inspect", tiny, "--json", "file/r.json")
    assert_refused(outcome, 2, message)
