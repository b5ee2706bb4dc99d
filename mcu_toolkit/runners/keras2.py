"""Keras files that only Keras 2 reads: a program of its own (keras2_child.py) turns them into a SavedModel, with the package tf-keras.

Keras 3 reads most files of Keras 2, but not those with DepthwiseConv2D, TFOpLambda and other layers whose settings changed.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.optional_packages import install_command, is_installed, what_brings_it
from mcu_toolkit.system.process import run

EXTRA = "keras2"
BATCHED = "batched"
"""The signature with an open batch; `serving_default` takes a batch of 1."""
_CHILD = Path(__file__).with_name("keras2_child.py")
_TIMEOUT_S = 900.0
_ENVIRONMENT = {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "PYTHONSAFEPATH": "1"}
_REFUSED = 2
_RUNS_CODE = re.compile(r'"class_name": ?"Lambda"')
_REACHES_OUT = re.compile(r'"function": ?"[^"]*\b(io|raw_ops|py_function|numpy_function|py_func|load_op_library|saved_model|data|lookup)\b')
"""TensorFlow functions that read and write files or call Python; TFOpLambda layers name any function."""


@dataclass(frozen=True)
class Keras2Model:
    """A file of Keras 2 as a SavedModel."""

    saved_model: Path
    layers: tuple[str, ...]
    policies: tuple[str, ...]
    """Precisions other than float32 that its layers had."""


def written_by_keras_2(path: Path) -> str | None:
    """The version of Keras, 1 or 2, that wrote the file; None for later ones and where it does not say."""
    version = _version(path)
    return version if version is not None and version.partition(".")[0] in ("1", "2") else None


def saved_model_from_keras_2(source: Path, work: Path, refusal: InputError) -> Keras2Model:
    """`source` as a SavedModel in the folder `work`; `refusal` is what Keras 3 said of it.

    Raises InputError with the whole of that and the extra to install where tf-keras is missing, and for layers that are Python
    code; UnsupportedModelError where Keras 2 cannot read it either.
    """
    if not is_installed("tf_keras"):
        raise InputError(
            refusal.what,
            on=source,
            expected=f"a file that Keras 3 reads, or {what_brings_it(EXTRA)}, with which Keras 2 reads it",
            hint=install_command(EXTRA),
        )
    _refuse_code(source)
    done = run([sys.executable, _CHILD, source.resolve(), work.resolve()], env=_ENVIRONMENT, timeout_s=_TIMEOUT_S)
    if done.exit_code != 0 or not (work / "keras2.json").is_file():
        said = done.tail(1 if done.exit_code == _REFUSED else 6)
        raise UnsupportedModelError(f"neither Keras 3 nor Keras 2 reads it.\n    Keras 3: {refusal.what}\n    Keras 2: {said}", on=source)
    facts = json.loads((work / "keras2.json").read_text(encoding="utf-8"))
    return Keras2Model(work / "keras2", tuple(facts["layers"]), tuple(facts["policies"]))


def _refuse_code(source: Path) -> None:
    """Keras 2 runs the Python code in a Lambda layer of an HDF5 file without asking."""
    text = _config(source)
    found = "a Lambda layer" if _RUNS_CODE.search(text) else None
    reaching = _REACHES_OUT.search(text)
    if reaching is not None:
        found = f"a layer that calls {reaching.group(0).rpartition(':')[2].strip()}"
    if found is not None:
        raise InputError(
            f"holds {found}: code that would run while the model is read",
            on=source,
            expected="layers without Python code",
            hint="replace it by a layer of Keras, or export the model where it was made: model.export('saved_model')",
        )


def _version(path: Path) -> str | None:
    if zipfile.is_zipfile(path):
        return _from_zip(path, "metadata.json", "keras_version")
    value = _attribute(path, "keras_version")
    return value if value else None


def _config(path: Path) -> str:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return archive.read("config.json").decode("utf-8", "replace")
    return _attribute(path, "model_config")


def _from_zip(path: Path, member: str, key: str) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            return str(json.loads(archive.read(member))[key])
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile):
        return None


def _attribute(path: Path, name: str) -> str:
    h5py: Any = importlib.import_module("h5py")
    try:
        with h5py.File(path) as content:
            value = content.attrs.get(name, "")
    except OSError:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
