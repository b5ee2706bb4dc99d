"""Trained and quantized models for tests, made once per state of the source code and kept in build/test-cache.

The key is a hash over the sources and package versions that decide the result; any number of test processes may ask at
the same time, one of them does the work.

Another processor trains other weights from the same seed, so no test may depend on them.  Two variables try that out:
MCU_TEST_SEED trains every model of the tests from another seed, MCU_TEST_DIGITS names a .tflite file that takes the place
of the digits model in full int8 (`make test SEED=5`, `make test DIGITS=other.tflite`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path

from filelock import FileLock

from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.tensorflow_loader import installed_versions
from mcu_toolkit.train import train_task

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "build" / "test-cache"
SEED = int(os.environ.get("MCU_TEST_SEED") or 0)
"""The seed of every training in the tests."""
_GIVEN_DIGITS = Path(os.environ["MCU_TEST_DIGITS"]).absolute() if os.environ.get("MCU_TEST_DIGITS") else None
_PACKAGE = ROOT / "mcu_toolkit"
_TRAINING = (_PACKAGE / "train", _PACKAGE / "tensorflow_loader.py")
_QUANTIZING = (*_TRAINING, _PACKAGE / "quantize", _PACKAGE / "model")


def trained(task: str) -> Path:
    """The folder of the trained model `task`, trained in full from SEED."""
    folder = CACHE / f"{task}-{_key(_TRAINING)}"
    with _lock(folder):
        if not (folder / "training.json").is_file():  # written last
            train_task(task, folder, seed=SEED)
    return folder


def quantized(task: str, scheme: str) -> Path:
    """The .tflite file of the trained model `task` under `scheme`."""
    if _GIVEN_DIGITS and (task, scheme) == ("digits", "int8"):
        return _copy_of(_GIVEN_DIGITS)
    source = trained(task)
    output = CACHE / f"{task}-{_key(_QUANTIZING)}" / f"{task}_{scheme}.tflite"
    with _lock(output.parent):
        if not output.is_file():
            quantize_model(source / "model.keras", source / "data.npz", scheme=scheme, output=output)
    return output


def _copy_of(given: Path) -> Path:
    """A copy under the name that tests expect: generated names follow the file's."""
    content = given.read_bytes()
    copy = CACHE / f"given-{hashlib.sha256(content).hexdigest()[:16]}" / "digits_int8.tflite"
    with _lock(copy.parent):
        if not copy.is_file():
            copy.parent.mkdir()
            copy.write_bytes(content)
    return copy


def _lock(folder: Path) -> FileLock:
    CACHE.mkdir(parents=True, exist_ok=True)
    return FileLock(CACHE / f"{folder.name}.lock")


def _key(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256(repr((SEED, *astuple(installed_versions()))).encode())
    for source in sources:
        for path in sorted(source.rglob("*.py")) if source.is_dir() else [source]:
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
