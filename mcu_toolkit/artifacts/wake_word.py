"""The manifest of a microWakeWord model: the JSON that ESPHome and PyPI's pymicro-wakeword read beside a .tflite.

Both compute the front end `micro_frontend`; they differ in how features become int8 and in what is a detection.  What is said
here of ESPHome is its component micro_wake_word, read 2026-11-30; of pymicro-wakeword, version 2.5.0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from mcu_toolkit.artifacts.contract import contract_of_model, with_contract
from mcu_toolkit.artifacts.decision_rule import MOST_AVERAGED, ClassThreshold, DecisionRule, sum_threshold
from mcu_toolkit.artifacts.feature_input import RAW_DTYPE, feature_input, feature_input_of
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.description import AudioFrontend
from mcu_toolkit.frontend.presets import MICRO_FRONTEND
from mcu_toolkit.model import Model, has_state, parse_model, remembers
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value, object_of

Style = Literal["esphome", "pymicro-wakeword"]
STYLES: Final[tuple[Style, ...]] = ("esphome", "pymicro-wakeword")

FEATURE_SCALE = 0.0390625
"""Real values of features, as microWakeWord is trained: 1 / 25.6."""
_ESPHOME_STEPS, _ESPHOME_FEATURES = 256, 666
"""ESPHome: int8 = (feature * 256 + 333) / 666 - 128, in integers."""
_ESPHOME_CUTOFF_STEPS = 255
_ESPHOME_IGNORED_FRAMES = 100
"""ESPHome decides nothing for so many frames, of 10 ms, after the start and after a detection; loud ones do not count."""
_VERSIONS = (1, 2)
_STEP_OF_VERSION_1_MS = 20
_MOST_TEXT = 200


@dataclass(frozen=True)
class WakeWordManifest:
    """What it says that matters here."""

    wake_word: str
    probability_cutoff: float
    sliding_window_size: int
    """How many probabilities are averaged."""
    feature_step_ms: int
    """From one frame of features to the next."""
    tensor_arena_bytes: int
    """What ESPHome gives its interpreter; 0 where it does not say."""


def read_manifest(path: Path) -> WakeWordManifest:
    """Of a .json file; raises InputError naming the file and what is wrong in it."""
    content = read_bytes(path, kind="manifest")
    try:
        return _manifest(JsonTable(object_of(json_value(content), "it")))
    except (ValueError, InputError) as error:
        what = error.what if isinstance(error, InputError) else str(error)
        raise InputError(
            f"is no manifest of a wake word: {what}",
            on=path,
            expected='JSON with "type": "micro", "wake_word", and in "micro" probability_cutoff and sliding_window_size',
        ) from None


def _manifest(table: JsonTable) -> WakeWordManifest:
    if table.required("type", str) != "micro":
        raise ValueError("its type is not 'micro'")
    version = table.get("version", 2)
    if version not in _VERSIONS:
        raise ValueError(f"version {version}, not 1 or 2")
    micro = table.table("micro")
    cutoff = micro.required("probability_cutoff", float)
    size = micro.required("sliding_window_size" if version > 1 else "sliding_window_average_size", int)
    word = table.required("wake_word", str)
    step = micro.get("feature_step_size", 10) if version > 1 else _STEP_OF_VERSION_1_MS
    if not (math.isfinite(cutoff) and 0 < cutoff < 1):
        raise ValueError(f"probability_cutoff is {cutoff:g}, not between 0 and 1")
    if not 1 <= size <= MOST_AVERAGED:
        raise ValueError(f"sliding_window_size is {size}, not from 1 to {MOST_AVERAGED}")
    if not 0 < len(word) <= _MOST_TEXT:
        raise ValueError("wake_word is empty or too long")
    if not 1 <= step <= 30:
        raise ValueError(f"feature_step_size is {step}, not from 1 to 30 ms")
    return WakeWordManifest(word, cutoff, size, step, max(0, micro.get("tensor_arena_size", 0)))


def listening_model(model: Model, manifest: WakeWordManifest, style: Style) -> Model:
    """The model with front end, preprocessing, label and decision rule in its file, as `style` computes them.

    Raises InputError for a model that takes no frames of 40 features, or has another output than one probability.
    """
    tensor, output = model.inputs[0] if model.inputs else None, model.outputs[0] if model.outputs else None
    if tensor is None or tensor.quantization is None or tensor.quantization.per_channel or tensor.dtype.numpy.kind != "i":
        raise InputError("does not take int8", on=model.name, expected="a streaming model of microWakeWord")
    if output is None or output.elements != 1 or output.quantization is None or output.dtype.numpy not in (np.int8, np.uint8):
        raise InputError("its output is not one probability in 8 bits", on=model.name, expected="a streaming model of microWakeWord")
    frontend = replace(MICRO_FRONTEND, hop_ms=manifest.feature_step_ms)
    scale = FEATURE_SCALE
    if style == "esphome":
        # round(feature * scale / input scale) is then ESPHome's formula for every feature: a test compares all 65,536.
        scale = tensor.quantization.scale * _ESPHOME_STEPS / _ESPHOME_FEATURES
    preprocessing = Preprocessing(RAW_DTYPE, scale=(float(np.float32(scale)),), labels=(manifest.wake_word,))
    contract = replace(contract_of_model(model), preprocessing=preprocessing, frontend=frontend)
    takes = feature_input(model, contract, frontend)
    rule = _rule(manifest, takes.frames, output.quantization.scale, style)
    return parse_model(with_contract(model.content, replace(contract, decision=rule)), model.name)


def _rule(manifest: WakeWordManifest, frames: int, scale: float, style: Style) -> DecisionRule:
    size = manifest.sliding_window_size
    if style == "pymicro-wakeword":
        return DecisionRule(frames, size, (ClassThreshold(0, sum_threshold(manifest.probability_cutoff, scale, size)),), size - 1)
    threshold = int(manifest.probability_cutoff * _ESPHOME_CUTOFF_STEPS) * size
    ignored = max(0, math.ceil(_ESPHOME_IGNORED_FRAMES / frames) - 1)
    return DecisionRule(frames, size, (ClassThreshold(0, threshold),), max(size - 1, ignored), ignored, waits_for_quiet=True)


def style_lines(model: Model, style: Style) -> tuple[str, ...]:
    """What is said of how the features become the input, and of what is a detection."""
    takes = feature_input_of(model)
    assert takes is not None
    how = "int8 = (feature * 256 + 333) / 666 - 128" if style == "esphome" else "int8 = round(feature * 0.0390625 / scale) - 128"
    what = "its cutoff in 255 steps, a second without a detection after each" if style == "esphome" else "every mean above the cutoff"
    return (f"{model.name}: features become int8 as in {style}: {how}; detections as there: {what}",)


def manifest_text(model: Model, wake_word: str, model_file: str, arena_bytes: int) -> str:
    """The manifest of a model trained elsewhere, as ESPHome reads it (version 2), with one class and a decision rule.

    Raises InputError for a model that ESPHome cannot run: another front end, input or output.
    """
    contract = contract_of_model(model)
    rule = contract.decision
    takes = feature_input_of(model)
    if takes is None or rule is None or not isinstance(takes.frontend, AudioFrontend):
        raise InputError("holds no front end or no decision rule", on=model.name, expected="both", hint="mcu stream --save-rule FILE")
    step, probability, scaled = takes.frontend.hop_ms, model.outputs[0], model.outputs[0].quantization
    steps = rule.classes[0].sum_threshold // rule.average_over
    reasons = [
        why
        for why, good in (
            ("its front end is not micro_frontend", replace(takes.frontend, hop_ms=MICRO_FRONTEND.hop_ms) == MICRO_FRONTEND),
            (f"a step of {step:g} ms", step == round(step)),
            ("its input is not int8 [1, frames, 40]", len(model.inputs[0].shape) == 3 and model.inputs[0].dtype.numpy == np.int8),
            ("its features become other integers than ESPHome's", _converts_as_esphome(model, takes.preprocessing)),
            ("its output is not one probability in uint8", probability.elements == 1 and probability.dtype.numpy == np.uint8),
            (
                "its output is not one with a zero point of 0",
                scaled is not None and not scaled.zero_point,
            ),
            ("it takes frames twice, and keeps no state", rule.stride_frames == takes.frames),
            ("its state is reset before each inference, and ESPHome keeps it", remembers(model) or not has_state(model)),
            (f"its threshold is {steps} of {_ESPHOME_CUTOFF_STEPS} steps", 0 <= steps < _ESPHOME_CUTOFF_STEPS),
        )
        if not good
    ]
    if reasons:
        expected = "a streaming model of one word, with the front end micro_frontend and a threshold between 0 and 1"
        raise InputError(f"cannot run in ESPHome: {'; '.join(reasons)}", on=model.name, expected=expected)
    micro = {
        "probability_cutoff": _shortest_cutoff(steps),
        "feature_step_size": round(step),
        "sliding_window_size": rule.average_over,
        "tensor_arena_size": arena_bytes,
        "minimum_esphome_version": "2024.7.0",
    }
    head = {"type": "micro", "wake_word": wake_word, "author": "", "website": "", "model": model_file, "trained_languages": []}
    return json_text({**head, "version": 2, "micro": micro})


def _converts_as_esphome(model: Model, preprocessing: Preprocessing) -> bool:
    """True where no feature becomes an int8 that is more than one step off ESPHome's.

    Its 666 stands for 26 * 25.6, so that a model trained with `FEATURE_SCALE` has other roundings: as far as that, both are one conversion.
    """
    features = np.arange(1 << 16)
    wanted = np.clip((features * _ESPHOME_STEPS + _ESPHOME_FEATURES // 2) // _ESPHOME_FEATURES - 128, -128, 127)
    try:
        found = quantize(preprocessing.apply(features.astype(RAW_DTYPE)[:, None]), model.inputs[0])
    except InputError:  # no scale
        return False
    return bool((np.abs(found - wanted[:, None]) <= 1).all())


def _shortest_cutoff(steps: int) -> float:
    """A cutoff between 0 and 1 that ESPHome turns into `steps` of 255."""
    found = (round((steps + 0.5) / _ESPHOME_CUTOFF_STEPS, digits) for digits in range(2, 7))
    return next(value for value in found if 0 < value < 1 and int(value * _ESPHOME_CUTOFF_STEPS) == steps)
