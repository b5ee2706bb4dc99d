"""What a step works on: the model, the runtime that may run it, the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mcu_toolkit.artifacts import Incompatibility, Vectors
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.firmware import MANIFEST
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import Runtime
from mcu_toolkit.validate import load_vectors, random_vectors

DEFAULT_RANDOM_SAMPLES = 10


def load_model(path: Path) -> Model:
    """The model in a .tflite file; raises InputError for a Keras file with the command that converts it."""
    if path.suffix in {".keras", ".h5"} or (path / "saved_model.pb").is_file():
        raise InputError("is a float model", on=path, expected="an int8 .tflite file", hint=f"mcu quantize {path} --data DATA.npz")
    if (path / MANIFEST).is_file():
        return read_model(path / "model.tflite")
    return read_model(path)


def choose_runtime(name: str | None, board: Board) -> Runtime:
    """The runtime asked for, else the board's default."""
    return get_runtime(name or board.default_runtime)


def refuse_unsupported(model: Model, runtime: Runtime, board: Board) -> None:
    """Raise UnsupportedModelError with every finding if `runtime` cannot run `model` on `board`."""
    findings: Sequence[Incompatibility] = runtime.check(model, board)
    if findings:
        lines = "\n".join(f"    {finding}" for finding in findings[:20])
        more = f"\n    ... and {len(findings) - 20} more" if len(findings) > 20 else ""
        raise UnsupportedModelError(f"the {runtime.name} runtime cannot run this model:\n{lines}{more}", on=model.name)


def load_inputs(model: Model, data: Path | None, random: int | None, seed: int) -> Vectors:
    """Vectors from `data` (the first `random` of them if both are given), else random ones."""
    if data is None:
        return random_vectors(model, random or DEFAULT_RANDOM_SAMPLES, seed)
    vectors = load_vectors(data, model)
    return vectors.head(random) if random else vectors
