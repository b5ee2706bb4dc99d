"""What `[matrix]` of `mcu.toml` holds beside options: sets of flags, ports of boards, data by model, and cells to leave out.

[matrix]
models = ["kws.tflite", "digits.keras"]     # options of the command
board = ["netduinoplus2", "nano33ble"]

[matrix.flags.small]                        # a set of options; every cell is measured with each set
optimize = "size"
max_arena = 24000

[matrix.ports]                              # where real boards are, here or behind a server
nano33ble = ["/dev/ttyACM0", "rfc2217://127.0.0.1:4000"]

[matrix.data]                               # data by the name of a model
digits = "digits/data.npz"

[[matrix.exclude]]                          # cells to leave out: those that agree with all keys
board = "nano33ble"
runtime = "tflm"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mcu_toolkit.errors import InputError

if TYPE_CHECKING:  # few folders have such a section, and its classes take a while
    from mcu_toolkit.runtimes.base import RuntimeOptions

SECTION = "matrix"
_TABLES = ("flags", "ports", "data", "exclude")
AXES = ("model", "scheme", "board", "runtime", "flags")
"""What distinguishes a cell."""
FLAGS = ("optimize", "max_arena", "kernels", "tflm_library")
"""The options that a set of flags may hold."""
_SHOWN = 60
_found: list[tuple[Mapping[str, object], Path]] = []
"""The tables, and the file that has them."""
T = TypeVar("T")


@dataclass(frozen=True)
class MatrixTables:
    """The tables, read."""

    flags: Mapping[str, RuntimeOptions]
    ports: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    data: Mapping[str, Path] = field(default_factory=dict)
    exclude: tuple[Mapping[str, str], ...] = ()


def keep_matrix_tables(section: object, path: Path) -> None:
    """Take the tables out of the section `[matrix]` of the file `path`, and remember them; what is left are options."""
    _found.clear()
    if isinstance(section, dict):
        taken = {name: section.pop(name) for name in _TABLES if isinstance(section.get(name), (dict, list))}
        _found.append((taken, path))


def forget_matrix_tables() -> None:
    """Before another command line in the same process."""
    _found.clear()


def matrix_tables() -> MatrixTables:
    """What mcu.toml has; without any, one empty set of flags.  Raises InputError for what is no such table."""
    from mcu_toolkit.runtimes.base import RuntimeOptions

    tables, path = _found[-1] if _found else ({}, Path())
    flags = _table(tables, "flags", path, lambda name, value: _options(name, value, path))
    exclude = tables.get("exclude", [])
    if not isinstance(exclude, list):
        raise _wrong("matrix.exclude", exclude, path, "[[matrix.exclude]] with model, scheme, board, runtime or flags below")
    return MatrixTables(
        flags=flags or {"": RuntimeOptions()},
        ports=_table(tables, "ports", path, lambda name, value: _ports(name, value, path)),
        data=_table(tables, "data", path, lambda name, value: path.parent / _text(f"matrix.data.{name}", value, path, "a path")),
        exclude=tuple(_excluded(one, path) for one in exclude),
    )


def _table(tables: Mapping[str, object], name: str, path: Path, read: Callable[[str, Any], T]) -> dict[str, T]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise _wrong(f"matrix.{name}", table, path, f"[matrix.{name}] with keys below")
    return {key: read(key, value) for key, value in table.items()}


def _options(name: str, section: object, path: Path) -> RuntimeOptions:
    from mcu_toolkit.pipeline.workspace.inputs import runtime_options

    where = f"matrix.flags.{name}"
    if not isinstance(section, dict):
        raise _wrong(where, section, path, f"[{where}] with {', '.join(FLAGS)} below")
    for key in section:
        if key not in FLAGS:
            raise InputError(f"unknown key '{key}' in [{where}]", on=path, expected=f"one of {', '.join(FLAGS)}")
    arena = section.get("max_arena")
    if arena is not None and (isinstance(arena, bool) or not isinstance(arena, int) or arena < 1):
        raise _wrong(f"{where}.max_arena", arena, path, "a whole number of bytes")
    texts = {key: _text(f"{where}.{key}", section[key], path, "a text") for key in FLAGS if key in section and key != "max_arena"}
    library = texts.get("tflm_library")
    if library is not None and (path.parent / library).is_dir():
        library = str((path.parent / library).absolute())
    return runtime_options(library, texts.get("kernels"), texts.get("optimize"), arena)


def _ports(name: str, value: object, path: Path) -> tuple[str, ...]:
    ports = [value] if isinstance(value, str) else value
    if not isinstance(ports, list) or not ports:
        raise _wrong(f"matrix.ports.{name}", value, path, '["/dev/ttyACM0"], or a list with URLs such as "rfc2217://127.0.0.1:4000"')
    return tuple(_text(f"matrix.ports.{name}", one, path, "a port") for one in ports)


def _excluded(one: object, path: Path) -> Mapping[str, str]:
    if not isinstance(one, dict) or not one or not one.keys() <= set(AXES):
        raise _wrong("matrix.exclude", one, path, f"[[matrix.exclude]] with some of {', '.join(AXES)} below")
    return {key: _text(f"matrix.exclude.{key}", value, path, "a text") for key, value in one.items()}


def _text(key: str, value: object, path: Path, expected: str) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise _wrong(key, value, path, expected)
    return value


def _wrong(key: str, value: object, path: Path, expected: str) -> InputError:
    shown = repr(value)
    return InputError(f"'{key}' is {shown if len(shown) <= _SHOWN else f'{shown[:_SHOWN]}...'}", on=path, expected=expected)
