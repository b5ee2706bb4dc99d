"""What the templates model.h.j2, models.c.j2 and inference.c.j2 put in place of a model, as records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Address:
    """Where a tensor lies: so many bytes into the arena or the state, or an array of constants."""

    memory: Literal["arena", "state", "constant"]
    offset_bytes: int = 0
    name: str = ""
    """Of the array of constants."""

    def within(self, arena: str, state: str) -> str:
        """The address in C, where these expressions are the two memories."""
        if self.memory == "constant":
            return self.name
        return f"&{arena if self.memory == 'arena' else state}[{self.offset_bytes}]"

    @property
    def in_layers(self) -> str:
        """The address in the function of the layers, which is handed both memories."""
        return self.within("arena", "state")


@dataclass(frozen=True)
class Arena:
    """The array in which a model's static form keeps its activations."""

    name: str
    size_bytes: int
    shared: bool
    """Several models use it; it then has a header of its own."""


@dataclass(frozen=True)
class LayerText:
    """One layer in C: comment lines, the call (empty where nothing is to be done) and what the observer is shown."""

    index: int
    comment: tuple[str, ...]
    call: str
    observed: tuple[tuple[int, int, str, int], ...]
    """(layer, tensor, C address, bytes) of each output."""


@dataclass(frozen=True)
class PortText:
    """An input or output in C."""

    index: int
    name: str
    comment: str
    static_address: str
    """In the memories of the static form."""
    context_address: str
    """In those of `context`."""
    c_type: str
    dtype: int
    dims: tuple[int, ...]
    elements: int
    size_bytes: int
    scale: str
    zero_point: int
    limits: tuple[int, int] | None
    """Least and greatest stored value where real values are quantized to it; None for plain numbers."""


@dataclass(frozen=True)
class ModelText:
    """Everything the templates of one model need."""

    prefix: str
    guard: str
    title: str
    sha256_bytes: str
    identity: str
    """The first 32 bits of the hash, as a C constant."""
    arena: Arena
    headers: tuple[str, ...]
    functions: tuple[tuple[str, str], ...]
    """(name, definition) of each function of a kernel class."""
    constants: tuple[str, ...]
    layers: tuple[LayerText, ...]
    uses_arena: bool
    """Whether a layer does; one of constants alone may not."""
    uses_state: bool
    inputs: tuple[PortText, ...]
    outputs: tuple[PortText, ...]
    layer_count: int
    arena_bytes: int
    lower_bound_bytes: int
    macs: int
    weights_bytes: int
    kernels: str
    state_bytes: int
    layer_constants: tuple[tuple[int, str, int], ...]
    """(layer, C name, bytes) of every array that a layer alone reads, for the observer."""
    reset: tuple[str, ...]
    """Statements that give `state` its first content."""
    remembers: bool
    """An inference depends on those before it; where there is state all the same, each one begins with its first content."""
    plan: tuple[str, ...]
    """Lines of the table of the arena."""
