"""The JSON schema of mcu.toml, for editors: made from the options of every command, as `config` reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit.boards.load import board_ids
from mcu_toolkit.boards.schema import SCHEMA
from mcu_toolkit.cli import completion
from mcu_toolkit.cli.board_limits import ACCURACY, SECTION
from mcu_toolkit.cli.config_types import Option, Options
from mcu_toolkit.cli.matrix_tables import AXES, FLAGS
from mcu_toolkit.cli.matrix_tables import SECTION as MATRIX
from mcu_toolkit.report.measures import LIMITED, MEASURES
from mcu_toolkit.runtimes import all_runtimes
from mcu_toolkit.runtimes.base import ConfigKey

_TEXT = {"type": "string"}
_LIMITS = {"$ref": "#/definitions/limits"}
_PATH = {"type": "string", "pattern": "\\S"}
_SCALARS: Mapping[object, Mapping[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Path: _PATH,
}


@dataclass(frozen=True)
class SchemaResult:
    """What `mcu config schema` made."""

    of: str
    file: Path | None
    """None for standard output."""
    schema: Mapping[str, Any]


def schema_text(schema: Mapping[str, Any]) -> str:
    """As a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def config_schema(commands: Mapping[str, Options]) -> dict[str, Any]:
    """Every section with its keys, their types, their help, and the words that there are; `commands`: the options of each command."""
    keys = sorted({key for options in commands.values() for key in options})
    shared = {key: _of_all([options[key] for options in commands.values() if key in options]) for key in keys}
    sections: dict[str, Any] = {name: _section({key: _of(option) for key, option in options.items()}) for name, options in commands.items()}
    if MATRIX in sections:
        sections[MATRIX]["properties"] |= _matrix_tables(shared)
    return {
        "$schema": SCHEMA,
        "title": "mcu.toml",
        "description": "Defaults for the commands of mcu. Keys are the long options with _ for -; the command line wins.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{runtime.name: _of_runtime(runtime.traits.config, shared) for runtime in all_runtimes() if runtime.traits.config},
            **sections,
            "defaults": {**_section(shared), "description": "For every command that has the option."},
            SECTION: {
                "type": "object",
                "description": "What a board may take at most, by its id.",
                "properties": dict.fromkeys(board_ids(), _LIMITS),
                "additionalProperties": _LIMITS,
            },
        },
        "definitions": {"board": _board(), "limits": _limits()},
    }


def _section(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": dict(properties)}


def _of_all(options: Sequence[Option]) -> dict[str, Any]:
    """Of an option that several commands have: what any of them takes, those of one value where there are any."""
    single = [option for option in options if not option.takes_several] or list(options)
    forms = list({repr(form): form for form in map(_of, single)}.values())
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _of(option: Option) -> dict[str, Any]:
    about = option.about
    one: dict[str, Any] = dict(_SCALARS.get(option.wanted, _TEXT))
    for key, limit in (("minimum", "min"), ("maximum", "max")):
        value = getattr(about, limit, None)
        one |= {} if value is None else {key: value}
    offered = getattr(about, "autocompletion", None)
    words = list(completion.only_words(offered))
    if words:
        one = {"enum": words}
    elif offered is completion.boards:
        one = {"allOf": [{"$ref": "#/definitions/board"}]}  # beside a reference alone, version 7 reads no description
    whole = {"type": "array", "items": one} if option.takes_several else one
    text = getattr(about, "help", None)
    return {**whole, "description": text} if text else whole


def _of_runtime(keys: Mapping[str, ConfigKey], shared: Mapping[str, Any]) -> dict[str, Any]:
    """The section of a runtime: each key is an option of another name."""
    return _section({key: {**shared[known.option], **(_PATH if known.may_be_a_folder else {})} for key, known in keys.items()})


def _matrix_tables(shared: Mapping[str, Any]) -> dict[str, Any]:
    """What `[matrix]` holds beside options."""
    flags = {name: shared[name] for name in FLAGS}
    ports = {"anyOf": [_PATH, {"type": "array", "items": _PATH, "minItems": 1}]}
    cell = {**_section(dict.fromkeys(AXES, _TEXT)), "minProperties": 1}
    tables: dict[str, tuple[str, Any]] = {
        "flags": ("Sets of options, by a name of yours: every cell is measured with each.", _section(flags)),
        "ports": ("Where real boards are, by the id of the board.", ports),
        "data": ("Data files, by the name of a model.", _PATH),
    }
    found = {name: {"type": "object", "description": text, "additionalProperties": of} for name, (text, of) in tables.items()}
    return {**found, "exclude": {"type": "array", "description": "Cells to leave out.", "items": cell}}


def _board() -> dict[str, Any]:
    return {"anyOf": [{"enum": list(board_ids())}, {"type": "string", "pattern": "\\.toml$"}]}


def _limits() -> dict[str, Any]:
    share = {"type": "number", "minimum": 0, "maximum": 1}
    most = {name: {"anyOf": [{"type": "number", "minimum": 0}, _TEXT], "description": MEASURES[name].about} for name in LIMITED}
    return _section({**most, **dict.fromkeys(ACCURACY, share)})
