"""Damaged files of every kind through the whole command line: an answer or a message, never a trace, never a control character."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import METADATA_NAME
from mcu_toolkit.model.metadata import with_metadata
from tests import small_models
from tests.boards.test_deploy_everywhere import MADE_UP
from tests.cli.in_process import assert_answered, mcu_here
from tests.fuzzing import Fuzzing

LONGEST_S = 20.0
_LABELS = {"schema_version": 1, "preprocessing": {"raw_dtype": "uint8", "scale": [0.5], "labels": ["a", "b", "c", "d"]}}
_ODD = (
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"\x00",
    b"[" * 3000,
    b"9" * 5000,
    b'"',
    b"{",
    b"]",
    b"\xff\xfe",
    b"../",
    b"1e999",
    b"-",
)


def _contents() -> dict[str, bytes]:
    """A good file of every kind that a command reads."""
    content = io.BytesIO()
    np.savez(content, x=np.ones((3, 6), np.float32), y=np.zeros(3, np.int64))
    return {
        "m.tflite": with_metadata(small_models.fully_connected(softmax=True), METADATA_NAME, json.dumps(_LABELS).encode()),
        "d.npz": content.getvalue(),
        "d.csv": b"1,2,3,4,5,6,0\n" * 3,
        "my_board.toml": MADE_UP.encode(),
        "mcu.toml": b'[defaults]\nboard = "host"\n[bench]\nrandom = 3\n[inspect]\njson = "r.json"\n',
        "labels.txt": b"one\ntwo\nthree\nfour\n",
        "manifest.json": json.dumps({"build": {"mcu": "stm32f411ceu6"}, "upload": {"maximum_size": 1, "maximum_ram_size": 1}}).encode(),
    }


_COMMANDS = (
    ("inspect", "m.tflite"),
    ("inspect", "m.tflite", "--board", "my_board.toml"),
    ("inspect", "p"),
    ("fit", "m.tflite", "--board", "netduinoplus2"),
    ("header", "m.tflite", "-o", "h"),
    ("generate", "m.tflite", "--board", "netduinoplus2", "-o", "q", "--force"),
    ("generate", "m.tflite", "--board", "my_board.toml", "-o", "q", "--force"),
    ("generate", "m.tflite", "--app", "arduino", "--labels", "labels.txt", "--data", "d.npz", "-o", "a", "--force"),
    ("boards", "show", "my_board.toml"),
    ("boards", "trust", "my_board.toml"),
    ("boards", "new", "n", "--from-platformio", "manifest.json", "--force"),
    ("runtimes",),
)


def fuzz(count: int, seed: int, folder: Path) -> float:
    """Damage one file at a time and run a command that may read it; returns the seconds of the longest."""
    chance = random.Random(seed)
    os.chdir(folder)
    good = _contents()
    longest_s = 0.0
    for name, content in good.items():
        Path(name).write_bytes(content)
    made = mcu_here("generate", "m.tflite", "--board", "host", "-o", "p")
    assert made.exit_code == 0, made.stderr
    project = {path: path.read_bytes() for path in Path("p").rglob("*") if path.suffix in (".json", ".tflite", ".ini")}
    every = {**{Path(name): content for name, content in good.items()}, **project}
    for _ in range(count):
        path = chance.choice(list(every))
        path.write_bytes(_damaged(every[path], chance))
        words = chance.choice(_COMMANDS)
        begun_s = time.process_time()
        try:
            assert_answered(mcu_here(*words))
        except AssertionError as error:
            raise AssertionError(f"{words} with {path} = {path.read_bytes()[:2000]!r}: {error}") from error
        longest_s = max(longest_s, time.process_time() - begun_s)
        path.write_bytes(every[path])
        for output in ("q", "a", "h"):
            shutil.rmtree(output, ignore_errors=True)
    return longest_s


def _damaged(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        position = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0 and position < len(data):
            data[position] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[position : position + chance.randrange(1, 40)]
        elif kind == 2:
            data[position:position] = chance.choice(_ODD)
        elif kind == 3:
            start = chance.randrange(len(data) + 1)
            data[position:position] = data[start : start + chance.randrange(1, 80)]
        else:
            data[position : position + 4] = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\1\0\0\0"))
    return bytes(data)


def _fuzz_in_a_process(count: int, seed: int, folder: Path) -> None:
    """`fuzz` in a process of its own, which a crash would end."""
    code = f"from pathlib import Path; from tests.cli.test_fuzz import fuzz; print(fuzz({count}, {seed}, Path({str(folder)!r})))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert float(done.stdout.splitlines()[-1]) < LONGEST_S


@pytest.mark.parametrize("count", [150, pytest.param(20_000, marks=[pytest.mark.nightly, pytest.mark.timeout(7200)])])
def test_damaged_files_are_answered(count: int, here: Path) -> None:
    _fuzz_in_a_process(count, count, here)


@pytest.mark.fuzz
def test_any_damaged_file_is_answered(fuzzing: Fuzzing, here: Path) -> None:
    count = 200
    for seed in fuzzing.seeds():
        folder = here / "batch"
        folder.mkdir()
        _fuzz_in_a_process(count, seed, folder)
        shutil.rmtree(folder)
        fuzzing.cases += count
