"""Which inputs do interpreters disagree about?  `python who_disagrees.py MODEL.tflite`

Runs random inputs through TensorFlow Lite Micro's interpreter and through LiteRT's, which rounds in another way, and prints the
inputs whose outputs are farthest apart.  It needs the complete toolkit.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np

import mcu_toolkit as mcu

COUNT = 100
SHOWN = 5


def distance(a: Mapping[str, tuple[float | None, ...]], b: Mapping[str, tuple[float | None, ...]]) -> float:
    """The largest difference between two answers, in the outputs' own unit."""
    return max(abs((x or 0.0) - (y or 0.0)) for name in a for x, y in zip(a[name], b[name], strict=True))


def main(model: str) -> int:
    """Print the inputs that TFLM and LiteRT answer most differently."""
    [port] = mcu.inspect(model).facts.inputs
    inputs = np.random.default_rng(0).uniform(-1, 1, (COUNT, *port.shape[1:])).astype(np.float32)
    answers = mcu.predict(model, inputs, on=("tflm", "litert")).facts.by_runner
    distances = [distance(a.outputs, b.outputs) for a, b in zip(answers["tflm"], answers["litert"], strict=True)]
    print(f"{sum(one > 0 for one in distances)} of {COUNT} inputs are answered differently")
    for number in np.argsort(distances)[::-1][:SHOWN]:
        print(f"input {number}: {distances[number]:.6f} apart")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
