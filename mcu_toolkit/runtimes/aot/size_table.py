"""What the parts of generated code take in flash and on the stack, by core: measured figures, looked up.

`python -m benchmarks.code_sizes` measures them: it links some hundred small models for each core and solves for what each kernel adds.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcu_toolkit.artifacts.code_parts import CodeParts
from mcu_toolkit.system.records import from_plain
from mcu_toolkit.system.resources import code_sizes_dir

_SAME = {"cortex-m0plus": "cortex-m0", "cortex-m7": "cortex-m4f", "cortex-m33": "cortex-m4f", "rv32imc": "rv32imac"}
"""Cores whose code has the size of another one's: the same instructions and kernels (docs/performance.md: within 1 %)."""
_LIKE = {"cortex-m4": "cortex-m4f", "xtensa-lx6": "rv32imac", "xtensa-lx7": "rv32imac"}
"""Cores without figures, and the one whose code is most like theirs."""
_SECOND_LAYER, _CASCADE_BYTES = 0.1, 36
"""Fitted to the images of benchmarks.code_sizes that have several layers."""
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class UnitSize:
    """What a kernel function, or a header's own functions, add to an image."""

    flash_bytes: int
    stack_bytes: int
    """Below the model's `invoke`, where one layer calls it: the function becomes a part of its caller."""
    called_bytes: int | None = None
    """Of the stack, with all that it calls, where several layers call it and it stays a function; None where no image showed it."""


@dataclass(frozen=True)
class Routine:
    """An object file of the compiler's or the C library, such as floating point for cores that have no instructions for it."""

    flash_bytes: int
    units: tuple[str, ...]
    """Parts of generated code that need it; it is in the image once, however many do."""


@dataclass(frozen=True)
class SizeTable:
    """The figures of one core."""

    core: str
    measured: str
    """The day, ISO."""
    compiler: str
    images: int
    """Linked for this table."""
    caller_bytes: int
    """Of the stack: the function that calls the layers."""
    flash_base_bytes: int
    """Of firmware with one model, without its layers, on the board that the table was measured on."""
    model_bytes: float
    """Of each further model: its functions, and its entry in the firmware's table."""
    statement_bytes: float
    argument_bytes: float
    array_bytes: float
    port_bytes: float
    dim_bytes: float
    units: Mapping[str, UnitSize]
    layers: Mapping[str, int]
    """Stack below `invoke` for a layer that calls just these units, joined by " + ": as images of that layer alone show it."""
    records: Mapping[str, int]
    """Size of a C type."""
    routines: Mapping[str, Routine]
    """Of the C library, by object file, beside those that firmware has with every model."""
    largest_error_bytes: int
    """Of these images, that the sum was too small by."""


@dataclass(frozen=True)
class BoardBase:
    """What firmware takes on a board beside the model's code and memory."""

    flash_bytes: int
    ram_bytes: int
    link_bytes: int
    """Of these, buffers of the protocol."""
    stack_bytes: int
    """From the start of the firmware to the model's `invoke`."""


@dataclass(frozen=True)
class CodeSize:
    """The code of a firmware's models, their layers' records and their constants in flash."""

    flash_bytes: int
    stack_bytes: int
    unknown: tuple[str, ...]
    """Units that the table does not have: the largest one of their kind is taken for them."""


@functools.cache
def size_table(core: str) -> SizeTable:
    """The table of a core, or of the one that is most like it; raises KeyError for one that has neither."""
    path = code_sizes_dir() / f"{_SAME.get(core, _LIKE.get(core, core))}.json"
    if not path.is_file():
        raise KeyError(core)
    return from_plain(SizeTable, json.loads(path.read_text("utf-8")))


@functools.cache
def board_bases() -> Mapping[str, BoardBase]:
    """By the id of an emulated board."""
    plain = json.loads((code_sizes_dir() / "boards.json").read_text("utf-8"))
    return {name: from_plain(BoardBase, base) for name, base in plain.items()}


def is_own_table(core: str) -> bool:
    """False where another core's figures stand for it."""
    return core not in _LIKE


def code_size(parts: CodeParts, table: SizeTable) -> CodeSize:
    """The sum over what the code consists of."""
    unknown = tuple(unit for unit in parts.units if unit not in table.units)
    units = {unit: table.units[unit] if unit in table.units else _largest_like(unit, table) for unit in parts.units}
    needing = {known for unit in parts.units for known in ([unit] if unit in table.units else alike(unit, table.units))}
    records = sum(count * table.records.get(c_type, max(table.records.values())) for c_type, count in parts.records.items())
    calls = Counter(unit for layers in parts.by_model for layer in layers for unit in layer)
    glue = (
        table.model_bytes * (len(parts.by_model) - 1)
        + table.statement_bytes * parts.statements
        + table.argument_bytes * parts.arguments
        + table.array_bytes * parts.arrays
        + table.port_bytes * parts.ports
        + table.dim_bytes * parts.dims
    )
    return CodeSize(
        flash_bytes=round(glue)
        + records
        + parts.constants_bytes
        + sum(unit.flash_bytes for unit in units.values())
        + routines_bytes(needing, table.routines),
        stack_bytes=max(_stack_bytes(layers, calls, table, units) for layers in parts.by_model),
        unknown=unknown,
    )


def routines_bytes(units: Iterable[str], routines: Mapping[str, Routine]) -> int:
    """What the C library's routines that any of `units` needs take in flash."""
    there = set(units)
    return sum(routine.flash_bytes for routine in routines.values() if not there.isdisjoint(routine.units))


def _stack_bytes(by_layer: Sequence[tuple[str, ...]], calls: Mapping[str, int], table: SizeTable, units: Mapping[str, UnitSize]) -> int:
    """The deepest layer, and a little of the next one, since some of what is called from one place only becomes part of the caller.

    `calls`: how many layers of all models call each unit.
    """
    layers = [_layer_bytes(layer, calls, table, units) for layer in set(by_layer)]
    deepest, second = sorted([0, 0, *layers])[:-3:-1]
    by_rows = any("cascade" in layer for layer in by_layer)
    return deepest + round(_SECOND_LAYER * second) + (_CASCADE_BYTES if by_rows else 0)


def _layer_bytes(layer: tuple[str, ...], calls: Mapping[str, int], table: SizeTable, units: Mapping[str, UnitSize]) -> int:
    alone_bytes = table.layers.get(joined(layer), max((units[unit].stack_bytes for unit in layer), default=0))
    called = (units[unit].called_bytes for unit in layer if calls[unit] > 1)
    return max(alone_bytes, *(table.caller_bytes + depth_bytes for depth_bytes in called if depth_bytes is not None), 0)


def joined(layer: tuple[str, ...]) -> str:
    """A layer's units as a key of `SizeTable.layers`."""
    return " + ".join(layer)


def _largest_like(name: str, table: SizeTable) -> UnitSize:
    """For a unit that was not measured."""
    like = [table.units[known] for known in alike(name, table.units)]
    return UnitSize(
        max((one.flash_bytes for one in like), default=0),
        max((one.stack_bytes for one in like), default=0),
        max((one.called_bytes for one in like if one.called_bytes is not None), default=None),
    )


def alike(name: str, measured: Iterable[str]) -> list[str]:
    """Of the units `measured` those whose name differs in numbers only; else with the same first words; else of its kind; else all."""
    there = list(measured)
    if name.startswith("operator "):  # what it calls is counted beside it
        return [known for known in there if known.split()[:2] == name.split()[:2]]
    words = name.split("_")
    kinds = (
        [known for known in there if _DIGITS.sub("#", known) == _DIGITS.sub("#", name)],
        *([known for known in there if known.split("_")[:count] == words[:count]] for count in (3, 2, 1)),
        [known for known in there if known.split()[0] == name.split(maxsplit=1)[0]],
    )
    return next((found for found in kinds if found), there)
