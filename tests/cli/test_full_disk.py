"""Folders that cannot be written and disks that are full: a message, no half-written file, and nothing lost."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import small_models, trained_models
from tests.cli.running import COMMAND, assert_refused, leftovers, mcu, succeed, unprivileged
from tests.report.reports import report

LIMITED = ("sh", "-c", 'ulimit -f 8; exec "$@"', "sh")
"""No file larger than 8 blocks of 512 (dash) or 1024 bytes (bash): what a full disk looks like to one file."""


def disk(options: str) -> tuple[str, ...]:
    """A prefix: the command sees ./disk as a file system of its own (in a mount namespace), whose files are listed at the end."""
    script = f'mount -t tmpfs -o {options} none disk && "$@"; code=$?; find disk -type f -printf "%P\\n" | sort >&2; exit $code'
    prefix = ("unshare", "-m", "sh", "-c", script, "sh")
    Path("disk").mkdir()
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    return prefix


@pytest.fixture
def mounted() -> tuple[str, ...]:
    """./disk has 64 KiB."""
    return disk("size=64k")


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
    assert outcome.error.splitlines()[2:] == ["model_data.h"]  # what is on the disk: one file whole, the other not at all


NO_ROOM = "cannot be written: No space left on device\n  try: free space or choose another folder"
TRAINED = "SINE/model.keras --data SINE/data.npz"
FULL = {
    "train": ("20k", "train sine --epochs 1 -o disk/s", f"error: disk/s: {NO_ROOM}"),
    "quantize": ("4k", f"quantize {TRAINED} -o disk/m.tflite", f"error: disk/m.tflite: {NO_ROOM}"),
    "a comparison": ("0k,nr_inodes=1", "compare a.json a.json --json disk/c.json", f"error: disk/c.json: {NO_ROOM}"),
    "the outputs": ("0k,nr_inodes=1", "validate tiny.tflite --outputs disk/o.npz -q", f"error: disk/o.npz: {NO_ROOM}"),
    "the result": ("0k,nr_inodes=1", "inspect tiny.tflite --json disk/r.json", f"error: disk/r.json: {NO_ROOM}"),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", FULL)
def test_a_disk_that_is_full_leaves_no_half_of_a_result(what: str, tiny: Path, here: Path) -> None:
    size, words, message = FULL[what]
    Path("a.json").write_text(json.dumps(report()))
    sine = str(trained_models.trained("sine"))
    outcome = mcu(*words.replace("SINE", sine).split(), prefix=disk(f"size={size}"))
    assert_refused(outcome, 3, message.replace("SINE", sine))  # nothing after it: the disk is empty
    assert sorted(path.name for path in here.iterdir()) == ["a.json", "disk", "tiny.tflite"]


@pytest.mark.slow
def test_no_room_for_temporary_files_is_no_fault_of_the_model(here: Path) -> None:
    sine = trained_models.trained("sine")
    words = ("quantize", sine / "model.keras", "--data", sine / "data.npz", "-o", "m.tflite")
    outcome = mcu(*words, prefix=disk("size=4k"), env={"TMPDIR": str(here / "disk")})
    lines = outcome.error.splitlines()  # after the message: what is on the disk, which TensorFlow may have written to
    assert lines[0] == f"error: {sine}/model.keras: no room for temporary files: No space left on device"
    assert lines[1] == "  try: set TMPDIR to a folder with free space"
    assert outcome.exit_code == 3
    assert "Traceback" not in outcome.stderr
    assert [path.name for path in here.iterdir()] == ["disk"]


@pytest.mark.slow
def test_a_build_that_finds_no_room_says_so(tiny: Path, here: Path) -> None:
    """Generated and built on a disk with room for the sources only."""
    generate, build = ("generate", "tiny.tflite", "-b", "host", "-o", "disk/p"), ("build", "disk/p")
    steps = " && ".join(" ".join((*COMMAND, *words)) for words in (generate, build))
    done = subprocess.run([*disk("size=400k"), "sh", "-c", steps], capture_output=True, text=True, check=False)
    assert f"error: disk/p/.pio/mcu-build.log: {NO_ROOM}\n" in done.stderr
    assert done.returncode == 3
    assert "Traceback (most recent call last)" not in done.stderr
    assert "firmware.elf" not in done.stderr.splitlines()


READ_ONLY = "the file system is read-only\n  try: choose another output folder"
READ_ONLY_STEPS = {
    "header": ("header tiny.tflite -o disk", f"error: disk/model_data.h: cannot be written: {READ_ONLY}"),
    "generate": (
        "generate tiny.tflite -b host -o disk/p",
        "error: disk/p: folder cannot be made: Read-only file system\n  try: choose another folder",
    ),
    "deploy": (
        "deploy tiny.tflite -b host -o disk/d",
        "error: disk/d: folder cannot be made: Read-only file system\n  try: choose another folder",
    ),
    "compare": ("compare a.json a.json --junit disk/c.xml", f"error: disk/c.xml: cannot be written: {READ_ONLY}"),
}


@pytest.mark.parametrize("what", READ_ONLY_STEPS)
def test_a_file_system_that_is_read_only(what: str, tiny: Path) -> None:
    Path("a.json").write_text(json.dumps(report()))
    words, message = READ_ONLY_STEPS[what]
    outcome = mcu(*words.split(), prefix=disk("ro"))
    assert_refused(outcome, 2, message)


@pytest.mark.parametrize("words", [("generate", "-b", "host", "-o", "out"), ("header", "-o", "out")])
def test_a_file_that_finds_no_room(words: tuple[str, ...], here: Path) -> None:
    (here / "large.tflite").write_bytes(small_models.fully_connected(inputs=200, outputs=200))
    outcome = mcu(words[0], "large.tflite", *words[1:], prefix=LIMITED)
    stopped_at = {"generate": "mcu-project.json", "header": "model_data.cc"}[words[0]]
    assert outcome.error == f"error: out/{stopped_at}: cannot be written: File too large\n  try: free space or choose another folder"
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
