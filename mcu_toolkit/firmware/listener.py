"""The application that listens or feels: the sensor, front ends, models and decision rules of a firmware as C."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.decision_rule import DecisionRule
from mcu_toolkit.artifacts.motion_table import RATE_TOLERANCE
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

if TYPE_CHECKING:
    from mcu_toolkit.frontend.motion.description import MotionFrontend

_FOLDER: Final = "listener"
_HEADERS: Final = ("decision.h", "listener.h", "listener_load.h")
_SOUND_HEADER: Final = "sound_input.h"
_CHUNK_SAMPLES: Final = 64
_CHUNK_READINGS: Final = 16
_A_ROW: Final = 16
_MOST_CHANNELS: Final = 6
"""MCU_SENSOR_CHANNELS_MAX of mcu_sensor.h."""


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
class _Sound:
    """How the microphone's samples become the front ends'."""

    input: SoundInput
    taps: int
    filter: tuple[str, ...]
    """Rows of its coefficients."""
    chunk_sound_samples: int
    scratch: IdleMemory | None
    """Memory of the runtime in which front ends compute; None: they have their own."""


@dataclass(frozen=True)
class _Motion:
    """How the accelerometer's readings become the front ends'."""

    axes: int
    rate_millihz: int
    least_millihz: int
    """What its rate may be: clocks differ."""
    most_millihz: int
    counts_per_unit: tuple[tuple[str, ...], ...]
    """Of each front end, for each axis."""


@dataclass(frozen=True)
class _Context:
    """Variables of listener.c.j2 beside those of a project's templates."""

    listened: tuple[_Listened, ...]
    frontends: tuple[str, ...]
    sound: _Sound | None
    motion: _Motion | None
    """One of both."""
    chunk_samples: int
    """Of the sensor; they never complete two frames of a front end."""
    hop_samples: int
    most_features: int
    most_classes: int


def can_listen(models: Sequence[Model]) -> bool:
    """True where every model holds a front end for sound and a decision rule."""
    contracts = [contract_of_model(model) for model in models]
    return all(one.frontend is not None and one.decision is not None for one in contracts)


def can_feel(models: Sequence[Model]) -> bool:
    """True where every model holds a front end for motion and a decision rule."""
    contracts = [contract_of_model(model) for model in models]
    return all(one.motion is not None and one.decision is not None for one in contracts)


@dataclass(frozen=True)
class Listening:
    """What a firmware that listens is made of."""

    models: Sequence[Model]
    names: Sequence[str]
    """Of the models in C."""
    labels: Sequence[str]
    """Of the first model's classes, where the user gave some; empty: those in its file."""
    senses: str
    """`sound` or `motion`: what its application reads."""
    microphone: Microphone
    idle: IdleMemory | None = None
    """What the runtime does not need between inferences."""


def listener_files(listening: Listening, board: Board, common: object) -> Iterator[tuple[str, bytes]]:
    """The generated files of a firmware that listens; `common`: the record with the banner.

    Raises InputError for models that do not say how what is sensed becomes a decision, or want different sample rates or sensors.
    """
    context = _context(listening, board)
    for header in (*_HEADERS, *([_SOUND_HEADER] if context.sound is not None else [])):
        yield f"src/{header}", read_bytes(templates_dir() / _FOLDER / header, kind="template")
    yield "src/listener.c", render_text(f"{_FOLDER}/listener.c.j2", context, common).encode()


def _context(listening: Listening, board: Board) -> _Context:
    names = listening.names
    found = model_frontends(listening.models, names)
    distinct = tuple(dict.fromkeys(one.name for one in found.values()))
    listened = tuple(
        _listened(model, name, found.get(name), distinct, () if number else listening.labels)
        for number, (model, name) in enumerate(zip(listening.models, names, strict=True))
    )
    other = [one.model for one in found.values() if one.senses != listening.senses]
    if other:
        raise InputError(f"does not take {listening.senses}", on=other[0], expected="models of one sensor", hint="another --example")
    descriptions = [found[name].takes.frontend for name in distinct]
    rates = {one.sample_rate_hz for one in descriptions}
    if len(rates) != 1:
        wanted = ", ".join(f"{rate:,}" for rate in sorted(rates))
        raise InputError(f"models that take {wanted} samples a second", on=board.id, expected="one rate in a firmware")
    least_hop = min(one.hop_samples for one in listened)
    heard = [one for one in descriptions if isinstance(one, AudioFrontend)]
    felt = [one for one in descriptions if not isinstance(one, AudioFrontend)]
    input_ = _sound_input(listening.microphone, board, heard[0].sample_rate_hz) if heard else None
    ratio = (1, 1) if input_ is None else (input_.down, input_.up)
    chunk = max(1, min(_CHUNK_SAMPLES if heard else _CHUNK_READINGS, least_hop * ratio[0] // ratio[1] - 1))
    return _Context(
        listened=listened,
        frontends=distinct,
        sound=None if input_ is None else _sound(input_, chunk, _scratch(listening.idle, heard)),
        motion=_motion(felt, board) if felt else None,
        chunk_samples=chunk,
        hop_samples=least_hop,
        most_features=max(one.features for one in listened),
        most_classes=max(len(one.rule.classes) for one in listened),
    )


def _sound_input(microphone: Microphone, board: Board, target_hz: int) -> SoundInput:
    rate_hz = microphone.rate_hz or microphone_rate_hz(board) or target_hz
    return SoundInput(rate_hz, target_hz, microphone.gain, microphone.removes_offset or microphone_has_offset(board))


def _sound(input_: SoundInput, chunk: int, scratch: IdleMemory | None) -> _Sound:
    table = coefficients(input_)
    rows = tuple(", ".join(map(str, table.ravel()[at : at + _A_ROW])) for at in range(0, table.size, _A_ROW))
    return _Sound(input_, table.shape[1], rows, -(-chunk * input_.up // input_.down) + 1, scratch)


def _motion(frontends: Sequence[MotionFrontend], board: Board) -> _Motion:
    axes, rate_millihz = {len(one.axes) for one in frontends}, round(1000 * frontends[0].sample_rate_hz)
    if len(axes) != 1 or max(axes) > _MOST_CHANNELS:
        found = " and ".join(map(str, sorted(axes)))
        raise InputError(f"models that take {found} axes", on=board.id, expected=f"one number of axes, at most {_MOST_CHANNELS}")
    counts = tuple(
        tuple(map(float_literal, one.counts_per_unit * (len(one.axes) if len(one.counts_per_unit) == 1 else 1))) for one in frontends
    )
    off = round(RATE_TOLERANCE * rate_millihz)
    return _Motion(max(axes), rate_millihz, rate_millihz - off, rate_millihz + off, counts)


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
            expected="a model that says how what is sensed becomes its input, and when its scores are a decision",
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
