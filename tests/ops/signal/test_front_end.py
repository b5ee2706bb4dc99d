"""A model that contains its own front end: TFLM's features, which are those of `micro_frontend`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mcu_toolkit.frontend import MICRO_FRONTEND, features_of
from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from tests.frontend.sounds import generated
from tests.ops.harness import compile_library, golden_outputs
from tests.ops.signal.front_end import front_end_model

_HOP, _WINDOW = MICRO_FRONTEND.hop_samples, MICRO_FRONTEND.window_samples
_SOUNDS = range(10)
"""One of each kind of generated sound."""


def sounds(samples: int) -> list[np.ndarray]:  # type: ignore[type-arg]
    """Without -32768, for which TFLM's SignalFftAutoScale and its older front end have rules of their own."""
    return [np.maximum(generated(number, samples), -32767) for number in _SOUNDS]


def test_a_stream_gives_the_features_of_tflm_and_of_the_front_end(tmp_path: Path) -> None:
    model = parse_model(front_end_model(streams=True), "front end")
    runner = AotHostRunner(compile_library([model], tmp_path), model)
    for sound in sounds(20 * _HOP):
        hops = sound.reshape(-1, _HOP)
        runner.reset()
        found = [runner.run([hop[None]]).outputs[0].ravel() for hop in hops]
        golden = golden_outputs(model.content, [[hop] for hop in hops])
        assert all(ours.tobytes() == theirs.tobytes() for ours, (theirs,) in zip(found, golden, strict=True))
        # The model begins with a window of zeros and a part of the first hops; the front end waits for a whole window.
        padded = np.concatenate([np.zeros(_WINDOW - _HOP, np.int16), sound])
        silent = not sound.any()
        assert silent or np.array_equal(np.stack(found), features_of(padded, MICRO_FRONTEND))


def test_a_window_gives_the_features_of_tflm(tmp_path: Path) -> None:
    model = parse_model(front_end_model(streams=False), "front end")
    runner = AotHostRunner(compile_library([model], tmp_path), model)
    windows = [generated(number, _WINDOW) for number in range(40)]
    golden = golden_outputs(model.content, [[window] for window in windows])
    found = [runner.run([window[None]]).outputs[0] for window in windows]
    assert all(ours.tobytes() == theirs.tobytes() for ours, (theirs,) in zip(found, golden, strict=True))
