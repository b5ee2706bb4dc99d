"""Runs models of a library that was built with the address sanitizer, in a process of its own into which that is preloaded.

python -m tests.ops.sanitized_child LIBRARY FOLDER: FOLDER holds `<n>.tflite` and `<n>.npz` (inputs) and gets `<n>.out.npz`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from mcu_toolkit.model import read_model
from mcu_toolkit.runners import AotHostRunner


def main(library: Path, folder: Path) -> None:
    """Every model once."""
    for number in range(len(list(folder.glob("*.tflite")))):
        runner = AotHostRunner(library, read_model(folder / f"{number}.tflite"), number)
        with np.load(folder / f"{number}.npz") as stored:
            outputs = runner.run([stored[name] for name in stored.files]).outputs
        np.savez(folder / f"{number}.out.npz", *outputs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
