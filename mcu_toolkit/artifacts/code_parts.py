"""What the code of compiled models consists of, as far as its size depends on it: known before any C compiler runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class CodeParts:
    """Parts of the code of the models of one firmware.  What a part takes is measured once and looked up (benchmarks/code_sizes.py)."""

    units: tuple[str, ...]
    """Names of kernel functions and headers, each once, however many layers and models share it."""
    by_model: tuple[tuple[tuple[str, ...], ...], ...]
    """Of these, what each layer that runs calls, by model: the deepest of them decides the stack."""
    statements: int
    """Of all layers: calls, and what cascades do around them."""
    arguments: int
    """Of these."""
    arrays: int
    """Constants in flash, by number."""
    constants_bytes: int
    """Of these."""
    records: Mapping[str, int]
    """Layers' records in flash: elements by C type."""
    ports: int
    """Inputs and outputs."""
    dims: int
    """Of these, all together."""
    arena_bytes: int
    """Models of one firmware share it."""
    state_bytes: int
    """Of each model in whole words of 64 bits."""


def together(found: Sequence[CodeParts]) -> CodeParts:
    """The parts of one firmware with the models of all of `found` (at least one)."""
    records: Counter[str] = Counter()
    for one in found:
        records.update(one.records)
    return CodeParts(
        units=tuple(sorted({unit for one in found for unit in one.units})),
        by_model=tuple(layers for one in found for layers in one.by_model),
        statements=sum(one.statements for one in found),
        arguments=sum(one.arguments for one in found),
        arrays=sum(one.arrays for one in found),
        constants_bytes=sum(one.constants_bytes for one in found),
        records=dict(sorted(records.items())),
        ports=sum(one.ports for one in found),
        dims=sum(one.dims for one in found),
        arena_bytes=max(one.arena_bytes for one in found),
        state_bytes=sum(one.state_bytes for one in found),
    )
