"""A model that tells shaking from rest, and recordings of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import AnomalyRule, InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.frontend.motion.description import MotionFrontend
from tests.model_builder import ModelBuilder

MOTION = MotionFrontend(50.0, ("x", "y", "z"), (4096.0,), window_samples=50, hop_samples=10, statistics=("std",))
_SCALE = 64.0
"""Of an input: 4096 is a deviation of 1 g."""


def motion_model() -> bytes:
    """The standard deviations [1, 3] of the axes -> rest and shake: a softmax over their sum."""
    builder = ModelBuilder()
    x = builder.tensor([1, 3], "int8", _SCALE, -128, name="features")
    weights = builder.tensor([2, 3], "int8", 1e-4, data=[[-60] * 3, [60] * 3], name="weights")
    bias = builder.tensor([2], "int32", 1e-4 * _SCALE, data=[1000, -1000], name="bias")
    logits = builder.tensor([1, 2], "int8", 0.25, 0, name="logits")
    builder.op("FULLY_CONNECTED", [x, weights, bias], [logits], fused_activation_function="NONE")
    y = builder.tensor([1, 2], "int8", 1 / 256, -128, name="scores")
    builder.op("SOFTMAX", [logits], [y], beta=1.0)
    described = InputContract(Preprocessing("uint16", labels=("none", "shake")), motion=MOTION)
    return with_contract(builder.build([x], [y]), described)


def shaken(times: list[tuple[float, float]], seconds: float) -> npt.NDArray[np.int16]:
    """Gravity and a little noise, and 1 g at 5 Hz from start to end of each: int16 [samples, 3], 8192 per g."""
    time_s = np.arange(round(seconds * MOTION.sample_rate_hz)) / MOTION.sample_rate_hz
    values = np.random.default_rng(0).normal(0, 0.01, (len(time_s), 3)) + np.array([0, 0, 1])
    for start_s, end_s in times:
        values += (np.sin(2 * np.pi * 5 * time_s) * ((time_s >= start_s) & (time_s < end_s)))[:, None]
    return np.asarray(np.rint(values * 8192), np.int16)


def write_motion(path: Path, values: npt.NDArray[np.float64], axes: tuple[str, ...] = ("x", "y", "z"), rate_hz: float = 50.0) -> Path:
    rows = (",".join(f"{value:.7g}" for value in (number / rate_hz, *row)) for number, row in enumerate(values.tolist()))
    path.write_text("\n".join([",".join(["time_s", *axes]), *rows]) + "\n")
    return path


def anomaly_model(threshold: float, rest: int = 40) -> bytes:
    """An autoencoder that knows rest alone: whatever goes in, the deviations of rest come out, [1, 3] -> [1, 3]."""
    builder = ModelBuilder()
    x = builder.tensor([1, 3], "int8", _SCALE, -128, name="features")
    weights = builder.tensor([3, 3], "int8", 1e-4, data=[[0] * 3] * 3, name="weights")
    bias = builder.tensor([3], "int32", 1e-4 * _SCALE, data=[round(rest / (1e-4 * _SCALE))] * 3, name="bias")
    y = builder.tensor([1, 3], "int8", 4.0, -128, name="restored")
    builder.op("FULLY_CONNECTED", [x, weights, bias], [y], fused_activation_function="NONE")
    return with_contract(builder.build([x], [y]), InputContract(Preprocessing("uint16"), motion=MOTION, anomaly=AnomalyRule(threshold)))
