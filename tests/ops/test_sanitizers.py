"""Every operator and element type under the address sanitizer and the one for undefined behaviour (draws: the latter only)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from mcu_toolkit.system import process
from tests.ops.fixed_sample import Sample, fixed_sample, with_batch
from tests.ops.harness import STRICT_FLAGS, compile_library

pytestmark = pytest.mark.slow
FLAGS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1", "-g")
ROOT = Path(__file__).resolve().parents[2]


def asan() -> str:
    """The path of the sanitizer's library, to be loaded before Python; skips where the compiler has none."""
    path = process.run(["gcc", "-print-file-name=libasan.so"]).output.strip()
    if not Path(path).is_absolute():
        pytest.skip("gcc has no address sanitizer here")
    return path


def run_child(preload: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LD_PRELOAD": preload, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *map(str, arguments)], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def sample() -> list[Sample]:
    return fixed_sample(1)


def test_the_sample_has_every_operator(sample: list[Sample]) -> None:
    assert {one.operator for one in sample} == set(all_operators())


def test_every_operator_is_clean_and_right(sample: list[Sample], tmp_path: Path) -> None:
    preload = asan()
    (tmp_path / "code").mkdir()
    library = compile_library([one.model for one in sample], tmp_path / "code", flags=FLAGS)
    for number, one in enumerate(sample):
        (tmp_path / f"{number}.tflite").write_bytes(one.model.content)
        np.savez(tmp_path / f"{number}.npz", *with_batch(one.inputs))
    completed = run_child(preload, "-m", "tests.ops.sanitized_child", library, tmp_path)
    assert completed.returncode == 0, completed.stderr[-3000:]
    for number, one in enumerate(sample):
        with np.load(tmp_path / f"{number}.out.npz") as stored:
            outputs = [stored[name] for name in stored.files]
        assert [array.tobytes() for array in outputs] == [array.tobytes() for array in one.golden], one.key


@pytest.mark.parametrize(("mistake", "words"), [("place[4] = 1;", "global-buffer-overflow"), ("*place <<= 40;", "shift exponent 40")])
def test_the_sanitizers_are_awake(mistake: str, words: str, tmp_path: Path) -> None:
    preload = asan()
    source, library = tmp_path / "wrong.c", tmp_path / "wrong.so"
    source.write_text(f"int bytes[4], *volatile place = bytes;\nvoid wrong(void);\nvoid wrong(void) {{ {mistake} }}\n")
    flags = [flag for flag in STRICT_FLAGS if flag != "-Werror"]
    assert process.run(["gcc", *flags, *FLAGS, "-w", "-shared", "-fPIC", "-o", library, source]).exit_code == 0
    completed = run_child(preload, "-c", f"import ctypes; ctypes.CDLL({str(library)!r}).wrong()")
    assert completed.returncode != 0
    assert words in completed.stderr
