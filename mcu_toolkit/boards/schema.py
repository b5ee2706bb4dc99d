"""The JSON schema of a board's .toml file, for editors: made from the records that the file is read into."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import textwrap
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from mcu_toolkit.boards.board import Board
from mcu_toolkit.boards.core_table import CORES, INSTRUCTION_SETS
from mcu_toolkit.system.resources import templates_dir

SCHEMA = "http://json-schema.org/draft-07/schema#"
"""The version that editors of TOML know best."""
_SCALARS: Mapping[object, str] = types.MappingProxyType({str: "string", int: "integer", bool: "boolean", float: "number"})


def board_schema(runtimes: Sequence[str]) -> dict[str, Any]:
    """Every key with its type, its meaning, and the words that there are; `runtimes` are the names for `default_runtime`.

    What a file says together (drivers of its platform, memories that do not overlap) is checked when it is loaded (check.py).
    """
    schema = _of_record(Board)
    platforms = sorted(path.name for path in (templates_dir() / "platforms").iterdir() if path.is_dir())
    words = {"core": CORES, "instruction_set": INSTRUCTION_SETS, "firmware_platform": platforms, "default_runtime": runtimes}
    for key, known in words.items():
        schema["properties"][key]["enum"] = list(known)
    schema["required"].remove("id")  # it is the file's name
    return {"$schema": SCHEMA, "title": "A board of mcu_toolkit", "description": "boards/README.md says more about each key.", **schema}


def _of_record(record: type[Any]) -> dict[str, Any]:
    hints, texts = typing.get_type_hints(record), _field_texts(record)
    fields = dataclasses.fields(record)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in fields if field.default is dataclasses.MISSING],
        "properties": {field.name: {**_of_type(hints[field.name]), **texts.get(field.name, {})} for field in fields},
    }


def _of_type(hint: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _of_type(next(one for one in arguments if one is not type(None)))
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin is tuple and arguments[0] is str:
        return {"type": "array", "items": {"type": "string"}}
    if origin is tuple:  # of (name, text) pairs
        return {"type": "object", "additionalProperties": {"type": "string"}}
    return _of_record(typing.cast("type[Any]", hint)) if dataclasses.is_dataclass(hint) else {"type": _SCALARS[hint]}


def _field_texts(record: type[Any]) -> dict[str, dict[str, str]]:
    """The text below each field in the source of `record`, as a description by the field's name."""
    body = typing.cast("ast.ClassDef", ast.parse(textwrap.dedent(inspect.getsource(record))).body[0]).body
    found = {}
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = text.value.value if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) else None
            if isinstance(said, str):
                found[field.target.id] = {"description": inspect.cleandoc(said)}
    return found
