"""A model that tells low tones from high ones, streams of such tones with their labels, and a model that keeps state."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
from flatbuffers import flexbuffers

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.frontend import AudioFrontend, Log
from tests.model_builder import ModelBuilder

RATE_HZ = 8000
BANDS = 8
FRAMES = 6
FRONTEND = AudioFrontend(RATE_HZ, window_ms=32, hop_ms=16, bands=BANDS, lower_hz=100, upper_hz=3500, log=Log())
SCALE = 1 / 8
"""Of features: a logarithm is at most 64 * ln(2^16) or so, which int8 holds in steps of 8."""
TONES_HZ = {"low": 300.0, "high": 2500.0}
Int16s = npt.NDArray[np.int16]


def tone_model() -> bytes:
    """[1, FRAMES, BANDS] of features -> the classes silence, low and high: a softmax over the energy in the lower and upper bands."""
    builder = ModelBuilder()
    x = builder.tensor([1, FRAMES, BANDS], "int8", SCALE * 6, -128, name="features")
    return _contracted(builder, x, _scores(builder, x))


def _contracted(builder: ModelBuilder, x: int, y: int) -> bytes:
    labels = Preprocessing("uint16", scale=(SCALE,), labels=("silence", "low", "high"))
    return with_contract(builder.build([x], [y]), InputContract(labels, frontend=FRONTEND))


def _scores(builder: ModelBuilder, window: int) -> int:
    """[..., FRAMES, ..., BANDS] -> [1, 3]."""
    flat = builder.tensor([1, FRAMES * BANDS], "int8", SCALE * 6, -128, name="flat")
    builder.op("RESHAPE", [window, builder.tensor([2], "int32", data=[1, FRAMES * BANDS], name="shape")], [flat])
    lower, upper = np.repeat([1, 0], BANDS // 2), np.repeat([0, 1], BANDS // 2)
    rows = np.stack([np.tile(row, FRAMES) for row in (0 * lower, lower - upper, upper - lower)]) * 127
    weights = builder.tensor(rows.shape, "int8", 0.02 / 127, data=rows, name="weights")
    bias = builder.tensor([3], "int32", 0.02 / 127 * SCALE * 6, data=np.array([4, 0, 0]) * 127 / 0.02 / (SCALE * 6), name="bias")
    logits = builder.tensor([1, 3], "int8", 0.25, 0, name="logits")
    builder.op("FULLY_CONNECTED", [flat, weights, bias], [logits], fused_activation_function="NONE")
    y = builder.tensor([1, 3], "int8", 1 / 256, -128, name="scores")
    builder.op("SOFTMAX", [logits], [y], beta=1.0)
    return y


def stateful_model(*, seed: int = 11) -> bytes:
    """SVDF with a memory of 4 frames: one frame [1, BANDS] of features -> int8 [1, 3]."""
    random = np.random.default_rng(seed)
    builder = ModelBuilder()
    x = builder.tensor([1, BANDS], "int8", SCALE * 6, -128, name="x")
    features = builder.tensor([6, BANDS], "int8", 0.02, data=random.integers(-127, 128, (6, BANDS)), name="weights")
    time = builder.tensor([6, 4], "int16", 1e-5, data=random.integers(-32767, 32768, (6, 4)), name="time")
    bias = builder.tensor([3], "int32", 0.01 * 1e-5, data=random.integers(-900, 900, 3), name="bias")
    state = builder.tensor([1, 24], "int16", 0.01, is_variable=True, name="state")
    y = builder.tensor([1, 3], "int8", 0.5, -5, name="y")
    builder.op("SVDF", [x, features, time, bias, state], [y], rank=2, fused_activation_function="NONE")
    return with_contract(builder.build([x], [y]), InputContract(Preprocessing("uint16", scale=(SCALE,)), frontend=FRONTEND))


def ring_model() -> bytes:
    """CIRCULAR_BUFFER of the last FRAMES frames, then the scores of `tone_model`: one frame [1, 1, 1, BANDS] at a time."""
    builder = ModelBuilder()
    x = builder.tensor([1, 1, 1, BANDS], "int8", SCALE * 6, -128, name="frame")
    ring = builder.tensor([1, FRAMES, 1, BANDS], "int8", SCALE * 6, -128, is_variable=True, name="ring")
    packer = flexbuffers.Builder()
    with packer.Map():
        packer.Key("cycles_max")
        packer.Int(1)
    builder.op("CIRCULAR_BUFFER", [x], [ring], custom_options=bytes(packer.Finish()))
    return _contracted(builder, x, _scores(builder, ring))


def variable_model() -> bytes:
    """A float variable that is a running mean of the frames: VAR_HANDLE, as streaming layers of Keras models use it."""
    main, start = ModelBuilder(), ModelBuilder("start")
    handle = main.tensor([1], "resource", name="mean")
    x = main.tensor([1, BANDS], "int8", SCALE * 6, -128, name="frame")
    real, old, halved, new = (main.tensor([1, BANDS], "float32", name=name) for name in ("real", "old", "halved", "new"))
    half = main.tensor([1, BANDS], "float32", data=np.full((1, BANDS), 0.5), name="half")
    y = main.tensor([1, BANDS], "int8", SCALE * 12, -128, name="scores")
    main.op("CALL_ONCE", [], [], init_subgraph_index=1)
    main.op("VAR_HANDLE", [], [handle], container="", shared_name="mean")
    main.op("READ_VARIABLE", [handle], [old])
    main.op("DEQUANTIZE", [x], [real])
    main.op("MUL", [old, half], [halved], fused_activation_function="NONE")
    main.op("ADD", [halved, real], [new], fused_activation_function="NONE")
    main.op("ASSIGN_VARIABLE", [handle, new], [])
    main.op("QUANTIZE", [new], [y])
    start_handle = start.tensor([1], "resource", name="mean")
    zero = start.tensor([1, BANDS], "float32", data=np.zeros((1, BANDS)), name="zero")
    start.op("VAR_HANDLE", [], [start_handle], container="", shared_name="mean")
    start.op("ASSIGN_VARIABLE", [start_handle, zero], [])
    described = InputContract(Preprocessing("uint16", scale=(SCALE,)), frontend=FRONTEND)
    return with_contract(main.build([x], [y], others=[(start, [], [])]), described)


def tones(words: list[tuple[float, float, str]], seconds: float, *, seed: int = 0) -> Int16s:
    """Faint noise with a tone from start to end (seconds) for each word."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    sound = np.random.default_rng(seed).normal(0, 3, len(time_s))
    for start, end, name in words:
        sound += 8000 * np.sin(2 * np.pi * TONES_HZ[name] * time_s) * ((time_s >= start) & (time_s < end))
    return sound.astype(np.int16)


def write_wav(path: Path, samples: Int16s, *, rate_hz: int = RATE_HZ, channels: int = 1, sample_bytes: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(sample_bytes)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return path


def write_track(path: Path, words: list[tuple[float, float, str]]) -> Path:
    path.write_text("start,end,label\n" + "".join(f"{start},{end},{label}\n" for start, end, label in words))
    return path
