"""Folders that cannot be written and disks that are full: a message, no half-written file, and nothing lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import small_models
from tests.cli.running import assert_refused, leftovers, mcu, succeed, unprivileged

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


LOCKED = {
    "generate": (
        ("-b", "host", "tiny.tflite"),
        "error: locked/mcu-project.json: cannot be written: permission denied\n  try: choose another output folder",
    ),
    "header": (
        ("tiny.tflite",),
        "error: locked/model_data.h: cannot be written: permission denied\n  try: choose another output folder",
    ),
    "train": (
        ("linear", "--epochs", "1"),
        "error: locked: folder cannot be written: Permission denied\n  try: choose another folder",
    ),
}


@pytest.mark.parametrize("command", LOCKED)
def test_an_output_folder_that_may_not_be_written(command: str, tiny: Path, here: Path) -> None:
    (here / "locked").mkdir(mode=0o555)
    words, message = LOCKED[command]
    assert_refused(mcu(command, *words, "-o", "locked", prefix=unprivileged()), 2, message)
    assert not list((here / "locked").iterdir())


def test_an_output_folder_that_may_not_be_made(tiny: Path, here: Path) -> None:
    (here / "locked").mkdir(mode=0o555)
    message = "error: locked/new: folder cannot be made: Permission denied\n  try: choose another folder"
    assert_refused(mcu("header", tiny, "-o", "locked/new", prefix=unprivileged()), 2, message)


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
