"""What is known about a model beside its graph: its input, its names in Keras, when it decides.  It is JSON inside the model's own file:

.tflite        metadata called `mcu_toolkit`; the model's hash covers it, TFLM and LiteRT skip it
.keras         a member `mcu_toolkit.json` of the zip file
SavedModel     assets.extra/mcu_toolkit.json, the place TensorFlow keeps for such files
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from mcu_toolkit.artifacts.decision_rule import DecisionRule
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.profile import InputProfile
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.frontend import motion as motion_frontends  # its modules are imported where a model takes motion
from mcu_toolkit.frontend.description import AudioFrontend
from mcu_toolkit.frontend.presets import PRESETS
from mcu_toolkit.frontend.read import frontend_of, plain_form, read_frontend
from mcu_toolkit.model import Model, read_model, with_metadata
from mcu_toolkit.system.archives import read_member
from mcu_toolkit.system.files import make_folder, read_bytes, write_bytes
from mcu_toolkit.system.parsing import json_kind, json_value, object_of, toml_table
from mcu_toolkit.system.records import OPTIONAL, from_plain, to_plain

METADATA_NAME = "mcu_toolkit"
_MAX_BYTES = 1 << 24
_MEMBER = "mcu_toolkit.json"
_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class AnomalyRule:
    """An input is an anomaly where its score is above `threshold`.

    The score is the mean over all elements of (output - input) squared, both as the model's real values.
    """

    threshold: float
    false_alarms: float | None = field(default=None, metadata=OPTIONAL)
    """The share of normal inputs that the threshold was chosen to let through; None where that is not known."""

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < float("inf"):
            raise ValueError(f"its threshold of anomalies is {self.threshold}")
        if self.false_alarms is not None and not 0 < self.false_alarms < 1:
            raise ValueError(f"its share of false alarms is {self.false_alarms}")


@dataclass(frozen=True)
class InputContract:
    """How inputs are made, what they looked like in training, and when outputs are a decision; any of it may be unknown."""

    preprocessing: Preprocessing | None = None
    profile: InputProfile | None = None
    frontend: AudioFrontend | None = None
    """What computes raw data from a sound; the preprocessing then takes its features (uint16 [frames, features])."""
    inputs: tuple[str, ...] = ()
    """What Keras calls the model's inputs, in the .tflite's order; empty where that is not known."""
    outputs: tuple[str, ...] = ()
    """The same for the outputs."""
    decision: DecisionRule | None = None
    """When its outputs over a stream are a decision."""
    motion: motion_frontends.MotionFrontend | None = None
    """What computes raw data from readings of a motion sensor, where the model takes features of them."""
    anomaly: AnomalyRule | None = None
    """When an autoencoder's input is an anomaly."""

    @property
    def channels_first(self) -> bool:
        """Where the channels of the model's input are."""
        return self.preprocessing is not None and self.preprocessing.layout == "chw"


NOTHING_KNOWN = InputContract()


def to_json(contract: InputContract) -> bytes:
    """Compact: on the device's side every byte is flash.  What has its default value is left out."""
    preprocessing = contract.preprocessing
    text: dict[str, object] = {"schema_version": _SCHEMA_VERSION}
    if preprocessing is not None:
        default = asdict(Preprocessing())
        text["preprocessing"] = {key: value for key, value in asdict(preprocessing).items() if value != default[key]}
    if contract.profile is not None:
        text["profile"] = asdict(contract.profile)
    if contract.frontend is not None:
        text["frontend"] = plain_form(contract.frontend)
    if contract.decision is not None:
        text["decision"] = to_plain(contract.decision)
    if contract.motion is not None:
        text["motion"] = to_plain(contract.motion)
    if contract.anomaly is not None:
        text["anomaly"] = to_plain(contract.anomaly)
    text |= {key: list(names) for key, names in (("inputs", contract.inputs), ("outputs", contract.outputs)) if names}
    return json.dumps(text, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def from_json(content: bytes, on: object) -> InputContract:
    """The reverse; raises InputError naming `on` for what this version does not understand."""
    try:
        text = object_of(json_value(content), "it")
        if text.get("schema_version") != _SCHEMA_VERSION:
            found = "no schema_version" if "schema_version" not in text else f"the schema_version {text['schema_version']!r:.40}"
            raise ValueError(f"it has {found}; this toolkit reads {_SCHEMA_VERSION}")
        preprocessing = _preprocessing(object_of(text["preprocessing"], "'preprocessing'"), on) if "preprocessing" in text else None
        profile = _profile(text["profile"]) if "profile" in text else None
        frontend = frontend_of(text["frontend"], on) if "frontend" in text else None
        decision = _decision(text["decision"], on) if "decision" in text else None
        names = _names(text.get("inputs", [])), _names(text.get("outputs", []))
        motion = motion_frontends.motion_frontend_of(text["motion"], on) if "motion" in text else None
        anomaly = from_plain(AnomalyRule, text["anomaly"]) if "anomaly" in text else None
        return InputContract(preprocessing, profile, frontend, *names, decision, motion, anomaly)
    except ValueError as error:
        raise InputError(
            f"what is stored about the model's input ('{METADATA_NAME}' in its metadata) cannot be read: {error}",
            on=on,
            expected="a JSON object as mcu quantize writes it",
            hint="quantize the model again",
        ) from None


def read_preprocessing(path: Path) -> Preprocessing:
    """The preprocessing that a user's .toml or .json file describes; raises InputError naming file and key."""
    content = read_bytes(path, kind="preprocessing file")
    try:
        text = json_value(content) if path.suffix == ".json" else toml_table(content)
    except ValueError as error:
        raise InputError(
            f"cannot be read: {error}", on=path, expected="a .toml or .json file with keys such as scale, mean, labels"
        ) from None
    return _preprocessing(text, path)


def find_frontend(word: str) -> AudioFrontend:
    """The front end that a user names: a preset, a .toml or .json file, or a model that holds one; raises InputError naming it."""
    if word in PRESETS:
        return PRESETS[word]
    path = Path(word)
    if path.suffix in (".toml", ".json"):
        return read_frontend(path)
    if path.exists():
        found = contract_of_source(path).frontend
        if found is None:
            raise InputError("holds no front end", on=path, expected=f"a model with one, {', '.join(PRESETS)} or a .toml file")
        return found
    raise UnknownNameError("front end", word, PRESETS, hint="or give a .toml file that describes one, or a model that holds one")


def takes_features(elements: int, preprocessing: Preprocessing | None, frontend: AudioFrontend | motion_frontends.MotionFrontend) -> bool:
    """True where an input of so many elements takes whole frames of the front end's features, by a preprocessing of such if it has one."""
    whole = elements > 0 and elements % frontend.features == 0
    return whole and (preprocessing is None or preprocessing.raw_dtype == "uint16")


def find_motion_frontend(word: str) -> motion_frontends.MotionFrontend | None:
    """The motion front end that a user names: a .toml or .json file that has `axes`, or a model that holds one; None for other words."""
    path = Path(word)
    if path.suffix in (".toml", ".json"):
        return motion_frontends.read_motion_frontend(path)
    return contract_of_source(path).motion if path.exists() else None


def preprocessing_of(described: object, on: object) -> Preprocessing:
    """The preprocessing that a dict with the keys of a preprocessing file describes; raises InputError naming `on` and the key."""
    if not isinstance(described, Mapping):
        raise InputError(f"the preprocessing is {type(described).__name__}", on=on, expected="a dict with keys such as scale, mean, labels")
    return _preprocessing({key: list(value) if isinstance(value, tuple) else value for key, value in described.items()}, on)


def contract_of_model(model: Model) -> InputContract:
    """What a .tflite holds about its input; empty where nothing is stored."""
    content = model.metadata.get(METADATA_NAME)
    return NOTHING_KNOWN if content is None else from_json(content, model.name)


@dataclass(frozen=True)
class NamesInKeras:
    """What Keras calls each input and output of a .tflite, in its order; None where that is not known."""

    inputs: tuple[str | None, ...]
    outputs: tuple[str | None, ...]


def names_in_keras(model: Model) -> NamesInKeras:
    """The names stored in `model`, with characters that do not print replaced; those of another number of tensors are no names."""
    contract = contract_of_model(model)

    def known(names: tuple[str, ...], count: int) -> tuple[str | None, ...]:
        if len(names) != count:
            return (None,) * count
        return tuple("".join(letter if letter.isprintable() else "?" for letter in name) for name in names)

    return NamesInKeras(known(contract.inputs, len(model.inputs)), known(contract.outputs, len(model.outputs)))


def with_contract(content: bytes, contract: InputContract) -> bytes:
    """The .tflite file `content` with `contract` in it; unchanged where nothing is known."""
    return content if contract == NOTHING_KNOWN else with_metadata(content, METADATA_NAME, to_json(contract))


def contract_of_source(source: Path) -> InputContract:
    """What a Keras file, SavedModel folder or .tflite file holds about its input; empty where nothing is stored."""
    if source.suffix == ".tflite" and source.is_file():
        return contract_of_model(read_model(source))
    extra = source / "assets.extra" / _MEMBER
    if extra.is_file():
        return from_json(read_bytes(extra), extra)
    if source.is_file() and zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            if _MEMBER in archive.namelist():
                try:
                    content = read_member(archive, _MEMBER, _MAX_BYTES)
                except ValueError as error:
                    raise InputError(str(error), on=source) from None
                return from_json(content, source)
    return NOTHING_KNOWN


def store_in_keras(path: Path, contract: InputContract) -> None:
    """Add `contract` to a .keras file that has none yet."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(_MEMBER, (1980, 1, 1, 0, 0, 0)), to_json(contract))


def store_in_saved_model(folder: Path, contract: InputContract) -> None:
    """Write `contract` into a SavedModel folder."""
    write_bytes(make_folder(folder / "assets.extra") / _MEMBER, to_json(contract))


def _decision(value: object, on: object) -> DecisionRule:
    try:
        return from_plain(DecisionRule, value)
    except InputError as error:
        raise InputError(error.what, on=on, expected=error.expected) from None


def _names(found: object) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise ValueError("names of inputs and outputs that are no list of texts")
    return tuple(found)


def _profile(value: object) -> InputProfile:
    text = object_of(value, "'profile'")
    known = {one.name: one for one in fields(InputProfile)}
    wrong = sorted(text.keys() - known.keys())
    missing = [name for name, one in known.items() if one.default is MISSING and name not in text]
    if wrong or missing:
        raise ValueError(f"'profile' has an unknown key '{wrong[0]:.40}'" if wrong else f"'profile' has no '{missing[0]}'")
    numbers = {name: _numbers(name, found) for name, found in text.items()}
    [samples] = numbers.pop("samples")
    return InputProfile(samples, **numbers)


def _numbers(name: str, value: object) -> tuple[Any, ...]:
    """The list of numbers that `name` of the profile is, or the one number of `samples`."""
    items = [value] if name == "samples" else value
    if not isinstance(items, list) or not all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in items):
        raise ValueError(f"'{name}' of 'profile' is {json_kind(value)}, not {'a number' if name == 'samples' else 'a list of numbers'}")
    return tuple(items)


def _preprocessing(value: object, on: object) -> Preprocessing:
    """Numbers may stand for lists of one; unknown keys and wrong types are refused."""
    try:
        text = object_of(value, "it")
    except ValueError as error:
        raise InputError(str(error), on=on, expected="keys such as scale, mean, labels") from None
    known = {one.name for one in fields(Preprocessing)}
    for key in text:
        if key not in known:
            raise InputError(f"unknown key '{key}'", on=on, expected=f"one of {', '.join(sorted(known))}")
    values = {key: _value(key, value, on) for key, value in text.items()}
    try:
        return Preprocessing(**values)
    except InputError as error:
        raise InputError(error.what, on=on, expected=error.expected) from None


def _value(key: str, value: Any, on: object) -> Any:
    is_list = key in ("mean", "scale", "labels")
    items = value if isinstance(value, list) else [value]
    good = all(isinstance(item, str) if key not in ("mean", "scale") else isinstance(item, (int, float)) for item in items)
    if not good or (not is_list and isinstance(value, list)) or (key == "labels" and not isinstance(value, list)):
        raise InputError(
            f"key '{key}' is {value!r}",
            on=on,
            expected="numbers" if key in ("mean", "scale") else "text" if not is_list else "a list of texts",
        )
    if key in ("mean", "scale"):
        return tuple(float(item) for item in items)
    return tuple(items) if is_list else value
