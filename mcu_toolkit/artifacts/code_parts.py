"""What the code of a compiled model consists of, as far as its size depends on it: known before any C compiler runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CodeParts:
    """Parts of the code of one model.  What a part takes is measured once and looked up (benchmarks/code_sizes.py)."""

    units: tuple[str, ...]
    """Names of kernel functions and headers, each once, however many layers share it."""
    by_layer: tuple[tuple[str, ...], ...]
    """Of these, what each layer that runs calls: the deepest of them decides the stack."""
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
    state_bytes: int
