"""A board as the text of its TOML file: the inverse of `load.py`."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from mcu_toolkit.boards.board import Board

_HEXADECIMAL = frozenset({"origin", "base_address"})
_SEPARATED_FROM = 10_000


def render_board(board: Board) -> str:
    """The text of `<id>.toml`: every key that is not as it is without it, in the order of the record; tables of options last."""
    lines = [f"# {board.name}."]
    tables: list[str] = []
    for field in dataclasses.fields(board):
        value = getattr(board, field.name)
        if field.name == "id" or value == field.default or value is None:
            continue
        if field.name == "platformio":
            tables += _platformio(value)
        elif field.name == "sources":
            lines += ["sources = [", *(f"    {_value('', source)}," for source in value), "]"]
        else:
            lines.append(f"{field.name} = {_value(field.name, value)}")
    return "\n".join([*lines, *tables]) + "\n"


def _platformio(record: Any) -> list[str]:
    pairs = [(name, getattr(record, name)) for name in ("platform", "board", "framework")]
    lines = ["", "[platformio]", *(f"{name} = {_value(name, value)}" for name, value in pairs if value)]
    if record.options:
        lines += ["", "[platformio.options]", *(f"{name} = {_value(name, value)}" for name, value in record.options)]
    return lines


def _value(name: str, value: object) -> str:
    if dataclasses.is_dataclass(value):
        fields = [(field.name, getattr(value, field.name), field.default) for field in dataclasses.fields(value)]
        return "{ " + ", ".join(f"{key} = {_value(key, item)}" for key, item, default in fields if item != default) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(_value("", item) for item in value) + "]"
    if isinstance(value, int):
        if name in _HEXADECIMAL:
            return f"0x{value >> 16:04X}_{value & 0xFFFF:04X}"
        return f"{value:_}" if value >= _SEPARATED_FROM and name != "baud" else str(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")  # a TOML string is a JSON string but for DEL
