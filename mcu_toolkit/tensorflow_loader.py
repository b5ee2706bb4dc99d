"""The only place that imports TensorFlow: quiet, reproducible, on the CPU."""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib
import os
import platform
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.optional_packages import install_command, require
from mcu_toolkit.system.archives import refuse_archive_bomb

_ENVIRONMENT = {
    # 3 = fatal only.  The models here are small; what TensorFlow logs is about GPUs and its own build.
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # oneDNN's kernels sum in an order that depends on the CPU; without them a seed gives the same weights on more machines.
    "TF_ENABLE_ONEDNN_OPTS": "0",
    # tf.keras must be Keras 3 on TensorFlow, whatever the user's shell says for other projects.
    "KERAS_BACKEND": "tensorflow",
    "TF_USE_LEGACY_KERAS": "0",
}


_LONGEST_REASON = 1000
"""Letters of a message of Keras that are shown: its end always, for that is where the reason stands."""


def require_tensorflow(purpose: str) -> None:
    """Raise ToolError where TensorFlow is not installed; `purpose` is what needs it, such as `mcu train`."""
    require(("tensorflow", "keras"), purpose)


@functools.cache
def load_tensorflow() -> Any:
    """Import TensorFlow (2 to 6 s the first time) and return the module.

    One thread per operator: the order of summation, and so the weights a seed gives, does not depend on the number
    of cores; for models that fit a microcontroller it is no slower.  Raises ToolError where TensorFlow is missing or broken.
    """
    require_tensorflow("a model of TensorFlow or Keras")
    os.environ.update(_ENVIRONMENT)
    with quiet() as log:
        try:
            tensorflow = importlib.import_module("tensorflow")
        except ImportError as error:
            raise ToolError(f"TensorFlow cannot be imported: {error}", hint=f"{install_command()} --force-reinstall") from error
        except Exception as error:
            raise ToolError(
                f"TensorFlow failed to start: {error}\n{log.text()}", hint="reinstall TensorFlow in this environment"
            ) from error
        tensorflow.get_logger().setLevel("ERROR")
        # RuntimeError: somebody imported and used TensorFlow before us in this process; then it stays as it is.
        with contextlib.suppress(RuntimeError):
            tensorflow.config.threading.set_intra_op_parallelism_threads(1)
            tensorflow.config.set_visible_devices([], "GPU")
    return tensorflow


def load_keras_model(path: Path) -> Any:
    """The Keras model in a `.keras` file, not compiled.

    Raises InputError where the file is missing, is not a Keras file, is from another Keras version or holds Python code
    (Lambda layers, custom classes) that Keras refuses to run.
    """
    if not path.is_file():
        raise InputError("Keras model not found", on=path, hint="check the path")
    refuse_archive_bomb(path)
    tensorflow = load_tensorflow()
    try:
        with quiet():
            return tensorflow.keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises ValueError, TypeError, OSError, KeyError ... for files it cannot read
        refuse_full_disk(error, path)
        raise InputError(
            f"Keras cannot read the model{_writer_of(path)}: {_reason(error)}",
            on=path,
            expected=f"a .keras file as Keras {tensorflow.keras.__version__} saves it, without Lambda layers or custom classes",
            hint="save it again with model.save('model.keras'), or export it: model.export('saved_model')",
        ) from error


def _reason(error: Exception) -> str:
    """What Keras says in the end: its messages begin with the settings of a layer, pages of them, and the reason comes last."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    told = next((line for line in reversed(lines) if line.lower().startswith(("exception encountered", "error encountered"))), "")
    words = " ".join(dict.fromkeys([lines[0], told.partition(": ")[2] or told] if told else lines))
    return words if len(words) <= _LONGEST_REASON else f"{words[: _LONGEST_REASON // 2]} ... {words[-_LONGEST_REASON // 2 :]}"


def load_frozen_signature(saved_model: Path, signature: str) -> Any:
    """A signature of a SavedModel as one function without variables and calls; None where TensorFlow cannot make that."""
    tensorflow = load_tensorflow()
    freezing = importlib.import_module("tensorflow.python.framework.convert_to_constants")
    with quiet():
        try:
            loaded = tensorflow.saved_model.load(str(saved_model))
            return freezing.convert_variables_to_constants_v2(loaded.signatures[signature], lower_control_flow=False)
        except Exception:  # no common base; what cannot be frozen is converted all the same, or refused there with the reason
            return None


def refuse_full_disk(error: Exception, source: Path) -> None:
    """Raise ToolError where TensorFlow failed on `source` only because there is no room for its temporary files."""
    full = os.strerror(errno.ENOSPC)
    if full in str(error):
        raise ToolError(f"no room for temporary files: {full}", on=source, hint="set TMPDIR to a folder with free space") from error


def _writer_of(path: Path) -> str:
    """`, which Keras 1.2.2 wrote`, where a file of the older HDF5 format says so; else nothing."""
    h5py = importlib.import_module("h5py")
    try:
        with h5py.File(path) as content:
            version = content.attrs.get("keras_version")
    except OSError:
        return ""
    text = version.decode("utf-8", "replace") if isinstance(version, bytes) else version
    return f", which Keras {text} wrote" if isinstance(text, str) else ""


@dataclass(frozen=True)
class Versions:
    """The packages that decide what training and conversion give; written into the records of both."""

    python: str
    tensorflow: str
    keras: str
    numpy: str


def installed_versions() -> Versions:
    """Versions of what is installed, without importing any of it; raises ToolError where TensorFlow is not."""
    require_tensorflow("what it makes of a model")
    return Versions(platform.python_version(), version("tensorflow"), version("keras"), version("numpy"))


class StderrLog:
    """What a C++ library wrote to the process's standard error while `quiet` held it back."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def text(self) -> str:
        """Everything so far."""
        self._stream.seek(0)
        content: bytes = self._stream.read()
        return content.decode("utf-8", "replace")


@contextlib.contextmanager
def quiet() -> Iterator[StderrLog]:
    """Hold back what C++ code prints (file descriptor 2) and known warnings of TensorFlow about itself; yield the log.

    TensorFlow 2.21 prints lines before it reads TF_CPP_MIN_LOG_LEVEL, and the converter always prints
    `fully_quantize: ...`; neither goes through Python.  Not for code that calls back into ours: its messages would be lost.
    """
    with tempfile.TemporaryFile() as stream, warnings.catch_warnings():
        # Keras 3.15 with numpy 2: `np.array(variable)` in keras/src/backend/tensorflow/core.py when weights are saved.
        warnings.filterwarnings("ignore", message="__array__ implementation doesn't accept a copy keyword", category=DeprecationWarning)
        # The converter itself uses the interpreter it warns about (int16x8, TensorFlow 2.21).
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter is deprecated", category=UserWarning)
        sys.stderr.flush()
        saved = os.dup(2)
        try:
            os.dup2(stream.fileno(), 2)
            yield StderrLog(stream)
        finally:
            os.dup2(saved, 2)
            os.close(saved)
