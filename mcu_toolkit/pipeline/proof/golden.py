"""Golden vectors: real samples with the outputs the golden interpreter gave when the model was made.

`mcu verify PROJECT --data <name>.golden.npz` runs them on a board, and says too if today's interpreter gives something else.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from mcu_toolkit.artifacts.array_names import array_key, golden_array_key
from mcu_toolkit.artifacts.vectors import GOLDEN_SHA256
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model, input_names, output_names
from mcu_toolkit.runners.reference.runner import golden_interpreter
from mcu_toolkit.system.files import atomic_path
from mcu_toolkit.validate import inputs_for, load_vectors

GOLDEN_SAMPLES = 10


def golden_path(tflite: Path) -> Path:
    """Where the golden vectors of `tflite` are."""
    return tflite.with_name(f"{tflite.stem}.golden.npz")


def write_golden(model: Model, data: Path, tflite: Path) -> str | None:
    """Write the first samples of `data` with the golden outputs beside `tflite`; returns why there are none, or None.

    An old file is removed in any case: vectors of another model prove nothing.
    """
    path = golden_path(tflite)
    path.unlink(missing_ok=True)
    try:
        vectors = load_vectors(data, model).head(GOLDEN_SAMPLES)
        inputs = inputs_for(model, vectors)
        with closing(golden_interpreter(model)) as runner:
            outputs = runner.run(inputs).outputs
    except McuError as error:
        return error.what
    names = input_names(model), output_names(model)
    arrays = {array_key("x", names[0], number): array for number, array in enumerate(inputs)}
    arrays |= {golden_array_key(names[1], number): array for number, array in enumerate(outputs)}
    arrays |= {f"y_{name}": labels for name, labels in vectors.labels_by_output.items()}
    arrays[GOLDEN_SHA256] = np.frombuffer(bytes.fromhex(model.sha256), np.uint8)
    if vectors.labels is not None:
        arrays["y"] = vectors.labels
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    return None
