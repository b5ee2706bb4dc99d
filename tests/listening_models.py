"""Small models that listen: a mean of features as the probability of a word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.decision_rule import ClassThreshold, DecisionRule
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.frontend import MICRO_FRONTEND, MLPERF_KWS
from mcu_toolkit.model import Model, parse_model
from tests.model_builder import ModelBuilder

INPUT_SCALE = 26 / 255


def word_model(*, frames: int = 3, bands: int = 40, unsigned: bool = True, weight: int = 127, bias: int = 0, zero_point: int = 0) -> bytes:
    """int8 [1, frames, bands] -> RESHAPE -> FULLY_CONNECTED -> one probability with 256 steps, uint8 as in microWakeWord or int8."""
    builder = ModelBuilder()
    elements = frames * bands
    x = builder.tensor([1, frames, bands], "int8", INPUT_SCALE, -128, name="x")
    flat = builder.tensor([1, elements], "int8", INPUT_SCALE, -128, name="flat")
    shape = builder.tensor([2], "int32", data=[1, elements], name="shape")
    scale = 1 / (26 * elements * 127)
    weights = builder.tensor([1, elements], "int8", scale, data=np.full((1, elements), weight), name="weights")
    offset = builder.tensor([1], "int32", INPUT_SCALE * scale, data=[bias], name="bias")
    y = builder.tensor([1, 1], "int8", 1 / 256, -128, name="logit")
    builder.op("RESHAPE", [x, shape], [flat], new_shape=[1, elements])
    builder.op("FULLY_CONNECTED", [flat, weights, offset], [y], fused_activation_function="NONE")
    if not unsigned:
        return builder.build([x], [y])
    end = builder.tensor([1, 1], "uint8", 1 / 256, zero_point, name="y")
    builder.op("QUANTIZE", [y], [end])
    return builder.build([x], [end])


def listening(name: str, rule: DecisionRule, *, frames: int = 3, hop_ms: float = 10, labels: tuple[str, ...] = ('say "hi"',)) -> Model:
    """`word_model` with front end, conversion and decision rule in its file."""
    preprocessing = Preprocessing("uint16", scale=(0.0390625,), labels=labels)
    contract = InputContract(preprocessing, frontend=replace(MICRO_FRONTEND, hop_ms=hop_ms), decision=rule)
    return parse_model(with_contract(word_model(frames=frames), contract), name)


def listening_to_mfcc(name: str, rule: DecisionRule, *, frames: int) -> Model:
    """The same of MFCC, of which a frame has fewer than bands; they have signs, and zero is in the middle of the input's range."""
    preprocessing = Preprocessing("uint16", mean=(32768 - 13 * 256,), scale=(1 / 256,), labels=(name,))
    contract = InputContract(preprocessing, frontend=MLPERF_KWS, decision=rule)
    return parse_model(with_contract(word_model(frames=frames, bands=MLPERF_KWS.features), contract), name)


def listener() -> Model:
    """Any model that listens."""
    return listening("m", DecisionRule(3, 4, (ClassThreshold(0, 240),), 6, 5))


def tone_detector(*, frames: int = 30, bands: int = 40) -> Model:
    """int8 [1, 30, 1, 40] -> 3 scores: the first rises with the energy about 1 kHz in the newest ten frames."""
    builder = ModelBuilder()
    elements, scale = frames * bands, 1 / 255
    x = builder.tensor([1, frames, 1, bands], "int8", scale, -128, name="x")
    flat = builder.tensor([1, elements], "int8", scale, -128, name="flat")
    shape = builder.tensor([2], "int32", data=[1, elements], name="shape")
    weights = np.random.default_rng(1).integers(-2, 3, (3, frames, bands))
    weights[0] = 0
    weights[0, -10:, 13:15] = 127
    weights[0, -10:, 24:26] = -127
    tensor = builder.tensor([3, elements], "int8", 1 / 512, data=weights.reshape(3, elements), name="weights")
    offset = builder.tensor([3], "int32", scale / 512, data=[-100_000, 0, 0], name="bias")
    y = builder.tensor([1, 3], "int8", 1 / 256, -128, name="y")
    builder.op("RESHAPE", [x, shape], [flat], new_shape=[1, elements])
    builder.op("FULLY_CONNECTED", [flat, tensor, offset], [y], fused_activation_function="NONE")
    return parse_model(builder.build([x], [y]), "tones")
