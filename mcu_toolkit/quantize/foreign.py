"""Models of other frameworks: ONNX through onnx2tf, PyTorch (an exported program, .pt2) by way of ONNX.  Both are extras.

Each conversion is a program of its own: it brings packages that must not get into this process, and may end it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.optional_packages import require
from mcu_toolkit.system.files import make_folder
from mcu_toolkit.system.process import run

ONNX_SUFFIX, TORCH_SUFFIX = ".onnx", ".pt2"
_TIMEOUT_S = 900.0
_SAMPLE_IMAGES = "calibration_image_sample_data_20x128x128x3_float32.npy"
"""onnx2tf looks for this file before it downloads it; any images serve, they only tell it whether its own result is right."""
_ONNX_PACKAGES = ("onnx2tf", "onnx", "onnx_graphsurgeon", "onnxruntime", "sng4onnx", "sne4onnx", "psutil", "tf_keras")
"""What onnx2tf 1.28 imports; it declares no dependencies."""
_TORCH_PACKAGES = ("torch", "onnxscript", *_ONNX_PACKAGES)
KERAS_INSTEAD = "build the same network in Keras and give its .keras file: of it LSTM, GRU and SimpleRNN become one operator each"
"""What helps a model of another framework that has recurrent layers."""
_RECURRENT = ("LSTM", "GRU", "RNN")
"""ONNX' operators, which onnx2tf 1.28 fails at or makes loops of."""
_EXPORT = """
import sys, torch
program = torch.export.load(sys.argv[1])
torch.onnx.export(program, (), sys.argv[2], dynamo=True, external_data=False)
"""


def saved_model_from_onnx(source: Path, work: Path) -> Path:
    """The SavedModel that onnx2tf makes of `source`, in the folder `work`; its images have the channels last.

    Raises ToolError naming the extra where it is not installed, UnsupportedModelError where onnx2tf fails.
    """
    require(_ONNX_PACKAGES, "reading an ONNX model", extra="onnx", on=source)
    if not source.is_file():
        raise InputError("ONNX model not found", on=source, hint="check the path")
    folder = make_folder(work / "onnx")
    np.save(folder / _SAMPLE_IMAGES, np.random.default_rng(0).random((20, 128, 128, 3), dtype=np.float32))
    command: list[str | Path] = [sys.executable, "-m", "onnx2tf", "-i", source.resolve(), "-o", folder / "out", "-osd", "-n", "-b", "1"]
    done = run(command, cwd=folder, env={"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONSAFEPATH": "1"}, timeout_s=_TIMEOUT_S)
    if done.exit_code != 0 or not (folder / "out" / "saved_model.pb").is_file():
        recurrent = _recurrent_operators(source)
        raise UnsupportedModelError(
            f"onnx2tf cannot convert it{f' (it has {recurrent})' if recurrent else ''}; its last lines:\n{done.tail(6)}",
            on=source,
            expected="an ONNX model with fixed sizes",
            hint=KERAS_INSTEAD if recurrent else None,
        )
    return folder / "out"


def _recurrent_operators(source: Path) -> str:
    """Those that the file names as the type of a node (field 4 of ONNX' NodeProto, a string: its tag, its length, the text)."""
    content = source.read_bytes()
    return ", ".join(name for name in _RECURRENT if bytes([4 << 3 | 2, len(name)]) + name.encode() in content)


def onnx_from_torch(source: Path, work: Path) -> Path:
    """The ONNX file of a PyTorch program that `torch.export.save` wrote.

    Raises ToolError naming the extra where it is not installed, UnsupportedModelError where PyTorch fails.
    """
    require(_TORCH_PACKAGES, "reading a PyTorch program", extra="torch", on=source)
    if not source.is_file():
        raise InputError("PyTorch program not found", on=source, hint="check the path")
    target = make_folder(work / "torch") / f"{source.stem}.onnx"
    done = run([sys.executable, "-c", _EXPORT, source.resolve(), target], cwd=target.parent, timeout_s=_TIMEOUT_S)
    if done.exit_code != 0 or not target.is_file():
        raise UnsupportedModelError(
            f"PyTorch cannot write it as ONNX; its last lines:\n{done.tail(6)}",
            on=source,
            expected="a program as torch.export.save writes it",
            hint="torch.export.save(torch.export.export(model, (example,)), 'model.pt2')",
        )
    return target
