"""The application that listens: the microphone, front ends, models and decision rules of a firmware as C."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.decision_rule import DecisionRule
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware.frontend import scratch_bytes
from mcu_toolkit.firmware.model_frontends import ModelFrontend, model_frontends
from mcu_toolkit.firmware.preprocess import C_TYPES, float_literal
from mcu_toolkit.firmware.render import render_text
from mcu_toolkit.firmware.sensor import microphone_has_offset, microphone_rate_hz
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.frontend.sound_input import SoundInput, coefficients
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.base import IdleMemory
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.system.sinks import c_string

_FOLDER: Final = "listener"
_HEADERS: Final = ("decision.h", "listener.h", "listener_load.h", "sound_input.h")
_CHUNK_SAMPLES: Final = 64
_A_ROW: Final = 16


@dataclass(frozen=True)
class Microphone:
    """What is said of the microphone when a firmware that listens is generated."""

    rate_hz: int = 0
    """Its samples a second; 0: the driver's, on an emulated board those of the front end."""
    gain: float = 1.0
    removes_offset: bool = False
    """Take its DC offset off; always done where the driver reads an ADC."""


DEFAULT_MICROPHONE: Final = Microphone()


@dataclass(frozen=True)
class _Listened:
    """A model, as listener.c.j2 has it."""

    name: str
    frontend: int
    """Its number among the front ends."""
    features: int
    """Of a frame."""
    frames: int
    frame_bytes: int
    input_type: str
    rule: DecisionRule
    names: tuple[str, ...]
    """C strings: of the rule's classes."""
    zero_point: int
    scale: str
    window_samples: int
    hop_samples: int


@dataclass(frozen=True)
class _Context:
    """Variables of listener.c.j2 beside those of a project's templates."""

    listened: tuple[_Listened, ...]
    frontends: tuple[str, ...]
    sound: SoundInput
    taps: int
    filter: tuple[str, ...]
    """Rows of its coefficients."""
    chunk_samples: int
    chunk_sound_samples: int
    hop_samples: int
    most_features: int
    most_classes: int
    scratch: IdleMemory | None
    """Memory of the runtime in which front ends compute; None: they have their own."""


def can_listen(models: Sequence[Model]) -> bool:
    """True where every model holds a front end and a decision rule."""
    contracts = [contract_of_model(model) for model in models]
    return all(one.frontend is not None and one.decision is not None for one in contracts)


@dataclass(frozen=True)
class Listening:
    """What a firmware that listens is made of."""

    models: Sequence[Model]
    names: Sequence[str]
    """Of the models in C."""
    labels: Sequence[str]
    """Of the first model's classes, where the user gave some; empty: those in its file."""
    microphone: Microphone
    idle: IdleMemory | None = None
    """What the runtime does not need between inferences."""


def listener_files(listening: Listening, board: Board, common: object) -> Iterator[tuple[str, bytes]]:
    """The generated files of a firmware that listens; `common`: the record with the banner.

    Raises InputError for models that do not say how sound becomes a decision, or want different sample rates.
    """
    for header in _HEADERS:
        yield f"src/{header}", read_bytes(templates_dir() / _FOLDER / header, kind="template")
    context = _context(listening, board)
    yield "src/listener.c", render_text(f"{_FOLDER}/listener.c.j2", context, common).encode()


def _context(listening: Listening, board: Board) -> _Context:
    names, microphone = listening.names, listening.microphone
    found = model_frontends(listening.models, names)
    distinct = tuple(dict.fromkeys(one.name for one in found.values()))
    listened = tuple(
        _listened(model, name, found.get(name), distinct, () if number else listening.labels)
        for number, (model, name) in enumerate(zip(listening.models, names, strict=True))
    )
    rates = {one.takes.frontend.sample_rate_hz for one in found.values()}
    if len(rates) != 1:
        wanted = ", ".join(f"{rate:,}" for rate in sorted(rates))
        raise InputError(f"models that take {wanted} samples a second", on=board.id, expected="one rate in a firmware")
    [target_hz] = rates
    rate_hz = microphone.rate_hz or microphone_rate_hz(board) or target_hz
    sound = SoundInput(rate_hz, target_hz, microphone.gain, microphone.removes_offset or microphone_has_offset(board))
    least_hop = min(one.hop_samples for one in listened)
    chunk = max(1, min(_CHUNK_SAMPLES, least_hop * sound.down // sound.up - 1))
    table = coefficients(sound)
    return _Context(
        listened=listened,
        frontends=distinct,
        sound=sound,
        taps=table.shape[1],
        filter=tuple(", ".join(map(str, table.ravel()[at : at + _A_ROW])) for at in range(0, table.size, _A_ROW)),
        chunk_samples=chunk,
        chunk_sound_samples=-(-chunk * sound.up // sound.down) + 1,
        hop_samples=least_hop,
        most_features=max(one.features for one in listened),
        most_classes=max(len(one.rule.classes) for one in listened),
        scratch=_scratch(listening.idle, [one.takes.frontend for one in found.values()]),
    )


def _scratch(idle: IdleMemory | None, frontends: Sequence[AudioFrontend]) -> IdleMemory | None:
    """The runtime's memory, if every front end's scratch fits into it."""
    return idle if idle is not None and max(map(scratch_bytes, frontends)) <= idle.size_bytes else None


def _listened(model: Model, name: str, frontend: ModelFrontend | None, frontends: Sequence[str], given: Sequence[str]) -> _Listened:
    contract = contract_of_model(model)
    rule = contract.decision
    if frontend is None or rule is None:
        missing = "front end" if frontend is None else "decision rule"
        raise InputError(
            f"holds no {missing}",
            on=model.name,
            expected="a model that says how sound becomes its input, and when its scores are a decision",
            hint="--manifest FILE.json of microWakeWord; or mcu frontend --into, then mcu stream --save-rule (docs/how-to/wake-words.md)",
        )
    takes, output = frontend.takes, model.outputs[0]
    quantization = output.quantization
    if output.dtype.numpy not in (np.int8, np.uint8, np.int16) or quantization is None or quantization.per_channel:
        raise InputError(f"its output is {output.dtype.name}", on=model.name, expected="scores in quantized integers of 8 or 16 bits")
    beyond = [one.index for one in rule.classes if one.index >= output.elements]
    if beyond or rule.stride_frames > takes.frames:
        what = f"class {beyond[0]} of {output.elements}" if beyond else f"a stride of {rule.stride_frames} of {takes.frames} frames"
        raise InputError(f"its decision rule has {what}", on=model.name, expected="a rule for this model")
    labels = tuple(given) or takes.preprocessing.labels
    if output.elements == 1 and len(labels) == 2:
        labels = labels[1:]  # one probability, that of the second class
    return _Listened(
        name=name,
        frontend=frontends.index(frontend.name),
        features=takes.frontend.features,
        frames=takes.frames,
        frame_bytes=takes.frontend.features * model.inputs[0].dtype.numpy.itemsize,
        input_type=C_TYPES[model.inputs[0].dtype],
        rule=rule,
        names=tuple(c_string(labels[one.index] if one.index < len(labels) else f"class {one.index}") for one in rule.classes),
        zero_point=quantization.zero_point,
        scale=float_literal(quantization.scale),
        window_samples=takes.frontend.window_samples,
        hop_samples=takes.frontend.hop_samples,
    )
